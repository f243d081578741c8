"""fleeting export and fleeting push, as they are called."""

import shutil
import sys

import huggingface_hub
import pytest
from stub_hub import served

from fleeting.cli.main import main

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def run(monkeypatch, capsys):
    """Call `fleeting WORDS...`; give exit code, standard output and standard error."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["fleeting", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main()
        shown = capsys.readouterr()
        return int(stop.value.code or 0), shown.out, shown.err

    return call


def test_export_tells_what_was_made_and_again_makes_nothing(run, pairs, tmp_path):
    out = tmp_path / "ein Ordner é"
    words = ("export", pairs, "--to", "hf", "--out", out, "--validation", 0.5)
    assert run(*words)[:2] == (0, f"{out}: 12 train, 12 validation of 24 planned; 2 parts, 2 made now\n")
    assert run(*words)[:2] == (0, f"{out}: 12 train, 12 validation of 24 planned; 2 parts, 0 made now\n")


def test_unsound_data_set_is_refused_with_what_verify_says(run, pairs, tmp_path):
    copy = shutil.copytree(pairs, tmp_path / "copy")
    (copy / "shards" / "000001.tar").unlink()
    verified = run("verify", copy)[1]
    for words in (("export", copy, "--to", "hf", "--out", tmp_path / "out"), ("push", copy, "me/x", "--dry-run")):
        code, out, err = run(*words)
        assert (code, out) == (1, "")
        assert verified.splitlines()[0] in err
        assert "fault: shard 000001" in err
    assert not (tmp_path / "out").exists()


def test_bad_use_ends_with_2_and_no_traceback(run, pairs, tmp_path):
    for words, told in (
        (("export", pairs, "--to", "zip", "--out", tmp_path / "out"), "imagefolder"),
        (("export", pairs, "--to", "legacy", "--out", tmp_path / "out", "--validation", 0.5), "has no splits"),
        (("export", pairs, "--to", "hf", "--out", pairs), "cannot lie inside"),
        (("push", pairs, "a//b"), "no repository of this name"),
        (("push", tmp_path, "me/x"), "no data set and no export"),
    ):
        code, _, err = run(*words)
        assert code == 2
        assert told in err
        assert "Traceback" not in err


def test_dry_run_lists_what_would_go_and_asks_nobody(run, pairs, monkeypatch):
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: pytest.fail("asked for a token"))
    code, out, _ = run("push", pairs, "me/faces", "--dry-run")
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "faces: 1 faces, 'public domain (NASA)': no rights reserved"
    assert lines[2].split() == [f"{(pairs / 'shards/000000.tar').stat().st_size:,}", "shards/000000.tar"]
    assert lines[-1].startswith("would go to me/faces (private): 10 files, ")


def test_push_sends_and_tells(run, pairs):
    with served() as hub:
        code, out, _ = run("push", pairs, "me/faces")
        assert code == 0
        assert f"{hub.url}/datasets/me/faces (private): 10 files sent, " in out
        assert hub.repositories["me/faces"]["private"] is True
        assert run("push", pairs, "me/faces")[1].endswith("0 files sent, 0 bytes; 10 were there\n")
