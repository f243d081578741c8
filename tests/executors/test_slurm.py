"""Job arrays on a SLURM of one machine (fake_slurm.py): what is asked of it, and what becomes of lost tasks."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import fake_slurm
from fleeting.errors import FaceError, FleetingError
from fleeting.executors import create_executor
from fleeting.synthesis import synthesize
from small_recipe import small_recipe

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


def double(number: int) -> int:
    return 2 * number


def refuse(number: int) -> int:
    raise FaceError(f"no face {number}", cure="look")


def fail(number: int) -> int:
    raise ZeroDivisionError(f"number {number} is none")


def die_once(folder: Path, number: int) -> int:
    """Kill the task at the first try of job 1."""
    mark = folder / "died"
    if number == 1 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def stay_once(folder: Path, number: int) -> int:
    """Wait at the first try."""
    mark = folder / "stayed"
    if not mark.exists():
        mark.touch()
        time.sleep(60)
    return number


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a SLURM; its commands are on the PATH, and its tasks find the functions of this file."""
    submitit = pytest.importorskip("submitit", reason="needs the extra cluster")
    for name, value in fake_slurm.install(tmp_path / "cluster").items():
        monkeypatch.setenv(name, value)
    here = Path(__file__)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(here.parent), str(here.parents[1])]))
    monkeypatch.setattr(submitit.SlurmJob, "_results_timeout_s", 0)  # how long a slow file system is waited for
    return tmp_path / "cluster"


def executor(slurm: Path, workers: int = 2, **options: Any) -> Any:
    return create_executor("slurm", workers, {"folder": str(slurm / "my tasks"), **options})


def test_array_asks_for_what_was_set_and_runs_so_many_tasks_at_a_time(slurm: Path) -> None:
    options = {"partition": "short", "account": "faces", "minutes": 30, "memory": 1.5}
    pairs = sorted(executor(slurm, 2, **options).run(double, range(4)))
    assert pairs == [(number, 2 * number) for number in range(4)]
    (asked,) = fake_slurm.asked(slurm)
    wanted = ("account", "array", "cpus-per-task", "mem", "nodes", "partition", "time")
    assert [asked.get(name) for name in wanted] == ["faces", "0-3%2", "1", "1536MB", "1", "short", "30"]
    assert fake_slurm.most_at_once(slurm) == 2
    assert fake_slurm.states(slurm) == ["COMPLETED"] * 4


def test_jobs_of_a_lost_task_are_submitted_anew_and_no_others(slurm: Path) -> None:
    pairs = list(executor(slurm).run(functools.partial(die_once, slurm), range(3)))
    assert sorted(pairs) == [(number, number) for number in range(3)]
    assert [asked.get("array") for asked in fake_slurm.asked(slurm)] == ["0-2%2", None]
    assert sorted(fake_slurm.states(slurm)) == ["COMPLETED"] * 3 + ["FAILED"]


def test_task_that_reaches_its_time_limit_is_requeued(slurm: Path) -> None:
    """SLURM sends USR2 ninety seconds before the end: submitit then has the same jobs queued again."""
    results = executor(slurm).run(functools.partial(stay_once, slurm), [5])

    def stop() -> None:
        while not (slurm / "stayed").exists():
            time.sleep(0.05)
        for process in fake_slurm.processes(slurm):
            os.kill(process, signal.SIGUSR2)

    threading.Thread(target=stop).start()
    assert list(results) == [(5, 5)]
    assert fake_slurm.asked(slurm)[0]["signal"] == "USR2@90"
    assert len(fake_slurm.asked(slurm)) == 1


def test_error_of_a_job_arrives_with_its_fields_and_the_rest_is_cancelled(slurm: Path) -> None:
    with pytest.raises(FaceError) as caught:
        list(executor(slurm, 1).run(refuse, range(3)))
    assert (caught.value.problem, caught.value.cure) == ("no face 0", "look")
    assert fake_slurm.states(slurm)[1:] == ["CANCELLED"] * 2


def test_fault_of_a_task_is_told_with_its_last_line(slurm: Path) -> None:
    """It was the name of a log file, which stands behind the trace."""
    with pytest.raises(FleetingError, match="A SLURM task failed") as caught:
        list(executor(slurm).run(fail, [3]))
    assert caught.value.got == "ZeroDivisionError: number 3 is none"


def test_array_that_slurm_does_not_take_is_told_with_its_reason(slurm: Path) -> None:
    with pytest.raises(FleetingError, match="does not take the job array") as caught:
        list(executor(slurm, partition="closed").run(double, range(3)))
    assert caught.value.got == "sbatch: error: invalid partition specified: closed"


def test_data_set_of_job_arrays_has_the_bytes_of_one_process(slurm: Path, tmp_path: Path) -> None:
    synthesize(small_recipe(), tmp_path / "array" / "set", executor=executor(slurm), progress=False)
    synthesize(small_recipe(), tmp_path / "one" / "set", progress=False)
    for path in [path for path in (tmp_path / "one").rglob("*") if path.is_file() and path.name != "status.json"]:
        assert (tmp_path / "array" / path.relative_to(tmp_path / "one")).read_bytes() == path.read_bytes()
