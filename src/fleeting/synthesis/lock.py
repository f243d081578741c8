"""One run at a time per data set: a lock that the kernel lets go when its process dies, and a pulse where it has none.

A local folder is locked by flock on run.lock, which holds on NFS and Lustre too where the mount passes locks on. Where
another host wrote the status last, or there are no locks (object stores), the status file is the pulse: a run that
still writes it is alive. Clocks are not compared.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ..errors import ManifestError, OptionsError
from ..remote import AnyPath, place
from .status import NAME, PERIOD_STORE, Status, read_status

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOG = logging.getLogger("fleeting")
LOCK = "run.lock"
WATCH = 2.5 * PERIOD_STORE
"""Seconds for which the pulse of a run on another host is felt."""
SILENCE = 60.0
"""Seconds after which `report` calls a run on another host dead."""


@contextmanager
def hold(root: AnyPath) -> Iterator[None]:
    """Be the only run at `root` for the length of the block.

    Raises:
        OptionsError: another run is at it.
    """
    descriptor = _lock(root) if isinstance(root, Path) else None
    try:
        owner = _last(root)
        if owner is not None and owner.state == "running" and _lives(root, owner, locked=descriptor is not None):
            raise _refusal(root, f"process {owner.pid} on {owner.host} since {owner.started}")
        yield
    finally:
        if descriptor is not None:
            (root / LOCK).unlink(missing_ok=True)
            os.close(descriptor)


def is_held(root: AnyPath) -> bool | None:
    """Whether a process of this machine holds the lock; None where no lock can tell."""
    if not isinstance(root, Path) or fcntl is None:
        return None
    try:
        descriptor = os.open(root / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return True if error.errno in (errno.EWOULDBLOCK, errno.EACCES) else None
    finally:
        os.close(descriptor)
    return False


def report(root: AnyPath | str) -> Status:
    """What the run at `root` says of itself, "dead" where it cannot say that any more.

    Raises:
        ManifestError: no run was ever there, or its status is damaged.
    """
    root = place(root)
    status = read_status(root)
    if status is None:
        raise ManifestError(f"There is no {NAME}: nothing was made here.", where=str(root))
    if status.state != "running" or is_held(root):
        return status
    if status.host == platform.node() and os.name == "posix":
        alive = is_held(root) is None and is_process(status.pid)
    else:  # a clock that differs makes a run look dead, and nothing follows from that
        age = datetime.now(UTC) - datetime.fromisoformat(status.updated)
        alive = abs(age.total_seconds()) <= SILENCE
    return status if alive else replace(status, state="dead", eta=None)


def _lock(root: Path) -> int | None:
    """A descriptor that holds the lock, or None where the file system has no locks."""
    root.mkdir(parents=True, exist_ok=True)
    path = root / LOCK
    while fcntl is not None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_ino != _inode(path):  # its last holder removed it in between
                os.close(descriptor)
                continue
        except OSError as error:
            os.close(descriptor)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise _refusal(root, _holder(path)) from None
            LOG.warning("%s: this file system has no locks (%s); the status file stands in", root, error)
            return None
        os.truncate(descriptor, 0)
        facts = {"host": platform.node(), "pid": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}
        os.write(descriptor, json.dumps(facts).encode())
        return descriptor
    return None


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _holder(path: Path) -> str:
    try:
        facts = json.loads(path.read_text())
        return f"process {facts['pid']} on {facts['host']} since {facts['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a run that began just now"


def _refusal(root: AnyPath, holder: str) -> OptionsError:
    return OptionsError(
        f"Another run is writing to {root}.",
        got=holder,
        cure="wait for it (`fleeting status` shows how far it is), stop it, or choose another --out",
    )


def _last(root: AnyPath) -> Status | None:
    try:
        return read_status(root)
    except ManifestError as error:
        LOG.warning("%s", error)
        return None


def _lives(root: AnyPath, owner: Status, *, locked: bool) -> bool:
    """Whether the run that calls itself running still runs."""
    if owner.host == platform.node() and os.name == "posix":
        return not locked and is_process(owner.pid)
    LOG.info("%s: a run on %s did not say that it ended; watching it for %.0f s", root, owner.host, WATCH)
    before, end = (root / NAME).read_bytes(), time.monotonic() + WATCH
    while time.monotonic() < end:
        time.sleep(0.5)
        if (root / NAME).read_bytes() != before:
            return True
    return False


def is_process(pid: int) -> bool:
    """Whether a process of that number runs on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
