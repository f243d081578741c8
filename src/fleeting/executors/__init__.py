"""Where jobs run: in this process, in a pool of processes, on Ray, or as SLURM job arrays; the results are the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..families import Family
from .executor import Executor

__all__ = ["EXECUTORS", "Executor", "create_executor", "list_executors"]

EXECUTORS = Family(
    "executors",
    {
        "inline": "fleeting.executors.inline:InlineExecutor",
        "process": "fleeting.executors.process:ProcessExecutor",
        "ray": "fleeting.executors.ray_cluster:RayExecutor",
        "slurm": "fleeting.executors.slurm:SlurmExecutor",
    },
)


def create_executor(name: str, workers: int = 0, options: Mapping[str, Any] | None = None) -> Executor:
    """The executor called `name`.

    Args:
        name: member of the family `executors`.
        workers: jobs at a time; 0: as many as there are cores (`ray`: of the whole cluster).
        options: its own options, for example {"address": "10.0.0.1:6379"} for `ray`.

    Raises:
        OptionsError: there is no such executor or option.
        MissingExtraError: the package behind it is not installed.
    """
    executor: Executor = EXECUTORS.load(name)(workers, options or {})
    return executor


def list_executors(pattern: str = "*") -> list[str]:
    """The names of the executors that match a shell pattern, sorted."""
    return EXECUTORS.list(pattern)
