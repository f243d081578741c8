"""One run at a time in a folder: a lock that the kernel lets go when the process that holds it dies.

It is flock on a file, which holds on NFS and Lustre too where the mount passes locks on. No clock is asked.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import OptionsError
from .remote import AnyPath

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOG = logging.getLogger("fleeting")
TRIES, PAUSE = 5, 0.1
"""How often, and after how many seconds again, a lock is asked for: who only looks at it holds it for a moment."""
BUSY = (errno.EWOULDBLOCK, errno.EACCES)
"""What flock says where somebody else holds the lock."""


@contextmanager
def locked(path: Path, target: Path) -> Iterator[bool]:
    """Be the only one that holds the lock file `path`, which is made and, at the end, removed.

    Args:
        path: the lock file; its folder is made if need be.
        target: what is written to meanwhile, for the message.

    Yields:
        Whether the lock is held: False where the file system has no locks, which is logged.

    Raises:
        OptionsError: another process holds it.
        OSError: the file cannot be made.
    """
    descriptor = _acquire(path, target)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            try:
                path.unlink(missing_ok=True)
            finally:
                os.close(descriptor)


def is_locked(path: Path) -> bool | None:
    """Whether a process holds the lock file `path`; None where no lock can tell."""
    if fcntl is None:
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return True if error.errno in BUSY else None
    finally:
        os.close(descriptor)
    return False


def refusal(target: AnyPath, holder: str) -> OptionsError:
    """The error of who comes second."""
    return OptionsError(
        f"Another run is writing to {target}.",
        got=holder,
        cure="wait for it (`fleeting status` shows how far a synthesis is), stop it, or choose another --out",
    )


def _acquire(path: Path, target: Path) -> int | None:
    """A descriptor that holds the lock, or None where the file system has no locks."""
    tries = TRIES
    while fcntl is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if error.errno not in BUSY:
                LOG.warning("%s: this file system has no locks (%s)", target, error)
                return None
            tries -= 1
            if not tries:
                raise refusal(target, _holder(path)) from None
            time.sleep(PAUSE)
            continue
        if os.fstat(descriptor).st_ino != _inode(path):  # its last holder removed it in between
            os.close(descriptor)
            continue
        facts = {"host": platform.node(), "pid": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}
        with suppress(OSError):  # who holds it is told to people only; a full disk stops the run by itself
            os.truncate(descriptor, 0)
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
