"""slurm: job arrays on a SLURM cluster, through submitit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from ..errors import FleetingError, MissingExtraError, OptionsError
from ..options import Options
from .executor import LOSSES, Job, Outcomes, Result, attempt, lost_too_often, unwrap

SHARE = 4
"""Tasks of the array per place: few enough that starting Python does not count, enough that all places end together."""
ARRAY = 1000
"""Most tasks in an array; SLURM's own MaxArraySize is 1001 where nobody has changed it."""
PERIOD = 1.0
"""Seconds between two looks at the tasks."""


class SlurmOptions(Options):
    """What is asked of SLURM."""

    partition: str = ""
    """Empty: the cluster's default partition."""
    account: str = ""
    """Empty: the user's default account."""
    minutes: int = Field(240, ge=1)
    """Time limit of a task; one that reaches it is requeued."""
    memory: float = Field(2, gt=0)
    """GB per task."""
    folder: str = "slurm"
    """Where submitit keeps tasks, results and logs; on a file system that the nodes share."""
    cluster: Literal["slurm", "local", "debug"] = "slurm"
    """`local` and `debug` run the same tasks without SLURM, to try a set-up out."""


class SlurmExecutor:
    """Job arrays on a SLURM cluster; a task takes several jobs, and --workers tasks run at a time."""

    name = "slurm"

    def __init__(self, workers: int, options: Mapping[str, Any]) -> None:
        self.options = SlurmOptions.parse(options, "executor slurm")
        self.workers = workers
        if workers < 1:
            raise OptionsError(
                "The executor slurm must be told how many tasks may run at a time.",
                expected="--workers 1 or more",
                got=str(workers),
            )

    def run(self, task: Callable[[Job], Result], jobs: Iterable[Job]) -> Outcomes[Job, Result]:
        """See `Executor.run`. The jobs are held at once, because an array is submitted at once."""
        whole = list(jobs)
        if not whole:
            return
        count = min(ARRAY, SHARE * self.workers, len(whole))
        limits = [round(index * len(whole) / count) for index in range(count + 1)]
        batches = [whole[start:stop] for start, stop in pairwise(limits)]
        executor = self._executor()
        flying = self._submit(executor, task, [(batch, 0) for batch in batches])
        try:
            while flying:
                ended, lost = [handle for handle in flying if handle.done()], list[tuple[list[Job], int]]()
                for handle in ended:
                    batch, losses = flying.pop(handle)
                    outcomes = self._outcomes(handle, batch, losses)
                    if outcomes is None:
                        lost.append((batch, losses + 1))
                        continue
                    for job, outcome in zip(batch, outcomes, strict=True):
                        yield job, unwrap(outcome)
                if lost:
                    flying |= self._submit(executor, task, lost)
                elif not ended:
                    time.sleep(PERIOD)
        finally:
            for handle in flying:
                handle.cancel(check=False)

    def _executor(self) -> Any:
        try:
            import submitit
        except ImportError:
            raise MissingExtraError("The executor slurm", "submitit", "cluster") from None
        options = self.options
        optional = {"slurm_partition": options.partition, "slurm_account": options.account}
        try:
            executor = submitit.AutoExecutor(folder=Path(options.folder) / "%j", cluster=options.cluster)
        except RuntimeError as error:
            raise FleetingError(
                "SLURM is not here.", got=str(error), cure="run this where sbatch is, or choose another --executor"
            ) from error
        executor.update_parameters(
            name="fleeting",
            timeout_min=options.minutes,
            mem_gb=options.memory,
            cpus_per_task=1,
            slurm_array_parallelism=self.workers,
            **{name: value for name, value in optional.items() if value},
        )
        return executor

    @staticmethod
    def _submit(
        executor: Any, task: Callable[[Job], Result], batches: Sequence[tuple[list[Job], int]]
    ) -> dict[Any, tuple[list[Job], int]]:
        """Submit one array; task -> its jobs and how often they were lost."""
        from submitit.core.utils import FailedJobError, FailedSubmissionError

        try:
            handles = executor.map_array(_Batch(task), [batch for batch, _ in batches])
        except (FailedJobError, FailedSubmissionError) as error:
            raise FleetingError(
                "SLURM does not take the job array.",
                got=str(error).strip().splitlines()[-1],
                cure="check --executor-option; the same command goes on with what is missing",
            ) from error
        return dict(zip(handles, batches, strict=True))

    @staticmethod
    def _outcomes(handle: Any, batch: Sequence[object], losses: int) -> list[tuple[bool, Any]] | None:
        """What a task returned, or None if it was lost."""
        from submitit.core.utils import FailedJobError, UncompletedJobError

        try:
            outcomes: list[tuple[bool, Any]] = handle.result()
        except FailedJobError as error:
            trace = str(error).rpartition("----------------------\n")[0]  # behind it submitit names its files
            raise FleetingError(
                "A SLURM task failed.", got=trace.strip().splitlines()[-1], where=str(handle.paths.stderr)
            ) from error
        except UncompletedJobError as error:
            if losses + 1 >= LOSSES:
                raise lost_too_often(batch[0], f"log: {handle.paths.stderr}") from error
            return None
        return outcomes


class _Batch:
    """Does the jobs of one task; when SLURM stops it, submitit requeues it with `checkpoint`."""

    def __init__(self, task: Callable[[Any], Any]) -> None:
        self.task = task

    def __call__(self, jobs: Sequence[Any]) -> list[tuple[bool, Any]]:
        return [attempt(self.task, job) for job in jobs]

    def checkpoint(self, jobs: Sequence[Any]) -> Any:
        """The same jobs again: `task` finds what is done."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self, jobs)
