"""The interface of an executor, and what the executors on other machines share."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any, Protocol, TypeVar

from ..errors import FleetingError

Job = TypeVar("Job")
Result = TypeVar("Result")
Outcomes = Generator[tuple[Job, Result], None, None]
"""Each job with its result, as they end."""

LOSSES = 4
"""How often a job may be lost with its worker before the run is stopped: a job that kills its workers has a fault."""


class Executor(Protocol):
    """Runs independent jobs."""

    name: str
    workers: int
    """Jobs at a time; 0: decided when the run begins."""

    def run(self, task: Callable[[Job], Result], jobs: Iterable[Job]) -> Outcomes[Job, Result]:
        """Call `task` on every job and yield each job with its result as they end, in any order.

        Closing the iterator, or an error, stops what is under way. Few jobs are in flight at a time, so memory does
        not grow with their number.

        Args:
            task: a function that can be pickled. It may be called again for a job whose worker was lost, so it must
                leave the same result however often it is called.
            jobs: small things that can be pickled; taken one by one as places get free.

        Raises:
            FleetingError: workers were lost again and again, or the cluster cannot be reached.
            Exception: whatever `task` raised.
        """
        ...


def attempt(task: Callable[[Any], Any], job: Any) -> tuple[bool, Any]:
    """(True, result) or (False, the error): clusters wrap errors, and the cause would be lost."""
    try:
        return True, task(job)
    except (FleetingError, OSError) as error:
        return False, error


def unwrap(outcome: tuple[bool, Any]) -> Any:
    """The result of an `attempt`; raises its error."""
    done, value = outcome
    if not done:
        raise value
    return value


def lost_too_often(job: object, reason: str) -> FleetingError:
    """The error of a job whose workers died LOSSES times."""
    return FleetingError(
        f"A worker died {LOSSES} times over the same job.",
        got=reason,
        where=str(job)[:200],
        cure="look for a lack of memory (dmesg, the cluster's log); the same command goes on with what is missing",
    )
