import json

import pandas as pd
import pytest
import torch

from fleeting.evaluation import read_predictions
from fleeting.training import outcomes
from fleeting.training.experiment import run
from fleeting.training.recipe import TrainingRecipe


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def loso(root, also=(), **train):
    settings = {"data": "recorded", "seeds": [0], "epochs": 4, "batch_size": 8, "device": "cpu", **train}
    test = {"root": str(root), "protocol": "loso", "also": list(also)}
    return TrainingRecipe.parse({"model": {"name": "ststnet"}, "train": settings, "test": test})


def test_folds_at_once_give_the_files_of_folds_one_by_one(tmp_path, recorded):
    tables = {}
    for way in ("auto", "off"):
        run(loso(recorded, ["inner", "oracle"], folds_at_once=way), tmp_path / way)
        names = ("predictions", "predictions-inner", "predictions-oracle", "history", "folds", "training")
        tables[way] = {name: pd.read_csv(tmp_path / way / f"{name}.csv") for name in names}
    for name, table in tables["auto"].items():
        pd.testing.assert_frame_equal(table, tables["off"][name], atol=1e-3, rtol=1e-3)


def test_a_stopped_run_goes_on_with_the_folds_that_are_missing(tmp_path, recorded, monkeypatch):
    plan = loso(recorded, folds_at_once="off")
    run(plan, tmp_path / "whole")
    trained = []

    def stopping(*given, **named):
        if len(trained) == 3:
            raise KeyboardInterrupt
        trained.append(given)
        return real(*given, **named)

    real = outcomes.train_alone
    monkeypatch.setattr(outcomes, "train_alone", stopping)
    with pytest.raises(KeyboardInterrupt):
        run(plan, tmp_path / "run")
    assert len(list((tmp_path / "run" / "parts").iterdir())) == 3
    assert not (tmp_path / "run" / "results.json").exists()
    monkeypatch.setattr(outcomes, "train_alone", lambda *given, **named: trained.append(0) or real(*given, **named))
    trained.clear()
    run(plan, tmp_path / "run")
    assert len(trained) == 3
    for name in ("predictions.csv", "history.csv", "folds.csv"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not (tmp_path / "run" / "parts").exists()


def test_folds_of_another_recipe_are_not_taken(tmp_path, recorded, monkeypatch):
    monkeypatch.setattr("fleeting.training.parts.Parts.clear", lambda self: None)  # as if the run had been stopped
    run(loso(recorded), tmp_path / "run")
    kept = {path.name for path in (tmp_path / "run" / "parts").iterdir()}
    assert len(kept) == 6
    run(loso(recorded, epochs=5), tmp_path / "run")
    added = {path for path in (tmp_path / "run" / "parts").iterdir() if path.name not in kept}
    assert len(added) == 6
    assert {len(json.loads(path.read_text())["history"]) for path in added} == {5}


def test_groups_are_trained_in_turn_and_kept_as_they_end(tmp_path, recorded, monkeypatch):
    sizes = []
    real = outcomes.train_together
    monkeypatch.setattr(outcomes, "plan", lambda *_: outcomes.Plan(4, "four at once"))
    monkeypatch.setattr(outcomes, "train_together", lambda *given: sizes.append(len(given[2])) or real(*given))
    run(loso(recorded), tmp_path / "run")
    assert sizes == [4, 2]
    assert read_predictions(tmp_path / "run" / "predictions.csv")["fold"].nunique() == 6
