"""synthesize, verify and inspect on a data set of six samples."""

import json
import shutil
import tomllib

import pytest

from fleeting import manifest
from fleeting.files import sha256


@pytest.fixture
def copy(made, tmp_path):
    """The data set, to be changed."""
    return shutil.copytree(made, tmp_path / "copy")


def test_synthesize_tells_what_was_made_and_again_makes_nothing(fleeting, recipe, tmp_path):
    out = tmp_path / "out"
    first = fleeting("synthesize", recipe, "--out", out, "--executor", "inline")
    again = fleeting("synthesize", recipe, "--out", out, "--executor", "inline")
    assert (first.code, again.code) == (0, 0)
    assert first.out == f"{out}: 6 of 6 samples in 2 shards (2 shards made now), 0 failed\n"
    assert again.out == f"{out}: 6 of 6 samples in 2 shards (0 shards made now), 0 failed\n"


def test_data_set_has_the_files_of_the_format(made):
    assert sorted(str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()) == [
        "README.md",
        "faces.csv",
        "manifest.parquet",
        "recipe.toml",
        "shards/000000.done.json",
        "shards/000000.tar",
        "shards/000001.done.json",
        "shards/000001.tar",
        "status.json",
    ]


def test_recipe_as_run_finishes_an_interrupted_data_set(fleeting, copy):
    before = sha256(copy / "shards" / "000001.tar")
    for name in ("shards/000001.tar", "shards/000001.done.json", "manifest.parquet"):
        (copy / name).unlink()
    shown = fleeting("synthesize", copy / "recipe.toml", "--out", copy, "--executor", "inline")
    assert "(1 shards made now)" in shown.out
    assert sha256(copy / "shards" / "000001.tar") == before
    assert fleeting("verify", copy).code == 0


def test_set_changes_the_data_set_and_its_recipe(fleeting, recipe, tmp_path):
    out = tmp_path / "out"
    words = ("--set", "synthesis.identities=1", "--set", "synthesis.format=png", "--set", "generator.name=still")
    assert fleeting("synthesize", recipe, "--out", out, "--executor", "inline", *words).code == 0
    assert list(manifest.read(out)["generator"]) == ["still"] * 3
    tables = tomllib.loads((out / "recipe.toml").read_text())
    assert (tables["synthesis"]["identities"], tables["synthesis"]["format"]) == (1, "png")


def test_verify_of_a_sound_data_set_ends_with_0(fleeting, made):
    shown = fleeting("verify", made)
    assert shown.code == 0
    assert shown.out == f"{made}: sound; 6 samples in 2 shards, 6 planned, 0 failed\n"


def test_verify_of_a_tampered_data_set_ends_with_1_and_names_the_shard(fleeting, copy):
    path = copy / "shards" / "000001.tar"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    shown = fleeting("verify", copy)
    assert shown.code == 1
    assert "fault: shard 000001 has another sha256 than recorded" in shown.out
    assert "shard 000000" not in shown.out
    assert shown.err == ""


def test_verify_of_a_data_set_without_a_shard_ends_with_1(fleeting, copy):
    (copy / "shards" / "000000.tar").unlink()
    shown = fleeting("verify", copy)
    assert shown.code == 1
    assert "fault: shard 000000 is missing" in shown.out


def test_verify_of_nothing_ends_with_1(fleeting, tmp_path):
    shown = fleeting("verify", tmp_path)
    assert shown.code == 1
    assert "has no manifest.parquet" in shown.out


def test_done_file_counts_and_hashes_its_shard(made):
    record = json.loads((made / "shards" / "000000.done.json").read_text())
    assert (record["count"], record["sha256"]) == (3, sha256(made / "shards" / "000000.tar"))


@pytest.mark.parametrize(("name", "begin"), [("a.html", b"<!doctype html>"), ("a.png", b"\x89PNG"), ("a.gif", b"GIF8")])
def test_inspect_writes_the_kind_of_file_that_is_named(fleeting, made, tmp_path, name, begin):
    out = tmp_path / "pages" / name
    shown = fleeting("inspect", made, "--out", out, "--samples", 3)
    assert shown.code == 0
    assert shown.out == f"{out}\n"
    assert out.read_bytes()[:15].lower().startswith(begin.lower())
    assert out.stat().st_size > 10_000


def test_inspect_refuses_another_kind_of_file(fleeting, made, tmp_path):
    shown = fleeting("inspect", made, "--out", tmp_path / "a.pdf")
    assert shown.code == 2
    assert ".html" in shown.err
