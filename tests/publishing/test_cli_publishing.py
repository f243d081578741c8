"""fleeting export and fleeting push, as they are called."""

import shutil

import huggingface_hub
import pytest
from stub_hub import served

from fleeting.files import atomic_write
from fleeting.remote import place

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


def test_export_tells_what_was_made_and_again_makes_nothing(fleeting, pairs, tmp_path):
    out = tmp_path / "ein Ordner é"
    words = ("export", pairs, "--to", "hf", "--out", out, "--validation", 0.5)
    assert fleeting(*words)[:2] == (0, f"{out}: 12 train, 12 validation of 24 planned; 2 parts, 2 made now\n")
    assert fleeting(*words)[:2] == (0, f"{out}: 12 train, 12 validation of 24 planned; 2 parts, 0 made now\n")


def test_data_set_on_a_store_is_exported_and_not_pushed(fleeting, pairs, tmp_path):
    """The // of its URL is folded on the way; the store was taken for a folder called memory: here."""
    store = place(f"memory://{tmp_path.name}")
    for path in [path for path in pairs.rglob("*") if path.is_file()]:
        with atomic_write(store / path.relative_to(pairs).as_posix()) as file:
            file.write(path.read_bytes())
    code, out, _ = fleeting("export", store, "--to", "hf", "--out", tmp_path / "out")
    assert (code, out) == (0, f"{tmp_path}/out: 24 train of 24 planned; 1 parts, 1 made now\n")
    for words in (("export", pairs, "--to", "hf", "--out", "s3://bucket/out"), ("push", store, "me/x")):
        code, _, err = fleeting(*words)
        assert code == 2
        assert "this machine's disks only" in err


def test_unsound_data_set_is_refused_with_what_verify_says(fleeting, pairs, tmp_path):
    copy = shutil.copytree(pairs, tmp_path / "copy")
    (copy / "shards" / "000001.tar").unlink()
    verified = fleeting("verify", copy)[1]
    for words in (("export", copy, "--to", "hf", "--out", tmp_path / "out"), ("push", copy, "me/x", "--dry-run")):
        code, out, err = fleeting(*words)
        assert (code, out) == (1, "")
        assert verified.splitlines()[0] in err
        assert "fault: shard 000001" in err
    assert not (tmp_path / "out").exists()


def test_bad_use_ends_with_2_and_no_traceback(fleeting, pairs, tmp_path):
    for words, told in (
        (("export", pairs, "--to", "zip", "--out", tmp_path / "out"), "imagefolder"),
        (("export", pairs, "--to", "legacy", "--out", tmp_path / "out", "--validation", 0.5), "has no splits"),
        (("export", pairs, "--to", "hf", "--out", pairs), "cannot lie inside"),
        (("push", pairs, "a//b"), "no repository of this name"),
        (("push", tmp_path, "me/x"), "no data set and no export"),
    ):
        code, _, err = fleeting(*words)
        assert code == 2
        assert told in err
        assert "Traceback" not in err


def test_dry_run_lists_what_would_go_and_asks_nobody(fleeting, pairs, monkeypatch):
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: pytest.fail("asked for a token"))
    code, out, _ = fleeting("push", pairs, "me/faces", "--dry-run")
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "faces: 1 faces, 'public domain (NASA)': no rights reserved"
    assert lines[2].split() == [f"{(pairs / 'shards/000000.tar').stat().st_size:,}", "shards/000000.tar"]
    assert lines[-1].startswith("would go to me/faces (private): 10 files, ")


def test_push_sends_and_tells(fleeting, pairs):
    with served() as hub:
        code, out, _ = fleeting("push", pairs, "me/faces")
        assert code == 0
        assert f"{hub.url}/datasets/me/faces (private): 10 files sent, " in out
        assert hub.repositories["me/faces"]["private"] is True
        assert fleeting("push", pairs, "me/faces")[1].endswith("0 files sent, 0 bytes; 10 were there\n")
