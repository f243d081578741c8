"""A recipe that lists runs: carried out once, set in one table."""

import json

import numpy as np
import pytest

from fake_synthetic import flow_image
from fleeting.datasets.megc2019_flow import Megc2019Flow
from fleeting.types import Clip

RECIPE = """
[train]
data = "recorded"
seeds = [0]
epochs = 2
[test]
root = "{root}"
protocol = "kfold"
options = {{ folds = 2 }}
[[run]]
name = "plain"
[[run]]
name = "network"
set = ["model.name=ststnet"]
"""


@pytest.fixture
def recipe(tmp_path):
    clips = [Clip("lab", f"s{n}", f"c{c}", (n + c) % 3) for n in range(4) for c in range(3)]
    Megc2019Flow.write(
        tmp_path / "clips", clips, [flow_image(clip.label, np.random.default_rng(n)) for n, clip in enumerate(clips)]
    )
    (tmp_path / "board.toml").write_text(RECIPE.format(root=tmp_path / "clips"))
    return tmp_path / "board.toml"


def test_recipe_of_a_board_is_carried_out_and_not_repeated(fleeting, recipe, tmp_path):
    first = fleeting("leaderboard", recipe, "--out", tmp_path / "out", "--workers", 1)
    assert first.code == 0
    assert {line.split()[0] for line in first.out.splitlines()[1:3]} == {"plain", "network"}
    stamp = (tmp_path / "out" / "runs" / "network" / "results.json").stat().st_mtime_ns
    second = fleeting("leaderboard", recipe, "--out", tmp_path / "out", "--workers", 1)
    assert "[2/2] network: finished before" in second.err
    assert (tmp_path / "out" / "runs" / "network" / "results.json").stat().st_mtime_ns == stamp
    recipe.write_text(recipe.read_text().replace("epochs = 2", "epochs = 3"))
    fleeting("leaderboard", recipe, "--out", tmp_path / "out", "--workers", 1)
    assert (tmp_path / "out" / "runs" / "network" / "results.json").stat().st_mtime_ns != stamp


def test_runs_of_a_board_go_to_the_executor_that_is_named(fleeting, recipe, tmp_path):
    assert fleeting("leaderboard", recipe, "--out", tmp_path / "out", "--executor", "inline").code == 0
    for name in ("plain", "network"):
        facts = json.loads((tmp_path / "out" / "runs" / name / "environment.json").read_text())
        assert facts["executor"] == "inline"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('name = "network"', 'name = "plain"', "a name of its own"),
        ("model.name=ststnet", "model.name=ststnets", "Did you mean"),
        ("model.name=ststnet", "modle.name=ststnet", "Did you mean 'model'"),
        ("[[run]]", "[[runs]]", "lists no runs"),
    ],
)
def test_recipe_of_a_board_is_checked_before_anything_is_trained(fleeting, recipe, tmp_path, old, new, problem):
    recipe.write_text(recipe.read_text().replace(old, new))
    shown = fleeting("leaderboard", recipe, "--out", tmp_path / "out")
    assert shown.code == 2
    assert problem in shown.err
    assert not (tmp_path / "out" / "runs").exists()


def test_recipe_of_a_board_is_not_one_run(fleeting, recipe, tmp_path):
    shown = fleeting("train", recipe, "--out", tmp_path / "run")
    assert shown.code == 2
    assert "fleeting leaderboard" in shown.err
