"""Every executor gives every job's result once, whatever happens to its workers, and stops when it is told to."""

from __future__ import annotations

import functools
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fleeting.errors import FaceError, FleetingError, OptionsError
from fleeting.executors import EXECUTORS, create_executor, list_executors
from fleeting.executors.process import AHEAD

# submitit leaves its local processes to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def double(number: int) -> int:
    return 2 * number


def refuse(number: int) -> int:
    raise FaceError(f"no face {number}", cure="look")


def die_once(folder: Path, number: int) -> int:
    """Kill the worker at the first try of job 3."""
    mark = folder / "died"
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def die(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def stay(folder: Path, number: int) -> int:
    (folder / str(os.getpid())).touch()
    time.sleep(0 if number == 0 else 60)
    return number


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that submitit starts must find the functions of this file."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


def local(name: str, tmp_path: Path) -> Any:
    options = {"cluster": "local", "folder": str(tmp_path / "slurm")} if name == "slurm" else {}
    return create_executor(name, 1 if name == "slurm" else 2, options)


def test_there_are_four() -> None:
    assert list_executors() == ["inline", "process", "ray", "slurm"]
    assert [EXECUTORS.load(name).name for name in list_executors()] == list_executors()


@pytest.mark.parametrize("name", ["inline", "process", "slurm"])
def test_every_job_comes_back_once_with_its_result(name: str, tmp_path: Path) -> None:
    pairs = sorted(local(name, tmp_path).run(double, iter(range(12))))
    assert pairs == [(number, 2 * number) for number in range(12)]


@pytest.mark.parametrize("name", ["inline", "process", "slurm"])
def test_no_jobs_give_no_results(name: str, tmp_path: Path) -> None:
    assert list(local(name, tmp_path).run(double, [])) == []


@pytest.mark.parametrize("name", ["inline", "process", "slurm"])
def test_error_of_a_job_arrives_with_its_fields(name: str, tmp_path: Path) -> None:
    with pytest.raises(FaceError) as caught:
        list(local(name, tmp_path).run(refuse, [7]))
    assert (caught.value.problem, caught.value.cure) == ("no face 7", "look")


@pytest.mark.parametrize("name", ["inline", "process"])
def test_jobs_are_taken_only_as_places_get_free(name: str, tmp_path: Path) -> None:
    taken = 0

    def jobs() -> Iterator[int]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield number

    results = local(name, tmp_path).run(double, jobs())
    for _ in range(5):
        next(results)
    results.close()
    assert taken <= 5 + 2 * 2 * AHEAD


def test_jobs_of_a_killed_worker_are_done_again(tmp_path: Path) -> None:
    pairs = list(create_executor("process", 2).run(functools.partial(die_once, tmp_path), range(8)))
    assert (tmp_path / "died").exists()
    assert sorted(pairs) == [(number, number) for number in range(8)]


def test_job_that_kills_every_worker_stops_the_run() -> None:
    with pytest.raises(FleetingError, match="died 4 times"):
        list(create_executor("process", 2).run(die, range(2)))


def test_closing_ends_the_workers_at_once(tmp_path: Path) -> None:
    results = create_executor("process", 2).run(functools.partial(stay, tmp_path), range(3))
    assert next(results) == (0, 0)
    while len(list(tmp_path.iterdir())) < 2:
        time.sleep(0.01)
    results.close()
    for path in tmp_path.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.name), 0)


def test_slurm_parameters_are_those_that_submitit_knows(tmp_path: Path) -> None:
    """The `local` backend checks the names of SLURM's parameters as well."""
    local("slurm", tmp_path)._executor()


@pytest.mark.parametrize(
    ("name", "workers", "options", "text"),
    [
        ("rai", 1, {}, "Did you mean 'ray'"),
        ("ray", 1, {"adress": "x"}, "Did you mean 'address'"),
        ("process", 1, {"address": "x"}, "address"),
        ("slurm", 0, {}, "--workers 1 or more"),
    ],
)
def test_wrong_setting_is_refused_by_name(name: str, workers: int, options: dict[str, Any], text: str) -> None:
    with pytest.raises(OptionsError, match=text):
        create_executor(name, workers, options)


def test_address_where_nobody_listens_is_refused_at_once() -> None:
    pytest.importorskip("ray", reason="needs the extra cluster")
    with pytest.raises(FleetingError, match="Nobody answers"):
        list(create_executor("ray", options={"address": "127.0.0.1:1"}).run(double, [1]))
