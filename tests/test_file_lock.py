"""A lock is held by one, let go at the end whatever happens, and not refused because somebody looked at it."""

import fcntl
import os
import subprocess
import sys
import threading

import pytest

from fleeting import file_lock
from fleeting.errors import OptionsError
from fleeting.file_lock import is_locked, locked

HOLD = """
import sys, time
from pathlib import Path
from fleeting.file_lock import locked
with locked(Path(sys.argv[1]), Path(sys.argv[1]).parent):
    print("held", flush=True)
    time.sleep(60)
"""


def test_second_holder_is_refused_and_told_who_holds_it(tmp_path):
    path = tmp_path / "set" / "run.lock"
    run = subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE, text=True)
    try:
        assert run.stdout.readline() == "held\n"
        assert is_locked(path) is True
        with pytest.raises(OptionsError, match="Another run is writing") as caught, locked(path, path.parent):
            pass
        assert f"process {run.pid} on " in caught.value.got
    finally:
        run.kill()
        run.communicate()
    assert is_locked(path) is False
    with locked(path, path.parent) as held:  # the killed one has let go
        assert held
    assert not path.exists()


def test_lock_is_let_go_when_the_block_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "run.lock", tmp_path):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_who_only_looks_for_a_moment_refuses_nobody(tmp_path):
    """`fleeting status` beside the start of a run made the run end."""
    path = tmp_path / "run.lock"
    looking = os.open(path, os.O_RDONLY | os.O_CREAT)
    fcntl.flock(looking, fcntl.LOCK_SH)
    timer = threading.Timer(1.5 * file_lock.PAUSE, os.close, [looking])
    timer.start()
    with locked(path, tmp_path) as held:
        assert held
    timer.join()


def test_disk_without_room_for_the_name_of_the_holder_keeps_no_lock(tmp_path, monkeypatch):
    """The descriptor stayed open: this process could not lock the folder again."""

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file_lock.os, "write", refuse)
    with locked(tmp_path / "run.lock", tmp_path) as held:
        assert held
    assert is_locked(tmp_path / "run.lock") is False


def test_file_system_without_locks_says_so(tmp_path, monkeypatch, caplog):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(file_lock.fcntl, "flock", refuse)
    with locked(tmp_path / "run.lock", tmp_path) as held:
        assert not held
    assert "has no locks" in caplog.text
    (tmp_path / "run.lock").touch()
    assert is_locked(tmp_path / "run.lock") is None
