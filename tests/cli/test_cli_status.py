"""status and remake, and the log in JSON."""

import json
import shutil
import subprocess
import sys

import pytest

from fleeting.synthesis.status import NAME


@pytest.fixture
def copy(made, tmp_path):
    return shutil.copytree(made, tmp_path / "copy")


def say(root, **change):
    """Change what the run said of itself."""
    path = root / NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | change))


def test_status_of_a_finished_run(fleeting, made):
    shown = fleeting("status", made)
    assert shown.code == 0
    assert f"{made}: done; 6 of 6 samples, 0 failed\n" in shown.out
    assert "inline on " in shown.out


def test_status_of_a_run_whose_process_is_gone_says_dead_and_how_to_go_on(fleeting, copy):
    say(copy, state="running", done=3, failed={"too dark": 2}, pid=2**22 + 1, eta=7.0)
    shown = fleeting("status", copy)
    assert shown.code == 1
    assert f"{copy}: dead; 3 of 6 samples, 2 failed\n" in shown.out
    assert "  2 failed: too dark\n" in shown.out
    assert "run the same `fleeting synthesize` again" in shown.out
    assert " left" not in shown.out


@pytest.mark.parametrize(("updated", "state"), [("2020-01-01T00:00:00+00:00", "dead"), (None, "running")])
def test_status_of_a_run_on_another_host_goes_by_its_last_word(fleeting, copy, updated, state):
    say(copy, state="running", host="elsewhere", **({"updated": updated} if updated else {}))
    if updated is None:
        from fleeting.synthesis.status import _now

        say(copy, updated=_now())
    assert json.loads(fleeting("status", copy, "--json").out)["state"] == state


def test_status_of_nothing_is_an_error(fleeting, tmp_path):
    shown = fleeting("status", tmp_path)
    assert shown.code == 2
    assert "nothing was made here" in shown.err


def test_status_json_has_the_fields_that_are_documented(fleeting, made):
    assert set(json.loads(fleeting("status", made, "--json").out)) == {
        "state", "planned", "done", "failed", "rate", "eta", "started", "updated", "host", "pid", "executor", "workers",
        "error",
    }  # fmt: skip


def test_failed_run_says_why(fleeting, recipe, tmp_path, monkeypatch):
    from fleeting.generators.warp import WarpGenerator

    monkeypatch.setattr(WarpGenerator, "generate_batch", lambda *_: undefined)  # noqa: F821
    with pytest.raises(NameError):
        fleeting("synthesize", recipe, "--out", tmp_path / "out", "--executor", "inline")
    shown = fleeting("status", tmp_path / "out")
    assert shown.code == 1
    assert ": failed; 0 of 6 samples" in shown.out
    assert "name 'undefined' is not defined" in shown.out


@pytest.mark.parametrize("key", ["000000000", "000000005"])
def test_sample_is_remade_bit_for_bit(fleeting, made, tmp_path, key):
    shown = fleeting("remake", made, key, "--out", tmp_path / "sample")
    assert shown.code == 0
    assert shown.out.count("as in the shard") == 3
    names = sorted(path.name for path in (tmp_path / "sample").iterdir())
    assert names == [f"{key}.apex.jpg", f"{key}.json", f"{key}.onset.jpg"]


def test_remake_tells_where_the_shard_differs_and_what_has_changed(fleeting, copy, tmp_path):
    path = copy / "shards" / "000000.tar"
    content = bytearray(path.read_bytes())
    content[700] ^= 1  # inside the first image of the first sample
    path.write_bytes(content)
    recipe = copy / "recipe.toml"
    recipe.write_text(recipe.read_text().replace('system = "', 'system = "Other '))
    shown = fleeting("remake", copy, "000000000", "--out", tmp_path / "sample")
    assert shown.code == 1
    assert "000000000.onset.jpg" in shown.out
    assert shown.out.count("differs from the shard") == 1
    assert "changed since: versions.system was 'Other" in shown.out


@pytest.mark.parametrize("key", ["000000006", "7", "../x"])
def test_remake_of_an_unknown_key_is_an_error(fleeting, made, tmp_path, key):
    shown = fleeting("remake", made, key, "--out", tmp_path)
    assert shown.code == 2
    assert f"There is no sample {key!r}" in shown.err


def test_remake_refuses_a_recipe_that_does_not_lead_to_the_row(fleeting, copy, tmp_path):
    recipe = copy / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("\nseed = 0", "\nseed = 1"))
    shown = fleeting("remake", copy, "000000000", "--out", tmp_path / "sample")
    assert shown.code == 2
    assert "does not follow from the recipe" in shown.err


def test_verify_repairs_what_it_found(fleeting, copy):
    path = copy / "shards" / "000001.tar"
    sound = path.read_bytes()
    path.write_bytes(sound[:700] + bytes([sound[700] ^ 1]) + sound[701:])
    shown = fleeting("verify", copy, "--repair", "--workers", 1)
    assert shown.code == 0
    assert "fault: shard 000001" in shown.out
    assert "made anew: 1 shards" in shown.out
    assert f"{copy}: sound; " in shown.out
    assert path.read_bytes() == sound


def test_log_in_json_is_one_object_per_line(made, copy, tmp_path):
    """In a process of its own: pytest holds the log of this one."""
    (copy / "recipe.toml").write_text("[synthesis]\nidentites = 3\n")
    words = ["--log-format", "json", "synthesize", str(copy / "recipe.toml"), "--out", str(tmp_path / "out")]
    shown = subprocess.run(
        [sys.executable, "-m", "fleeting.cli.main", *words], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 2
    (line,) = map(json.loads, shown.stderr.splitlines())
    assert (line["level"], line["logger"]) == ("error", "fleeting")
    assert "Did you mean 'identities'" in line["message"]


def test_run_tells_its_progress_in_json_without_a_bar(recipe, tmp_path):
    words = ["--log-format", "json", "synthesize", str(recipe), "--out", str(tmp_path / "out"), "--executor", "inline"]
    shown = subprocess.run(
        [sys.executable, "-m", "fleeting.cli.main", *words], capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in shown.stderr.splitlines()]
    assert [(line["state"], line["done"], line["planned"]) for line in lines] == [("running", 0, 6), ("done", 6, 6)]
