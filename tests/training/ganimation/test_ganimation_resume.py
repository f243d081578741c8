import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from fleeting.errors import DatasetError, OptionsError
from fleeting.generators.ganimation.checkpoint import load_critic, load_generator, trained_units
from fleeting.training.ganimation.loop import TrainingError, train_generator
from fleeting.training.ganimation.recipe import GeneratorRecipe
from fleeting.training.ganimation.state import NAME
from fleeting.training.ganimation.step import Training

TESTS = Path(__file__).resolve().parents[2]
KILLED = """
import os, signal, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from fleeting.training.ganimation import loop
from fleeting.training.ganimation.recipe import GeneratorRecipe
advance, limit = loop._Run.advance, int(sys.argv[3])
def killed(run, step, loaded):
    advance(run, step, loaded)
    if step + 1 == limit:
        os.kill(os.getpid(), signal.SIGKILL)
loop._Run.advance = killed
loop.train_generator(GeneratorRecipe.model_validate_json(sys.argv[1]), Path(sys.argv[2]), progress=False)
"""


@pytest.fixture
def one_thread():
    count = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(count)


@pytest.fixture
def recipe(small, shards):
    return small(data={"root": str(shards)})


def killed(recipe, out, step):
    """Train in a process of its own that is killed after `step` steps."""
    command = [sys.executable, "-c", KILLED, recipe.model_dump_json(), str(out), str(step)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": ""})


def test_a_killed_training_ends_as_one_that_was_not(recipe, tmp_path, one_thread):
    """Killed after step 10 of 18; the state is of step 9, and row and sheet of step 9 stand."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train_generator(recipe, whole, progress=False)
    process = killed(recipe, broken, 10)
    assert process.returncode == -signal.SIGKILL, process.stderr
    assert json.loads((broken / "generator" / "config.json").read_text())["facts"]["step"] == 9
    train_generator(recipe, broken, progress=False)
    for name in ("generator/generator.safetensors", "generator/critic.safetensors", NAME):
        assert (broken / name).read_bytes() == (whole / name).read_bytes()
    histories = [list(csv.DictReader((run / "history.csv").read_text().splitlines())) for run in (whole, broken)]
    assert [row["step"] for row in histories[1]] == ["3", "6", "9", "12", "15", "18"]
    for first, second in zip(*histories, strict=True):
        assert {**first, "seconds": ""} == {**second, "seconds": ""}


def test_tensorboard_gets_the_rows_of_the_history(small, shards, tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    train_generator(small(data={"root": str(shards)}, train={"tensorboard": True}), tmp_path, progress=False)
    board = accumulator.EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    rows = list(csv.DictReader((tmp_path / "history.csv").read_text().splitlines()))
    assert set(board.Tags()["scalars"]) == set(rows[0])
    for name in ("au_real", "mask", "response_12"):
        assert [point.step for point in board.Scalars(name)] == [3, 6, 9, 12, 15, 18]
        assert [point.value for point in board.Scalars(name)] == pytest.approx([float(row[name]) for row in rows], 1e-4)


def test_a_finished_training_is_left_as_it_is(recipe, tmp_path, one_thread):
    train_generator(recipe, tmp_path / "run", progress=False)
    before = (tmp_path / "run" / NAME).stat().st_mtime_ns
    train_generator(recipe, tmp_path / "run", progress=False)
    assert (tmp_path / "run" / NAME).stat().st_mtime_ns == before


def test_the_folder_holds_what_it_should(recipe, tmp_path):
    train_generator(recipe, tmp_path / "run", progress=False)
    assert load_generator(tmp_path / "run" / "generator").aus == 2
    assert load_critic(tmp_path / "run" / "generator") is not None
    assert trained_units(tmp_path / "run" / "generator") == (4, 12)
    assert sorted(path.name for path in (tmp_path / "run" / "sheets").iterdir())[-1] == "000018.png"
    assert json.loads((tmp_path / "run" / "environment.json").read_text())["images"] == 24


def test_the_schedule_is_so_many_critic_steps_per_generator_step(recipe, tmp_path, monkeypatch):
    calls = []
    for name in ("update_critic", "update_generator"):
        method = getattr(Training, name)

        def noted(*parts, name=name, method=method):
            calls.append(name)
            return method(*parts)

        monkeypatch.setattr(Training, name, noted)
    train_generator(recipe, tmp_path / "run", progress=False)
    assert calls == ["update_critic", "update_critic", "update_generator"] * 9


def test_the_attack_grows_while_the_critic_is_taught(small, shards, tmp_path, monkeypatch):
    shares = []
    monkeypatch.setattr(Training, "teach_critic", lambda training, pieces, share: shares.append(share))
    taught = small(data={"root": str(shards)}, train={"epochs": 1, "critic_first": 4, "critic_attack": 1.0})
    train_generator(taught, tmp_path / "run", progress=False)
    assert shares == [0.25, 0.5, 0.75, 1.0]


def test_another_recipe_is_refused(recipe, small, shards, tmp_path):
    train_generator(recipe, tmp_path / "run", progress=False)
    other = small(data={"root": str(shards)}, loss={"mask": 0.3})
    with pytest.raises(OptionsError, match="another recipe"):
        train_generator(other, tmp_path / "run", progress=False)
    moved = small(data={"root": str(shards), "readers": 2}, train={"accumulate": 2})
    train_generator(moved, tmp_path / "run", progress=False)


def test_a_damaged_state_is_refused(recipe, tmp_path):
    train_generator(recipe, tmp_path / "run", progress=False)
    path = tmp_path / "run" / NAME
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DatasetError, match="damaged"):
        train_generator(recipe, tmp_path / "run", progress=False)


def test_a_training_that_breaks_down_stops_and_says_so(small, shards, tmp_path):
    wild = small(data={"root": str(shards)}, train={"critic_rate": 1e30, "generator_rate": 1e30})
    with pytest.raises(TrainingError, match="no longer finite"):
        train_generator(wild, tmp_path / "run", progress=False)


def test_the_recipe_survives_json(recipe):
    assert GeneratorRecipe.model_validate_json(recipe.model_dump_json()) == recipe
