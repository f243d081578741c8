"""status.json: how far the run of a data set is, written by the run itself every few seconds."""

from __future__ import annotations

import json
import logging
import os
import platform
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from ..errors import ManifestError
from ..files import write_text
from ..remote import AnyPath

LOG = logging.getLogger("fleeting")
NAME = "status.json"
PERIOD, PERIOD_STORE = 2.0, 10.0
"""Seconds between two writings: on a disk, and on a store where every writing is a request."""
LOG_PERIOD = 30.0
"""Seconds between two lines in the log, where no bar is shown."""

State = Literal["running", "done", "interrupted", "failed", "dead"]


def _with_zone(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("no time zone")
    return text


@dataclass
class Status:
    """What status.json says. Times are of the host's clock and are only shown; nothing is decided by their order."""

    state: State
    planned: int
    """Samples."""
    done: int
    failed: dict[str, int]
    """Reason -> samples."""
    rate: float
    """Samples per second of this run; what an earlier run made does not count."""
    eta: float | None
    """Seconds that are left at this rate."""
    started: str
    """ISO 8601, UTC."""
    updated: Annotated[str, AfterValidator(_with_zone)]
    host: str
    pid: Annotated[int, Field(ge=1, lt=2**31)]
    executor: str
    workers: int
    error: str = ""
    """Why it failed."""


STATUS = TypeAdapter(Status)


@dataclass
class Monitor:
    """Counts what is made and keeps status.json up to date from a thread of its own."""

    root: AnyPath
    planned: int
    executor: str
    workers: int
    bar: bool = True
    """Whether a bar shows the progress, so that the log need not."""
    reasons: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    """Samples of finished shards, failed ones included."""

    def __enter__(self) -> Self:
        self._since, self._started, self._kept = time.monotonic(), _now(), 0
        self._state: State = "running"
        self._error, self._warned = "", False
        self._end = threading.Event()
        self._write()
        self._log()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()
        return self

    def add(self, record: Mapping[str, Any], *, kept: bool = False) -> None:
        """Count a finished shard; `kept`: an earlier run made it."""
        count = int(record["count"]) + len(record["failed"])
        self.seen += count
        self._kept += count if kept else 0
        self.reasons.update(record["failed"].values())

    def status(self) -> Status:
        """The present state."""
        seconds, made = time.monotonic() - self._since, self.seen - self._kept
        rate = made / seconds if seconds > 0 else 0.0
        eta = round((self.planned - self.seen) / rate, 1) if rate > 0 and self._state == "running" else None
        return Status(
            state=self._state,
            planned=self.planned,
            done=self.seen - self.reasons.total(),
            failed=dict(self.reasons),
            rate=round(rate, 2),
            eta=eta,
            started=self._started,
            updated=_now(),
            host=platform.node(),
            pid=os.getpid(),
            executor=self.executor,
            workers=self.workers,
            error=self._error,
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()
        self._state = "done" if error is None else "failed" if isinstance(error, Exception) else "interrupted"
        self._error = str(error) if isinstance(error, Exception) else ""
        self._write()
        self._log()

    def _keep(self) -> None:
        logged = time.monotonic()
        while not self._end.wait(PERIOD if isinstance(self.root, Path) else PERIOD_STORE):
            self._write()
            if time.monotonic() - logged >= LOG_PERIOD:
                logged = time.monotonic()
                self._log()

    def _log(self) -> None:
        if not self.bar:
            status = self.status()
            text = "%s: %s of %s samples, %s/s"
            LOG.info(text, status.state, self.seen, self.planned, status.rate, extra={"facts": asdict(status)})

    def _write(self) -> None:
        """The run does not stop where its status cannot be told: a full disk stops it by itself."""
        try:
            write_text(self.root / NAME, json.dumps(asdict(self.status()), indent=1) + "\n")
        except OSError as error:
            if not self._warned:
                LOG.warning("%s cannot be written: %s", self.root / NAME, error)
            self._warned = True


def read_status(root: AnyPath) -> Status | None:
    """What the last run at `root` said of itself, or None where none did.

    Raises:
        ManifestError: the file is damaged or cannot be read.
    """
    path = root / NAME
    try:
        return STATUS.validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValidationError as error:
        fault = error.errors()[0]
        got = f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}"
        raise ManifestError("The status is damaged.", got=got, where=str(path), cure="delete it") from None
    except OSError as error:
        raise ManifestError("The status cannot be read.", got=str(error), where=str(path)) from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
