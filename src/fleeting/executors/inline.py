"""inline: one job after the other in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..options import Options
from .executor import Job, Outcomes, Result


class InlineExecutor:
    """One job after the other in this process; for debuggers and small sets."""

    name = "inline"

    def __init__(self, workers: int, options: Mapping[str, Any]) -> None:
        Options.parse(options, "executor inline")
        self.workers = 1

    def run(self, task: Callable[[Job], Result], jobs: Iterable[Job]) -> Outcomes[Job, Result]:
        """See `Executor.run`."""
        for job in jobs:
            yield job, task(job)
