"""What goes wrong on real machines, done for real: full disk, read-only target, two runs at once, signals, clocks."""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from fleeting import file_lock
from fleeting.cli.main import EXIT_USAGE
from fleeting.errors import DatasetError, ManifestError, OptionsError
from fleeting.files import write_text
from fleeting.remote import place
from fleeting.synthesis import lock, remake, repair, report, status, synthesize, verify
from fleeting.synthesis.lock import LOCK, hold
from fleeting.synthesis.shards import done_path, tar_path
from fleeting.synthesis.status import NAME, Monitor, Status
from small_recipe import small_recipe

RECIPE = """
[synthesis]
identities = {identities}
shard_size = 30
[faces]
name = "embedded"
size = 64
[action_units]
sources = ["expert"]
"""


def start(folder: Path, out: Path, *words: str, identities: int = 6000, **options: Any) -> subprocess.Popen[str]:
    """`fleeting synthesize` in a process of its own, long enough to be disturbed."""
    path = folder / "long.toml"
    path.write_text(RECIPE.format(identities=identities))
    command = [sys.executable, "-m", "fleeting.cli.main", "synthesize", str(path), "--out", str(out), *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def wait_for_shards(run: subprocess.Popen[str], out: Path, count: int = 3) -> None:
    while len(list(out.glob("shards/*.done.json"))) < count:
        assert run.poll() is None, run.communicate()[1]
        time.sleep(0.01)


def make(out: Path) -> dict[str, Any]:
    return synthesize(small_recipe(), out, progress=False)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte; only root may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)]
    if os.name != "posix" or shutil.which("mount") is None or subprocess.run(words, check=False).returncode:
        pytest.skip("needs the right to mount a tmpfs")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_full_disk_ends_with_a_cure_and_goes_on_when_there_is_room(tiny_disk: Path, tmp_path: Path) -> None:
    recipe = small_recipe(identities=60)
    out = tiny_disk / "set"
    with pytest.raises(DatasetError, match="No space left on device") as caught:
        synthesize(recipe, out, progress=False)
    assert "goes on with what is missing" in caught.value.cure
    finished = sorted(path.name for path in out.glob("shards/*.tar"))
    assert 0 < len(finished) < recipe.shards
    subprocess.run(["mount", "-o", "remount,size=8m", str(tiny_disk)], check=True)
    assert synthesize(recipe, out, progress=False)["made"] == recipe.shards - len(list(finished))
    synthesize(recipe, tmp_path / "calm", progress=False)
    for path in (tmp_path / "calm" / "shards").iterdir():
        assert (out / "shards" / path.name).read_bytes() == path.read_bytes()
    assert not list(out.rglob(".*.part"))


@pytest.mark.skipif(os.name != "posix", reason="limits are those of POSIX")
def test_file_that_may_not_grow_ends_with_a_cure(tmp_path: Path) -> None:
    """A quota; works without the right to mount."""
    import resource

    words = ("--executor", "inline", "--set", "synthesis.shard_size=1800")
    run = start(
        tmp_path,
        tmp_path / "set",
        *words,
        identities=600,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000)),
    )
    _, errors = run.communicate()
    assert run.returncode == EXIT_USAGE
    assert "File too large" in errors
    assert "Traceback" not in errors


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
def test_read_only_target_is_refused_with_a_cure(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    if os.geteuid() == 0:  # root writes everywhere but where nothing can be written
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(folder)], check=False)
    try:
        if os.access(folder, os.W_OK):
            pytest.skip("needs a target that this user may not write to")
        with pytest.raises(DatasetError, match=r"cannot be written.*\n.*(Read-only|denied)"):
            make(folder / "set")
    finally:
        if os.path.ismount(folder):
            subprocess.run(["umount", str(folder)], check=True)


def test_target_may_have_spaces_and_any_letters(tmp_path: Path) -> None:
    out = tmp_path / "mes données" / "微表情 #1 100%"
    make(out)
    assert make(out)["made"] == 0
    assert verify(out).sound


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [(signal.SIGINT, 130, ("--workers", "2")), (signal.SIGTERM, 143, ("--executor", "inline"))],
)
def test_signal_ends_the_run_and_keeps_what_is_finished(
    tmp_path: Path, number: signal.Signals, code: int, words: tuple[str, ...]
) -> None:
    """Ctrl-C reaches the workers too: the whole group gets the signal."""
    out = tmp_path / "set"
    run = start(tmp_path, out, *words, start_new_session=True)
    wait_for_shards(run, out)
    os.killpg(run.pid, number)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == code
    assert "what is finished stays, and the same command goes on from there" in errors
    assert "Traceback" not in errors
    assert report(out).state == "interrupted"
    assert len(list(out.glob("shards/*.done.json"))) >= 3
    assert not (out / LOCK).exists()


def test_second_run_on_one_target_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    out = tmp_path / "set"
    first = start(tmp_path, out, "--executor", "inline")
    wait_for_shards(first, out)
    try:
        with pytest.raises(OptionsError, match="Another run is writing") as caught:
            make(out)
        assert f"process {first.pid} on {platform.node()} since 20" in caught.value.got
        assert report(out).state == "running"
    finally:
        first.kill()
        first.communicate()
    assert report(out).state == "dead"


def test_lock_of_a_killed_run_is_taken_over(tmp_path: Path) -> None:
    out = tmp_path / "set"
    first = start(tmp_path, out, "--executor", "inline", identities=6000)
    wait_for_shards(first, out)
    first.kill()
    first.communicate()
    assert (out / LOCK).exists()
    with hold(out):
        pass
    assert not (out / LOCK).exists()


def running(host: str, pid: int, updated: str = "2026-01-01T00:00:00+00:00") -> Status:
    return Status("running", 9, 3, {}, 1.0, 6.0, "2026-01-01T00:00:00+00:00", updated, host, pid, "process", 2)


def test_run_on_another_host_is_taken_over_only_if_its_pulse_has_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shared file system on which locks do not reach the other host."""
    monkeypatch.setattr(lock, "WATCH", 0.6)
    path = tmp_path / NAME
    path.write_text(json.dumps(asdict(running("elsewhere", 1))))
    assert make(tmp_path)["made"] == 2
    path.write_text(json.dumps(asdict(running("elsewhere", 1))))
    monkeypatch.setattr(
        lock.time, "sleep", lambda _: path.write_text(json.dumps(asdict(running("elsewhere", 1, "later"))))
    )
    with pytest.raises(OptionsError, match="Another run is writing") as caught:
        make(tmp_path)
    assert "process 1 on elsewhere" in caught.value.got


def test_file_system_without_locks_goes_by_process_and_pulse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_lock, "fcntl", None)
    monkeypatch.setattr(lock, "WATCH", 0.6)
    path, alive = tmp_path / NAME, running(platform.node(), os.getppid())
    path.write_text(json.dumps(asdict(alive)))
    with monkeypatch.context() as patch:
        patch.setattr(lock.time, "sleep", lambda _: path.write_text(json.dumps(asdict(replace(alive, done=4)))))
        with pytest.raises(OptionsError, match="Another run is writing"):
            make(tmp_path)
    monkeypatch.setattr(lock, "WATCH", 60)  # no process of that number: nothing is watched
    path.write_text(json.dumps(asdict(running(platform.node(), 2**22 + 1))))
    assert make(tmp_path)["made"] == 2


def test_number_of_a_dead_process_that_is_in_use_again_does_not_lock_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container every run is process 1: after a kill the next one on a store was refused by its own number."""
    monkeypatch.setattr(lock, "WATCH", 0.6)
    root = place("memory://container")
    write_text(root / NAME, json.dumps(asdict(running(platform.node(), os.getpid()))))
    assert report(root).state == "dead"
    assert synthesize(small_recipe(), root, progress=False)["made"] == 2


@pytest.mark.parametrize(
    "change",
    [{"pid": "x"}, {"pid": -1}, {"pid": 2**80}, {"updated": "noon"}, {"updated": "2026-01-01"}, {"state": "asleep"}],
)
def test_damaged_status_is_refused_by_name_and_stops_no_run(tmp_path: Path, change: dict[str, Any]) -> None:
    """Such a file was a TypeError, OverflowError or ValueError of whoever used it."""
    (tmp_path / NAME).write_text(json.dumps(asdict(running("elsewhere", 1)) | change))
    with pytest.raises(ManifestError, match="status is damaged") as caught:
        report(tmp_path)
    assert next(iter(change)) in caught.value.got
    assert make(tmp_path)["made"] == 2


@pytest.mark.parametrize("name", ["shards/000001.tar", "shards/000001.done.json"])
def test_shard_that_cannot_be_read_is_a_fault_of_verify(tmp_path: Path, name: str) -> None:
    """A bad sector or a missing right ended `verify` with a traceback; a folder stands in for them."""
    make(tmp_path)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    verdict = verify(tmp_path)
    assert verdict.damaged == [1]
    assert verdict.samples == 6


def test_repair_that_cannot_write_says_what_to_do(tmp_path: Path) -> None:
    make(tmp_path)
    tar_path(tmp_path, 1).unlink()
    verdict = verify(tmp_path)
    done_path(tmp_path, 1).unlink()
    done_path(tmp_path, 1).mkdir()
    with pytest.raises(DatasetError, match=r"cannot be written or read(.|\n)*goes on with what is missing"):
        repair(tmp_path, verdict, small_recipe())


@pytest.mark.parametrize("content", [b"a = [", b"\xff", b"a = " + b"[" * 5000, b".".join([b"a"] * 5000) + b" = 1"])
def test_damaged_recipe_of_a_data_set_is_refused_with_a_cure(tmp_path: Path, content: bytes) -> None:
    """Nesting without end was a RecursionError."""
    make(tmp_path)
    (tmp_path / "recipe.toml").write_bytes(content)
    for use in (make, lambda root: remake(root, "000000007", tmp_path / "out")):
        with pytest.raises(ManifestError, match=r"recipe of the data set cannot be read(.|\n)*delete it"):
            use(tmp_path)


@pytest.mark.parametrize("key", ["x", "-00000001", "1" * 5000, "000000012", "\u0661"])
def test_key_that_is_none_is_refused(tmp_path: Path, key: str) -> None:
    make(tmp_path)
    with pytest.raises(ManifestError):
        remake(tmp_path, key, tmp_path / "out")


def test_card_of_a_data_set_in_this_folder_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my-set").mkdir()
    monkeypatch.chdir(tmp_path / "my-set")
    synthesize(small_recipe(), ".", progress=False)
    assert "# my-set" in Path("README.md").read_text()


def test_clock_that_jumps_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "calm" / "set")
    jumps = iter(range(10**6))
    monkeypatch.setattr(time, "time", lambda: 2e9 * (next(jumps) % 2))
    monkeypatch.setattr(status, "_now", lambda: f"{1970 + next(jumps) % 2 * 60}-01-01T00:00:00+00:00")
    out = tmp_path / "jumping" / "set"
    make(out)
    os.utime(tar_path(out, 0), (1, 1))
    os.utime(tar_path(out, 1), (4e9, 4e9))
    os.utime(done_path(out, 0), (4e9, 4e9))
    assert make(out)["made"] == 0
    assert report(out).rate >= 0
    for path in (tmp_path / "calm" / "set" / "shards").iterdir():
        assert (out / "shards" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("damage", ["tar cut", "tar gone", "record cut", "record empty", "record of other keys"])
def test_resume_makes_just_the_damaged_shard(tmp_path: Path, damage: str) -> None:
    make(tmp_path)
    sound = tar_path(tmp_path, 1).read_bytes(), done_path(tmp_path, 1).read_bytes()
    untouched = tar_path(tmp_path, 0).stat().st_mtime_ns
    if damage == "tar gone":
        tar_path(tmp_path, 1).unlink()
    elif damage == "tar cut":
        tar_path(tmp_path, 1).write_bytes(sound[0][:1000])
    else:
        done_path(tmp_path, 1).write_bytes({"cut": sound[1][:20], "empty": b"", "keys": b"[1]"}[damage.split()[-1]])
    assert make(tmp_path)["made"] == 1
    assert (tar_path(tmp_path, 1).read_bytes(), done_path(tmp_path, 1).read_bytes()) == sound
    assert tar_path(tmp_path, 0).stat().st_mtime_ns == untouched
    assert verify(tmp_path).sound


def test_drafts_of_a_killed_run_are_swept(tmp_path: Path) -> None:
    make(tmp_path)
    draft = tmp_path / "shards" / ".000001.tar.abc.part"
    draft.write_bytes(b"half")
    make(tmp_path)
    assert not draft.exists()


def test_status_that_cannot_be_written_does_not_stop_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(status, "write_text", refuse)
    with Monitor(tmp_path, 3, "inline", 1):
        pass
    assert caplog.text.count("cannot be written") == 1
