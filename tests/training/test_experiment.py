import json

import numpy as np
import pandas as pd
import pytest
import torch

from fake_synthetic import flow_image, write_synthetic
from fleeting.datasets import AbsentError
from fleeting.datasets.megc2019_flow import Megc2019Flow
from fleeting.errors import DatasetError, OptionsError
from fleeting.evaluation import read_predictions, score
from fleeting.evaluation.predictions import COLUMNS
from fleeting.models.saving import load_model
from fleeting.options import read_toml
from fleeting.training.experiment import run
from fleeting.training.recipe import TrainingRecipe
from fleeting.types import Clip


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def absent(monkeypatch, tmp_path):
    monkeypatch.delenv("FLEETING_MIRROR", raising=False)
    monkeypatch.setenv("FLEETING_CACHE", str(tmp_path / "nothing"))


def recipe(test, train=None, model=None):
    train = {"seeds": [0], "epochs": 8, "batch_size": 8, "learning_rate": 1e-2, "device": "cpu", **(train or {})}
    return TrainingRecipe.parse({"model": model or {"name": "linear"}, "train": train, "test": test})


def test_direct_run_leaves_the_promised_folder(tmp_path, recorded):
    root = write_synthetic(tmp_path / "made", failed=1)
    results = run(recipe({"root": str(recorded)}, {"root": str(root), "seeds": [0, 1]}), tmp_path / "run")
    table = read_predictions(tmp_path / "run" / "predictions.csv")
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 36
    assert json.loads((tmp_path / "run" / "results.json").read_text()) == results
    assert results["selection"] == "last"
    assert results["overall"]["uf1"] == 1.0
    assert (results["overall"]["clips"], results["overall"]["subjects"]) == (18, 6)
    assert set(results["parts"]) == {"casme2", "smic"}
    assert (results["train_samples"], results["parameters"], results["protocol"]) == (11, 7059, "direct")
    assert results["floor"]["uf1"] == pytest.approx(1 / 6, abs=1e-6)
    assert any("1 synthetic samples had failed" in note for note in results["notes"])
    assert results["tested_on"]["recorded"] is True
    assert read_toml(tmp_path / "run" / "recipe.toml")["train"]["seeds"] == [0, 1]
    assert json.loads((tmp_path / "run" / "environment.json").read_text())["device"] == "cpu"
    assert set(pd.read_csv(tmp_path / "run" / "history.csv")) == {"seed", "fold", "epoch", "loss", "accuracy"}
    assert load_model(tmp_path / "run" / "models" / "seed-1").num_classes == 3


def test_scoring_the_predictions_again_gives_the_same_scores(tmp_path, recorded):
    results = run(
        recipe({"root": str(recorded), "protocol": "kfold", "options": {"folds": 3}}, {"data": "recorded"}),
        tmp_path / "run",
    )
    again = score(read_predictions(tmp_path / "run" / "predictions.csv"))
    assert {key: results[key] for key in ("overall", "parts", "per_class", "confusion")} == {
        key: again[key] for key in ("overall", "parts", "per_class", "confusion")
    }


def test_two_runs_of_a_recipe_are_byte_equal(tmp_path, recorded):
    plan = recipe(
        {"root": str(recorded), "protocol": "kfold", "options": {"folds": 2}}, {"data": "recorded"}, {"name": "ststnet"}
    )
    for name in ("one", "two"):
        run(plan, tmp_path / name)
    for name in ("predictions.csv", "history.csv", "models/seed-0/fold-1/model.safetensors"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_models_and_results_of_an_earlier_run_are_replaced(tmp_path, recorded, monkeypatch):
    test = {"root": str(recorded), "protocol": "kfold", "options": {"folds": 2}}
    run(recipe(test, {"data": "recorded", "seeds": [0, 1]}), tmp_path / "run")
    monkeypatch.setattr("fleeting.training.experiment.write_predictions", lambda *_: pytest.fail("stopped"))
    with pytest.raises(pytest.fail.Exception):
        run(recipe({**test, "options": {"folds": 3}}, {"data": "recorded"}), tmp_path / "run")
    names = {str(path.parent.relative_to(tmp_path / "run")) for path in tmp_path.glob("run/models/**/config.json")}
    assert names == {f"models/seed-0/fold-{fold}" for fold in range(3)}
    assert not (tmp_path / "run" / "results.json").exists()


def test_loso_drops_the_donors_of_each_test_subject(tmp_path, recorded):
    made = write_synthetic(
        tmp_path / "made", donors=[("casme2", "s0", "c0"), ("casme2", "s1", "c0"), ("mmew", "7", "c")]
    )
    plan = recipe({"root": str(recorded), "protocol": "loso"}, {"data": "both", "root": str(made)})
    run(plan, tmp_path / "run")
    folds = pd.read_csv(tmp_path / "run" / "folds.csv").set_index("fold")
    assert folds["dropped"].to_dict() == {
        "casme2/0": 4, "casme2/1": 4, "casme2/2": 0, "smic/3": 0, "smic/4": 0, "smic/5": 0,
    }  # fmt: skip
    assert folds.loc["casme2/0", ["train", "test"]].tolist() == [15 + 8, 3]


def test_each_seed_may_have_a_data_set_of_its_own(tmp_path, recorded):
    roots = {seed: write_synthetic(tmp_path / f"made{seed}", seed=seed, identities=4 + seed) for seed in (0, 1)}
    run(recipe({"root": str(recorded)}, {"seeds": [0, 1]}), tmp_path / "run", roots=roots)
    assert pd.read_csv(tmp_path / "run" / "folds.csv")["train"].tolist() == [12, 15]


def test_fallback_holds_out_identities_and_says_so(tmp_path, absent, caplog):
    roots = {seed: write_synthetic(tmp_path / f"made{seed}", identities=10, seed=seed) for seed in (0, 1)}
    plan = recipe({"fallback": "holdout"}, {"seeds": [0, 1]})
    results = run(plan, tmp_path / "run", roots=roots)
    assert (results["protocol"], results["tested_on"]["recorded"]) == ("holdout", False)
    assert "NOT on recorded clips" in results["notes"][0]
    assert "NOT on recorded clips" in caplog.text
    assert results["overall"]["subjects"] == 2


def test_absent_test_data_stops_the_run_without_a_fallback(tmp_path, absent):
    with pytest.raises(AbsentError, match="not on this machine"):
        run(recipe({}, {"root": str(write_synthetic(tmp_path / "made"))}), tmp_path / "run")


def test_damaged_test_data_is_never_replaced(tmp_path, recorded):
    next((recorded / "onset_apex").glob("*.png")).unlink()
    plan = recipe({"root": str(recorded), "fallback": "holdout"}, {"root": str(write_synthetic(tmp_path / "made"))})
    with pytest.raises(DatasetError, match="1 of 18 lines"):
        run(plan, tmp_path / "run")


def test_direct_run_without_training_data_says_what_to_set(tmp_path, recorded):
    with pytest.raises(OptionsError, match="no synthetic data set for seed 0"):
        run(recipe({"root": str(recorded)}), tmp_path / "run")


def test_training_on_the_test_set_itself_leaves_nothing(tmp_path):
    made = str(write_synthetic(tmp_path / "made"))
    with pytest.raises(DatasetError, match="12 clips were dropped"):
        run(recipe({"dataset": "synthetic", "root": made}, {"root": made}), tmp_path / "run")


def test_pixels_reach_a_recogniser_through_real_flow(tmp_path):
    """The fake faces' patch moves down in the class's place; flow must find it, on faces never trained on."""
    made = write_synthetic(tmp_path / "made", holds="frames", identities=12)
    plan = recipe({"protocol": "holdout", "options": {"share": 0.25}}, {"root": str(made)})
    assert run(plan, tmp_path / "run")["overall"]["uf1"] > 0.6


def test_linear_k_fold_on_recorded_clips_is_far_above_chance(tmp_path, mirror):
    results = run(recipe({"protocol": "kfold", "options": {"folds": 3}}, {"data": "recorded"}), tmp_path / "run")
    assert results["overall"]["clips"] == 309
    assert results["overall"]["uf1"] > 0.6
    assert results["tested_on"]["missing"] == {"samm": 133}


def test_other_rules_of_choosing_the_epoch_stand_beside_the_last(tmp_path, recorded):
    plan = recipe(
        {"root": str(recorded), "protocol": "kfold", "options": {"folds": 2}, "also": ["inner", "oracle"]},
        {"data": "recorded", "epochs": 6},
        {"name": "ststnet"},
    )
    results = run(plan, tmp_path / "run")
    tables = {rule: read_predictions(tmp_path / "run" / f"predictions{rule}.csv") for rule in ("", "-inner", "-oracle")}
    folds = pd.read_csv(tmp_path / "run" / "folds.csv")
    assert results["selection"] == "last"
    assert set(results["selections"]) == {"inner", "oracle"}
    assert folds["epoch_last"].tolist() == [6, 6]
    assert folds[["epoch_inner", "epoch_oracle"]].isin(range(1, 7)).all(axis=None)
    right = {rule: (table["label"] == table["prediction"]).sum() for rule, table in tables.items()}
    assert right["-oracle"] >= max(right[""], right["-inner"])
    assert results["selections"]["oracle"]["overall"]["war"] == pytest.approx(right["-oracle"] / 18, abs=1e-6)
    plain = run(plan.model_copy(update={"test": plan.test.model_copy(update={"also": []})}), tmp_path / "plain")
    assert plain["overall"] == results["overall"]  # watching changes nothing
    pd.testing.assert_frame_equal(read_predictions(tmp_path / "plain" / "predictions.csv"), tables[""])


def test_training_log_names_everybody_whom_a_fold_has_seen(tmp_path, recorded):
    root = write_synthetic(tmp_path / "made")
    run(recipe({"root": str(recorded), "protocol": "loso"}, {"data": "both", "root": str(root)}), tmp_path / "run")
    log = pd.read_csv(tmp_path / "run" / "training.csv", dtype={"subject": str}, keep_default_na=False)
    first = log[log["fold"] == "casme2/0"]
    assert set(first["step"]) == {"model"}
    recorded_people = first[first["role"] == "recorded"]
    assert "s0" not in set(recorded_people.loc[recorded_people["dataset"] == "casme2", "subject"])
    assert recorded_people["clips"].sum() == 15
    donors = first[first["role"] == "donor"]
    assert "s0" not in set(donors.loc[donors["dataset"] == "casme2", "subject"])


def test_added_data_sets_train_every_fold_without_the_people_whom_it_tests(tmp_path, recorded):
    clips = [Clip("lab2", f"p{n}", "c", n % 3) for n in range(6)] + [Clip("CASME II", "1", "other", 0)]
    images = [flow_image(clip.label, np.random.default_rng(n)) for n, clip in enumerate(clips)]
    Megc2019Flow.write(tmp_path / "more", clips, images)
    added = [{"dataset": "megc2019-flow", "root": str(tmp_path / "more")}]
    run(recipe({"root": str(recorded), "protocol": "loso"}, {"data": "recorded", "add": added}), tmp_path / "run")
    folds = pd.read_csv(tmp_path / "run" / "folds.csv").set_index("fold")
    assert folds.loc["casme2/0", ["train", "dropped"]].tolist() == [15 + 7, 0]
    assert folds.loc["casme2/1", ["train", "dropped"]].tolist() == [15 + 6, 1]
    tested = pd.read_csv(tmp_path / "run" / "predictions.csv")
    assert set(tested["dataset"]) == {"casme2", "smic"}
