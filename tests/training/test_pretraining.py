"""Synthetic first, recorded then: what goes over, what stays, and who is left out."""

import numpy as np
import pandas as pd
import pytest
import torch

from fake_synthetic import flow_image, write_synthetic
from fleeting.datasets.megc2019_flow import Megc2019Flow
from fleeting.errors import OptionsError
from fleeting.models import create_model
from fleeting.models.saving import load_model
from fleeting.reports.audit import audit_path
from fleeting.training.experiment import run
from fleeting.training.pretraining import adopt, rates
from fleeting.training.recipe import TrainingRecipe
from fleeting.types import Clip


@pytest.fixture
def recorded(tmp_path):
    clips = [
        Clip(part, f"s{n}", f"c{c}", (n + c) % 3)
        for n, part in enumerate(["casme2"] * 3 + ["smic"] * 3)
        for c in range(3)
    ]
    images = [flow_image(clip.label, np.random.default_rng(100 + n)) for n, clip in enumerate(clips)]
    Megc2019Flow.write(tmp_path / "recorded", clips, images)
    return tmp_path / "recorded"


def recipe(recorded, made, pretrain, model="ststnet", **train):
    return TrainingRecipe.parse(
        {
            "model": {"name": model},
            "train": {"data": "recorded", "seeds": [0], "epochs": 1, "batch_size": 8, "root": str(made), **train},
            "pretrain": {"epochs": 10, "batch_size": 8, "learning_rate": 1e-2, **pretrain},
            "test": {"root": str(recorded), "protocol": "kfold", "options": {"folds": 2}},
        }
    )


def test_pretrained_run_starts_from_what_it_learnt(tmp_path, recorded):
    made = write_synthetic(tmp_path / "made")
    tiny = {"learning_rate": 1e-12}  # the fold's own training changes next to nothing
    before = run(recipe(recorded, made, {}, **tiny), tmp_path / "with")
    without = run(recipe(recorded, made, {"epochs": 0}, **tiny), tmp_path / "without")
    assert before["overall"]["uf1"] > 0.9 > without["overall"]["uf1"]
    assert any("Pre-trained for 10 epochs on 12 to 12 synthetic clips" in note for note in before["notes"])


def test_donors_among_the_tested_people_are_left_out_of_the_pretraining(tmp_path, recorded):
    made = write_synthetic(tmp_path / "made", donors=[("casme2", "s0", "c0"), ("mmew", "7", "c"), ("smic", "s4", "c")])
    run(recipe(recorded, made, {}), tmp_path / "run")
    folds = pd.read_csv(tmp_path / "run" / "folds.csv")
    log = pd.read_csv(tmp_path / "run" / "training.csv", dtype=str, keep_default_na=False)
    tested = pd.read_csv(tmp_path / "run" / "predictions.csv", dtype=str)
    for fold in ("0", "1"):
        donors = log[(log["fold"] == fold) & (log["step"] == "pretraining") & (log["role"] == "donor")]
        people = set(
            zip(
                tested.loc[tested["fold"] == fold, "dataset"],
                tested.loc[tested["fold"] == fold, "subject"],
                strict=True,
            )
        )
        assert not people & set(zip(donors["dataset"], donors["subject"], strict=True))
    assert (folds["pretrain"] < 12).any()
    verdicts = {finding.check: finding.verdict for finding in audit_path(tmp_path / "run", clips="none")}
    assert verdicts["fitted on training people"] == "pass"


def test_frozen_trunk_keeps_its_weights_and_figures(tmp_path, recorded):
    made = write_synthetic(tmp_path / "made")
    models = {}
    for name, options in (("head", {"tune": "head"}), ("all", {"tune": "all"})):
        run(recipe(recorded, made, options, learning_rate=1e-2, epochs=3), tmp_path / name)
        models[name] = load_model(tmp_path / name / "models" / "seed-0" / "fold-0").state_dict()
    once = run(recipe(recorded, made, {"tune": "head"}, learning_rate=1e-12), tmp_path / "start")
    assert once["epochs"] == 1
    start = load_model(tmp_path / "start" / "models" / "seed-0" / "fold-0").state_dict()
    trunk = [name for name in start if not name.startswith("head") and "num_batches" not in name]
    assert all(torch.equal(models["head"][name], start[name]) for name in trunk)
    assert not all(torch.equal(models["all"][name], start[name]) for name in trunk)
    assert not torch.equal(models["head"]["head.weight"], start["head.weight"])


def test_rates_slow_the_trunk_and_not_the_head():
    asked = TrainingRecipe.parse(
        {
            "train": {"data": "recorded"},
            "pretrain": {"epochs": 1, "tune": "discriminative", "trunk_rate": 0.2},
            "test": {"protocol": "loso"},
        }
    )
    found = rates(create_model("nmer", size=64, width=4), asked)
    assert {name.split(".")[0]: rate for name, rate in found.items()}["trunk"] == 0.2
    assert found["head.weight"] == found["upper_head.weight"] == 1


def test_head_for_other_classes_begins_anew():
    torch.manual_seed(0)
    trained, model = create_model("ststnet", num_classes=3), create_model("ststnet", num_classes=5)
    fresh = model.head.weight.detach().clone()
    adopt(model, trained)
    assert torch.equal(model.features[0].weight, trained.features[0].weight)
    assert torch.equal(model.head.weight, fresh)


def test_weights_of_another_network_are_refused():
    with pytest.raises(OptionsError, match="do not fit the model"):
        adopt(create_model("ststnet"), create_model("off-apexnet"))


def test_solved_model_cannot_be_pretrained(tmp_path, recorded):
    with pytest.raises(OptionsError, match="cannot be pre-trained"):
        run(recipe(recorded, write_synthetic(tmp_path / "made"), {}, model="linear"), tmp_path / "run")


def test_pretraining_is_for_recorded_training():
    with pytest.raises(OptionsError, match=r"\[pretrain\] is for"):
        TrainingRecipe.parse({"train": {"data": "both"}, "pretrain": {"epochs": 1}, "test": {"protocol": "loso"}})
