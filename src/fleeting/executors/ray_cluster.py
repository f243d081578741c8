"""ray: tasks on a Ray cluster, or on a Ray that is started on this machine for the run."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import FleetingError, MissingExtraError
from ..options import Options
from .executor import LOSSES, Job, Outcomes, Result, attempt, lost_too_often, unwrap

AHEAD = 2
"""Tasks in flight per core: one under way, one that the core finds when it is done."""
PERIOD = 1.0
"""Seconds between two looks at whether a signal came."""
KNOCK = 10.0
"""Seconds within which a cluster must answer."""


class RayOptions(Options):
    """Where Ray is."""

    address: str = ""
    """Of a running cluster, for example "10.0.0.1:6379" or "auto"; empty: start Ray on this machine for the run."""


class RayExecutor:
    """Tasks on a Ray cluster; those of a node or worker that dies run again elsewhere."""

    name = "ray"

    def __init__(self, workers: int, options: Mapping[str, Any]) -> None:
        self.options = RayOptions.parse(options, "executor ray")
        self.workers = workers

    def run(self, task: Callable[[Job], Result], jobs: Iterable[Job]) -> Outcomes[Job, Result]:
        """See `Executor.run`."""
        ray = self._connect()
        remote = ray.remote(num_cpus=1, max_retries=LOSSES - 1)(attempt)
        source, flying, signals = iter(jobs), dict[Any, Job](), _Signals()
        try:
            while True:
                signals.deliver()
                places = AHEAD * (self.workers or max(1, int(ray.cluster_resources().get("CPU", 1))))
                while len(flying) < places and (waiting := next(((job,) for job in source), None)):
                    flying[remote.remote(task, *waiting)] = waiting[0]
                if not flying:
                    return
                for done in ray.wait(list(flying), num_returns=1, timeout=PERIOD)[0]:
                    outcome = self._get(ray, done, flying[done])
                    yield flying.pop(done), unwrap(outcome)
        finally:
            signals.restore()
            for reference in flying:
                ray.cancel(reference, force=True)
            ray.shutdown()  # leaves a cluster that was there before as it is

    def _connect(self) -> Any:
        """Ray, connected."""
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # tells nobody that it is used
        if not self.options.address:
            os.environ.setdefault("RAY_AUTH_MODE", "token")  # what newer versions do anyway for a Ray of one machine
        try:
            import ray
        except ImportError:
            raise MissingExtraError("The executor ray", "ray", "cluster") from None
        start: dict[str, Any] = {"address": self.options.address}
        if not self.options.address:
            start = {"address": "local", "num_cpus": self.workers or None, "include_dashboard": False}
        else:
            _knock(self.options.address)
        main = threading.current_thread() is threading.main_thread()
        handler = signal.getsignal(signal.SIGTERM)
        try:
            ray.init(**start, log_to_driver=False, logging_level=logging.WARNING)
        except (ConnectionError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
            raise FleetingError(
                "Ray cannot be reached." if self.options.address else "Ray cannot be started.",
                got=str(error).splitlines()[0],
                where=self.options.address,
                cure="check --address; a cluster with tokens needs RAY_AUTH_MODE=token and the token (docs/scale.md)",
            ) from error
        finally:
            if main:
                signal.signal(signal.SIGTERM, handler)  # ray.init takes it
        return ray

    @staticmethod
    def _get(ray: Any, reference: Any, job: object) -> Any:
        try:
            return ray.get(reference)
        except ray.exceptions.RayTaskError:  # what the task itself raised
            raise
        except ray.exceptions.RayError as lost:  # worker, node, memory or result gone
            raise lost_too_often(job, str(lost).splitlines()[0]) from lost


class _Signals:
    """Keeps SIGINT and SIGTERM until Ray's own code has returned: an exception out of a handler may crash it."""

    def __init__(self) -> None:
        self._came: list[int] = []
        self._before: dict[int, Any] = {}
        if threading.current_thread() is threading.main_thread():
            numbers = (signal.SIGINT, signal.SIGTERM)
            self._before = {
                number: signal.signal(number, lambda came, _: self._came.append(came)) for number in numbers
            }

    def deliver(self) -> None:
        """Hand a signal that came to the handler that was there before."""
        if self._came:
            self.restore()
            signal.raise_signal(self._came[0])

    def restore(self) -> None:
        """Let signals through again."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}


def _knock(address: str) -> None:
    """Refuse an address at which nobody listens: Ray tries for minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not port.isdecimal():  # "auto", or a name that Ray resolves itself
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), KNOCK).close()
    except OSError as error:
        raise FleetingError(
            "Nobody answers at the address of the Ray cluster.",
            got=str(error),
            where=address,
            cure="check --address and that `ray start --head` runs there",
        ) from error
