"""Descriptors on the same way as images: recipe, folds, predictions, training log, audit."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import load_file

from fake_cdmer import write_cdmer
from fake_synthetic import write_synthetic
from fleeting.datasets import open_dataset
from fleeting.errors import DatasetError, OptionsError
from fleeting.evaluation.audit import audit, read_evidence
from fleeting.features import FEATURES
from fleeting.models.saving import load_model
from fleeting.reports.run import write_report
from fleeting.training import inputs, jobs
from fleeting.training.experiment import run
from fleeting.training.inputs import input_images
from fleeting.training.loop import Clips, train
from fleeting.training.mapped_images import MappedImages
from fleeting.training.model_input import ModelInput, StoredVectors
from fleeting.training.pools import Pool
from fleeting.training.recipe import TrainingRecipe
from fleeting.types import VECTOR

GROUPED = {"regions": 4, "kappa": 3}


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def cdmer(tmp_path):
    return write_cdmer(tmp_path / "cdmer")


def recipe(root, model, task="C->V", also=(), **options):
    tables = {
        "model": {"name": model, "options": options},
        "train": {"data": "recorded", "seeds": [0], "device": "cpu"},
        "test": {"dataset": "cdmer-lbptop", "root": str(root), "protocol": "cdmer", "options": {"task": task}},
    }
    tables["test"]["also"] = list(also)
    return TrainingRecipe.parse(tables)


def findings(folder):
    return {found.check: (found.verdict, found.summary) for found in audit(read_evidence(folder))}


def test_svm_on_descriptors_leaves_a_run_that_passes_the_audit(tmp_path, cdmer):
    results = run(recipe(cdmer, "svm", scaling="standard", components=3), tmp_path / "run")
    assert (results["overall"]["clips"], results["overall"]["uf1"]) == (15, 1.0)
    assert results["overall"]["uf1_interval"] == [0.0, 1.0]  # nobody knows who was filmed
    assert any("no mirror image" in note for note in results["notes"])
    assert "declared" not in results
    assert results["tested_on"]["summary"] == "Tested on 15 of the 54 recorded clips of cdmer-lbptop."
    log = pd.read_csv(tmp_path / "run" / "training.csv")
    assert set(log["step"]) == {"model", "scaler", "projection"}
    assert set(log["dataset"]) == {"casme2"}
    assert "FAIL" not in {verdict for verdict, _ in findings(tmp_path / "run").values()}


def test_saved_model_answers_as_the_run_did(tmp_path, cdmer):
    run(recipe(cdmer, "svm"), tmp_path / "run")
    dataset = open_dataset("cdmer-lbptop", str(cdmer))
    tested = [clip for clip in dataset.clips() if clip.dataset == "smic-vis"]
    with torch.inference_mode():
        logits = load_model(tmp_path / "run" / "models" / "seed-0")(
            torch.from_numpy(np.stack([dataset.vector(clip) for clip in tested]))
        )
    assert logits.argmax(1).tolist() == pd.read_csv(tmp_path / "run" / "predictions.csv")["prediction"].tolist()


def test_transductive_run_declares_itself_and_names_whom_it_was_handed(tmp_path, cdmer):
    results = run(recipe(cdmer, "tgsr", **GROUPED), tmp_path / "run")
    assert ["transductive" in text for text in results["declared"]] == [True]
    log = pd.read_csv(tmp_path / "run" / "training.csv")
    assert log.loc[log["step"] == "unlabelled target", ["dataset", "clips"]].to_numpy().tolist() == [["smic-vis", 15]]
    verdict, summary = findings(tmp_path / "run")["fitted on training people"]
    assert (verdict, summary.startswith("Declared: tgsr is transductive")) == ("pass", True)


@pytest.mark.parametrize("tampering", ["undeclared", "unlogged"])
def test_audit_fails_a_transductive_run_that_hides_it(tmp_path, cdmer, tampering):
    run(recipe(cdmer, "tgsr", **GROUPED), tmp_path / "run")
    if tampering == "undeclared":
        path = tmp_path / "run" / "results.json"
        results = json.loads(path.read_text())
        del results["declared"]
        path.write_text(json.dumps(results))
    else:
        path = tmp_path / "run" / "training.csv"
        log = pd.read_csv(path)
        log[log["step"] == "model"].to_csv(path, index=False)
    assert findings(tmp_path / "run")["fitted on training people"][0] == "FAIL"


def test_same_people_under_two_cameras_are_declared_too(tmp_path, cdmer):
    results = run(recipe(cdmer, "sa", task="V->N", components=2), tmp_path / "run")
    assert len(results["declared"]) == 2
    assert "FAIL" not in {verdict for verdict, _ in findings(tmp_path / "run").values()}


def test_labels_of_the_target_are_out_of_reach(tmp_path, cdmer):
    """Whatever is told of the target's classes, a transductive run answers the same."""
    answers = []
    for name, change in (("as-it-is", 0), ("turned", 1)):
        with np.load(cdmer / "features.npz") as stored:
            tables = dict(stored)
        tables["SMIC_VIS_y"] = (tables["SMIC_VIS_y"] - 1 + change) % 3 + 1
        (tmp_path / name).mkdir()
        np.savez(tmp_path / name / "features.npz", **tables)
        run(recipe(tmp_path / name, "tgsr", also=["inner"], **GROUPED), tmp_path / f"run-{name}")
        tables = [pd.read_csv(tmp_path / f"run-{name}" / file) for file in ("predictions.csv", "predictions-inner.csv")]
        answers.append(np.stack([table[["p_negative", "p_positive", "p_surprise"]] for table in tables]))
    np.testing.assert_array_equal(*answers)


def test_only_a_transductive_model_is_handed_the_target(tmp_path, cdmer, monkeypatch):
    handed = {}
    real = jobs.train
    monkeypatch.setattr(
        jobs, "train", lambda model, *given, **named: handed.update({type(model).__name__: named["target"]})
        or real(model, *given, **named)
    )  # fmt: skip
    run(recipe(cdmer, "svm"), tmp_path / "svm")
    run(recipe(cdmer, "sa", components=2), tmp_path / "sa")
    assert handed["SVM"] is None
    assert handed["SA"].shape == (15, 12)


def test_transductive_model_without_a_target_is_refused(cdmer):
    from fleeting.models import create_model

    clips = Clips(np.random.default_rng(0).random((6, 8), np.float32), np.arange(6) % 3, VECTOR)
    with pytest.raises(DatasetError, match="needs the unlabelled clips"):
        train(create_model("sa", dimension=8), clips, TrainingRecipe().train, 0)


def test_options_chosen_beside_the_headline_stand_under_their_names(tmp_path, cdmer):
    results = run(recipe(cdmer, "sa", also=["inner", "oracle"], components=5), tmp_path / "run")
    row = pd.read_csv(tmp_path / "run" / "folds.csv").iloc[0]
    assert row["options_last"] == "components=5"
    assert {row["options_inner"], row["options_oracle"]} <= {f"components={n}" for n in range(1, 121)}
    assert results["selections"]["oracle"]["overall"]["uf1"] >= results["overall"]["uf1"]
    assert any("which is no result" in note for note in results["notes"])
    assert findings(tmp_path / "run")["epoch not chosen on test"][0] == "pass"
    log = pd.read_csv(tmp_path / "run" / "training.csv")
    assert set(log.loc[log["step"] == "epoch (inner)", "dataset"]) == {"casme2"}


def test_audit_finds_options_that_are_not_the_recipes(tmp_path, cdmer):
    run(recipe(cdmer, "sa", also=["oracle"], components=5), tmp_path / "run")
    path = tmp_path / "run" / "folds.csv"
    path.write_text(path.read_text().replace("components=5", "components=7"))
    assert findings(tmp_path / "run")["epoch not chosen on test"] == ("FAIL", "The recipe asks sa for other options.")


def test_audit_finds_the_oracles_answers_sold_as_headline(tmp_path, cdmer):
    root = write_cdmer(tmp_path / "far", shift=2.0)
    run(recipe(root, "tca", also=["oracle"], components=1), tmp_path / "run")
    assert pd.read_csv(tmp_path / "run" / "folds.csv")["options_oracle"].item() != "components=1"
    shutil.copy(tmp_path / "run" / "predictions-oracle.csv", tmp_path / "run" / "predictions.csv")
    verdict, summary = findings(tmp_path / "run")["epoch not chosen on test"]
    assert (verdict, "best epoch on the test clips" in summary) == ("FAIL", True)


def test_a_model_without_a_grid_has_nothing_to_choose(tmp_path, cdmer):
    results = run(recipe(cdmer, "svm", also=["inner", "oracle"]), tmp_path / "run")
    assert results["selections"] == {}


def test_image_model_on_descriptors_is_refused(tmp_path, cdmer):
    with pytest.raises(OptionsError, match="ststnet takes images, and cdmer-lbptop holds descriptors"):
        run(recipe(cdmer, "ststnet"), tmp_path / "run")


def frames(root, model="svm", feature="lbp-top", **options):
    return TrainingRecipe.parse(
        {
            "features": {"name": feature, "options": options},
            "model": {"name": model},
            "train": {"root": str(root), "seeds": [0], "device": "cpu"},
            "test": {"protocol": "holdout", "options": {"share": 0.25}},
        }
    )


@pytest.fixture
def made(tmp_path):
    return write_synthetic(tmp_path / "made", holds="frames", identities=4)


LBPTOP = {"frames": 7, "size": 24, "grid": [1, 2], "fewest": 2}


def test_descriptor_of_frames_is_computed_kept_and_learnt(tmp_path, made):
    run(frames(made, **LBPTOP), tmp_path / "run")
    table = pd.read_csv(tmp_path / "run" / "predictions.csv")
    assert len(table) == 3  # of one of four faces
    kept = list((made / "features").glob("*.npz"))
    with np.load(kept[0]) as stored:
        assert (len(kept), stored["images"].shape, stored["images"].dtype) == (1, (12, 885), np.float32)
    assert "cannot be drawn" in write_report(tmp_path / "run").read_text()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"feature": ""}, "takes any descriptor, and the recipe names none"),
        ({"feature": "clip-image"}, "takes vectors, and clip-image gives images"),
        ({"model": "linear", **LBPTOP}, "does not give what linear takes"),
        ({"feature": "sise"}, "sise"),
    ],
)
def test_descriptor_and_model_that_do_not_fit_are_refused(tmp_path, made, changes, told):
    with pytest.raises(OptionsError, match=told):
        run(frames(made, **changes), tmp_path / "run")


def test_part_of_a_descriptor_is_fitted_on_training_clips_only_and_logged(tmp_path, made, monkeypatch):
    sizes = []

    class Mean:
        """A fitted part: the distance to the mean of the training clips, in two numbers."""

        length = 2

        def fit(self, vectors):
            sizes.append(len(vectors))
            self.mean = vectors.mean(0)
            return self

        def transform(self, vectors):
            away = np.asarray(vectors) - self.mean
            return np.stack([away[:, 0], np.abs(away).sum(1)], axis=1).astype(np.float32)

        def state(self):
            return {"mean": self.mean}

    monkeypatch.setattr(FEATURES.load("lbp-top"), "fitted_part", lambda self, seed: Mean())
    run(frames(made, **LBPTOP), tmp_path / "run")
    assert sizes == pd.read_csv(tmp_path / "run" / "folds.csv")["train"].tolist() == [9]
    log = pd.read_csv(tmp_path / "run" / "training.csv", keep_default_na=False).drop(columns=["seed", "fold"])
    fitted = [log[log["step"] == step].drop(columns="step").to_numpy().tolist() for step in ("descriptor", "model")]
    assert fitted[0] == fitted[1] != []
    assert findings(tmp_path / "run")["fitted on training people"][0] == "pass"
    kept = load_file(next((tmp_path / "run" / "models").rglob("descriptor.safetensors")))
    assert kept["mean"].shape == (885,)
    assert load_model(tmp_path / "run" / "models" / "seed-0").input_shape == (2,)


def test_many_vectors_are_mapped_from_a_file(cdmer, monkeypatch):
    monkeypatch.setattr(inputs, "MAPPED_ABOVE", 100)
    dataset = open_dataset("cdmer-lbptop", str(cdmer))
    wanted = ModelInput("svm", VECTOR)
    feature = StoredVectors(wanted, dataset)
    images = input_images(dataset, dataset.clips(), feature, wanted.shape_from(feature))
    assert isinstance(images, np.memmap)
    assert (images.shape, images.dtype) == ((54, 12), np.float32)
    np.testing.assert_array_equal(images[30], dataset.vector(dataset.clips()[30]))
    pool = Pool.of(dataset, feature, wanted, workers=1)
    taken, _ = pool.take(pool.clips[5:9])
    assert isinstance(taken, MappedImages)
    assert taken.dtype == np.float32
    np.testing.assert_array_equal(np.asarray(taken), images[5:9])


def test_mapped_vectors_give_the_same_run(tmp_path, cdmer, monkeypatch):
    run(recipe(cdmer, "tgsr", **GROUPED), tmp_path / "whole")
    monkeypatch.setattr(inputs, "MAPPED_ABOVE", 100)
    run(recipe(cdmer, "tgsr", **GROUPED), tmp_path / "mapped")
    for name in ("predictions.csv", "history.csv", "training.csv"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "mapped" / name).read_bytes()
