"""One run at a time per data set: a lock, and the pulse of the run where no lock can tell.

A local folder is locked by run.lock (file_lock.py). Where another host wrote the status last, or there are no
locks (object stores), the status file is the pulse: a run that still writes it is alive. Clocks are not compared.
"""

from __future__ import annotations

import logging
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ..errors import ManifestError
from ..file_lock import is_locked, locked, refusal
from ..remote import AnyPath, place
from .status import NAME, PERIOD_STORE, Status, read_status

LOG = logging.getLogger("fleeting")
LOCK = "run.lock"
WATCH = 2.5 * PERIOD_STORE
"""Seconds for which the pulse of a run is felt where no lock can tell."""
SILENCE = 60.0
"""Seconds after which `report` calls a run on another host, or in another container, dead."""


@contextmanager
def hold(root: AnyPath) -> Iterator[None]:
    """Be the only run at `root` for the length of the block.

    Raises:
        OptionsError: another run is at it.
    """
    with locked(root / LOCK, root) if isinstance(root, Path) else nullcontext(False) as held:
        owner = _last(root)
        if owner is not None and owner.state == "running" and _lives(root, owner, held):
            raise refusal(root, f"process {owner.pid} on {owner.host} since {owner.started}")
        yield


def report(root: AnyPath | str) -> Status:
    """What the run at `root` says of itself, "dead" where it cannot say that any more.

    Raises:
        ManifestError: no run was ever there, or its status is damaged.
    """
    root = place(root)
    status = _needed(root)
    if status.state != "running":
        return status
    held = is_locked(root / LOCK) if isinstance(root, Path) else None
    # That the lock is free says nothing of another host: locks may not reach it.
    if held or ((held is None or not _is_here(status)) and _has_pulse(status)):
        return status
    status = _needed(root)  # it may have ended while the lock was looked at
    return replace(status, state="dead", eta=None) if status.state == "running" else status


def _needed(root: AnyPath) -> Status:
    status = read_status(root)
    if status is None:
        raise ManifestError(f"There is no {NAME}: nothing was made here.", where=str(root))
    return status


def _has_pulse(status: Status) -> bool:
    """Whether the run wrote of late; a clock that differs makes it look dead, and nothing follows from that."""
    if _is_here(status) and not is_process(status.pid):
        return False
    age = datetime.now(UTC) - datetime.fromisoformat(status.updated)
    return abs(age.total_seconds()) <= SILENCE


def _is_here(status: Status) -> bool:
    """Whether this host wrote it, and its processes can be asked for."""
    return status.host == platform.node() and os.name == "posix"


def _last(root: AnyPath) -> Status | None:
    try:
        return read_status(root)
    except ManifestError as error:
        LOG.warning("%s", error)
        return None


def _lives(root: AnyPath, owner: Status, held: bool) -> bool:
    """Whether the run that calls itself running still runs; `held`: its lock, if it was of this host, was free."""
    if _is_here(owner) and (held or not is_process(owner.pid)):
        return False
    # A process of that number may be another one by now: in a container the first is always number 1.
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
