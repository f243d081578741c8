"""process: a pool of processes on this machine that survives the loss of its members."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from ..options import Options
from .executor import LOSSES, Job, Outcomes, Result, lost_too_often

AHEAD = 2
"""Jobs in flight per worker: one under way, one that it finds when it is done."""


class ProcessExecutor:
    """A pool of processes on this machine; when one is killed, its jobs are done again by a new pool."""

    name = "process"

    def __init__(self, workers: int, options: Mapping[str, Any]) -> None:
        Options.parse(options, "executor process")
        self.workers = workers or os.cpu_count() or 1

    def run(self, task: Callable[[Job], Result], jobs: Iterable[Job]) -> Outcomes[Job, Result]:
        """See `Executor.run`."""
        source, again = iter(jobs), deque[tuple[Job, int]]()
        while True:
            flying: dict[Future[Result], tuple[Job, int]] = {}
            try:
                yield from self._pool(task, source, again, flying)
                return
            except BrokenProcessPool as error:
                # Which of the jobs in flight killed its worker is not known, so all of them count as suspects.
                for job, losses in flying.values():
                    if losses + 1 >= LOSSES:
                        raise lost_too_often(job, str(error)) from error
                    again.append((job, losses + 1))

    def _pool(
        self,
        task: Callable[[Job], Result],
        source: Iterator[Job],
        again: deque[tuple[Job, int]],
        flying: dict[Future[Result], tuple[Job, int]],
    ) -> Iterator[tuple[Job, Result]]:
        """Jobs through one pool until all are done or the pool breaks, which leaves those lost in `flying`."""
        others = set(multiprocessing.active_children())
        context = multiprocessing.get_context("spawn")  # a fork would inherit the threads of OpenCV and MediaPipe
        pool = ProcessPoolExecutor(self.workers, mp_context=context, initializer=_begin)
        try:
            while True:
                while len(flying) < AHEAD * self.workers:
                    waiting = again.popleft() if again else next(((job, 0) for job in source), None)
                    if waiting is None:
                        break
                    # A suspect is tried alone, so that the innocent are not lost with it once more.
                    if waiting[1] and flying:
                        again.appendleft(waiting)
                        break
                    try:
                        flying[pool.submit(task, waiting[0])] = waiting
                    except BrokenProcessPool:
                        again.appendleft(waiting)
                        raise
                    if waiting[1]:
                        break
                if not flying:
                    pool.shutdown()
                    return
                for future in wait(flying, return_when=FIRST_COMPLETED).done:
                    result = future.result()
                    job, _ = flying.pop(future)
                    yield job, result
        except BaseException:
            _stop(pool, [child for child in multiprocessing.active_children() if child not in others])
            raise


def _stop(pool: ProcessPoolExecutor, children: list[multiprocessing.process.BaseProcess]) -> None:
    """End a pool now; what its workers had under way is lost."""
    pool.shutdown(wait=False, cancel_futures=True)
    for child in children:
        child.kill()
    for child in children:
        child.join()


def _begin() -> None:
    """A worker leaves Ctrl-C to its parent, and ends with it: an orphan would go on writing beside the next run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
