"""Folds that are trained as tasks leave what a run without tasks leaves, and a lost task costs its group alone."""

import dataclasses
import json
import pickle

import pandas as pd
import pytest
import torch
from threadpoolctl import threadpool_limits

from fake_synthetic import write_synthetic
from fleeting.errors import DatasetError, OptionsError
from fleeting.executors import create_executor
from fleeting.training import outcomes
from fleeting.training.experiment import run
from fleeting.training.fold_tasks import train_folds
from fleeting.training.recipe import TrainingRecipe


@pytest.fixture(autouse=True)
def one_thread():
    """As a task has it."""
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield


def recipe(recorded, also=(), model="ststnet", protocol="loso", pretrain=(), **train):
    settings = {"data": "recorded", "seeds": [0, 1], "epochs": 2, "batch_size": 8, "device": "cpu", **train}
    test = {"root": str(recorded), "protocol": protocol, "also": list(also)}
    return TrainingRecipe.parse({"model": {"name": model}, "train": settings, "pretrain": dict(pretrain), "test": test})


def content(folder):
    """Every file of a run but the time it took and what it ran on."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    del found["environment.json"]
    return {**found, "results.json": {**json.loads(found["results.json"]), "seconds": 0}}


class Spoilt:
    """An executor that hands on only some tasks, changes them, or does them twice."""

    name, workers = "spoilt", 3

    def __init__(self, change=lambda tasks: tasks):
        self.change, self.tasks = change, []

    def run(self, task, jobs):
        self.tasks = list(jobs)
        for job in self.change(self.tasks):
            yield job, task(job)


@pytest.fixture
def alone(monkeypatch):
    """The trainings of folds that were trained by themselves."""
    trained = []
    real = outcomes.train_alone
    monkeypatch.setattr(outcomes, "train_alone", lambda *given, **named: trained.append(0) or real(*given, **named))
    return trained


def test_processes_leave_the_files_of_a_run_without_tasks(tmp_path, recorded):
    plan = recipe(recorded, ["inner", "oracle"], seeds=[0])
    run(plan, tmp_path / "here")
    run(plan, tmp_path / "tasks", executor=create_executor("process", 2))
    assert content(tmp_path / "tasks") == content(tmp_path / "here")
    facts = json.loads((tmp_path / "tasks" / "environment.json").read_text())
    assert (facts["executor"], facts["torch_threads"]) == ("process", 1)


@pytest.mark.parametrize("model", ["linear", "off-apexnet", "ststnet"])
def test_folds_one_by_one_leave_the_files_and_models_of_a_run_without_tasks(tmp_path, recorded, model):
    plan = recipe(recorded, model=model, folds_at_once="off", seeds=[0], epochs=1)
    run(plan, tmp_path / "here")
    run(plan, tmp_path / "tasks", executor=Spoilt())
    assert content(tmp_path / "tasks") == content(tmp_path / "here")
    assert len(list((tmp_path / "tasks" / "models" / "seed-0").iterdir())) == 6


@pytest.mark.parametrize(
    ("donors", "sizes"),
    [((), [2, 2, 2]), ((("casme2", "s0", "c0"), None), [1, 4, 1])],  # s0, who lent something, has a training of its own
)
def test_pretraining_is_shared_as_far_as_every_place_has_a_task(tmp_path, recorded, donors, sizes):
    synthetic = write_synthetic(tmp_path / "synthetic", donors=donors)
    plan = recipe(recorded, root=str(synthetic), seeds=[0], pretrain={"epochs": 1}, model="off-apexnet", epochs=1)
    run(plan, tmp_path / "here")
    run(plan, tmp_path / "tasks", executor=(executor := Spoilt()))
    assert [len(task.folds) for task in executor.tasks] == sizes
    assert content(tmp_path / "tasks") == content(tmp_path / "here")


@pytest.mark.parametrize(("way", "sizes"), [("auto", [2, 2, 2]), ("off", [1] * 6)])
def test_folds_are_cut_for_the_places(tmp_path, recorded, way, sizes):
    run(recipe(recorded, folds_at_once=way, seeds=[0]), tmp_path / "run", executor=(executor := Spoilt()))
    assert [len(task.folds) for task in executor.tasks] == sizes


def test_seeds_are_tasks_too(tmp_path, recorded):
    synthetic = write_synthetic(tmp_path / "synthetic")
    plan = recipe(recorded, data="synthetic", root=str(synthetic), protocol="direct", model="linear")
    run(plan, tmp_path / "run", executor=(executor := Spoilt()))
    assert [task.seed for task in executor.tasks] == [0, 1]


def test_stopped_run_goes_on_with_the_tasks_that_are_missing(tmp_path, recorded, alone):
    def stopped(tasks):
        yield from tasks[:2]
        raise KeyboardInterrupt

    plan = recipe(recorded, folds_at_once="off", seeds=[0])
    with pytest.raises(KeyboardInterrupt):
        run(plan, tmp_path / "run", executor=Spoilt(stopped))
    assert len(alone) == 2
    run(plan, tmp_path / "run", executor=(executor := Spoilt()))
    assert (len(executor.tasks), len(alone)) == (4, 6)
    assert not (tmp_path / "run" / "parts").exists()


def test_task_that_is_done_again_trains_nothing_again(tmp_path, recorded, alone):
    run(
        recipe(recorded, folds_at_once="off", seeds=[0]),
        tmp_path / "run",
        executor=Spoilt(lambda tasks: [tasks[0], *tasks]),
    )
    assert len(alone) == 6


def test_finished_folds_start_no_executor(tmp_path, recorded, monkeypatch):
    monkeypatch.setattr("fleeting.training.parts.Parts.clear", lambda self: None)  # as if it had been stopped
    plan = recipe(recorded)
    run(plan, tmp_path / "run")
    run(plan, tmp_path / "run", executor=(executor := Spoilt()))
    assert executor.tasks == []


@pytest.mark.parametrize(
    ("change", "problem"), [({"kept": ("0-other.json",) * 2}, "other data or versions"), ({"device": "cuda"}, "device")]
)
def test_worker_that_differs_refuses_to_train(tmp_path, recorded, change, problem):
    executor = Spoilt(lambda tasks: [dataclasses.replace(task, **change) for task in tasks])
    with pytest.raises(OptionsError, match=problem):
        run(recipe(recorded, seeds=[0]), tmp_path / "run", executor=executor)
    assert not (tmp_path / "run" / "parts").exists()


def test_tasks_that_wrote_elsewhere_are_no_result(tmp_path, recorded):
    executor = Spoilt(lambda tasks: [dataclasses.replace(task, out=tmp_path / "other") for task in tasks])
    with pytest.raises(DatasetError, match="6 of 6 folds were trained, but are not here"):
        run(recipe(recorded, seeds=[0]), tmp_path / "run", executor=executor)


def test_task_leaves_the_threads_of_this_process_alone(tmp_path, recorded, monkeypatch):
    torch.set_num_threads(2)
    during = []
    real = outcomes.train_together
    monkeypatch.setattr(
        outcomes, "train_together", lambda *given: during.append(torch.get_num_threads()) or real(*given)
    )
    run(recipe(recorded, seeds=[0]), tmp_path / "run", executor=Spoilt())
    assert (during, torch.get_num_threads()) == ([1, 1, 1], 2)


def test_tasks_are_small(tmp_path, recorded):
    run(recipe(recorded, seeds=[0]), tmp_path / "run", executor=(executor := Spoilt()))
    assert len(pickle.dumps((train_folds, executor.tasks[0]))) < 5000
    assert pd.read_csv(tmp_path / "run" / "predictions.csv")["fold"].nunique() == 6
