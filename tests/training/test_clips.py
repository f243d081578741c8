"""Clips go the way that images go: feature, pool, training, answers; and what is no clip is refused before that."""

import numpy as np
import pytest
import torch

from drawn_face import texture
from fake_recorded import casme2
from fake_synthetic import write_synthetic
from fleeting.datasets import open_dataset
from fleeting.datasets.synthetic import Synthetic
from fleeting.errors import OptionsError, ShapeError
from fleeting.faces.options import CropOptions
from fleeting.models import create_model, list_models
from fleeting.training import loop
from fleeting.training.alignment import Aligned
from fleeting.training.experiment import run
from fleeting.training.loop import predict
from fleeting.training.model_input import ModelInput, feature_for
from fleeting.training.pools import Pool
from fleeting.training.recipe import FeatureTable, ModelTable, TrainingRecipe
from fleeting.types import VECTOR

SMALL = {"microexpstcnn": {"size": 24}, "elrcn-se": {"trunk": "small", "size": 32, "frames": 4}, "dtscnn": {"size": 32}}
CLIP_MODELS = [name for name in list_models() if ModelInput.of(ModelTable(name=name)).frames]


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def video(tmp_path):
    return write_synthetic(tmp_path / "video", holds="video")


def wanted(name):
    return ModelInput.of(ModelTable(name=name, options=SMALL.get(name, {})))


def plan(root, model="microexpstcnn", protocol=None, **features):
    return TrainingRecipe.parse(
        {
            "features": {"options": {"method": "dis"}, **features},
            "model": {"name": model, "options": SMALL[model]},
            "train": {"root": str(root), "seeds": [0], "epochs": 2, "batch_size": 4, "device": "cpu"},
            "test": protocol or {"protocol": "holdout", "options": {"share": 0.25}},
        }
    )


def test_some_models_take_clips():
    assert {"elrcn-se", "microexpstcnn", "dtscnn", "tlcnn"} <= set(CLIP_MODELS)


@pytest.mark.parametrize("name", CLIP_MODELS)
def test_empty_feature_name_makes_the_volume_that_the_model_takes(name, video):
    takes = wanted(name)
    feature = feature_for(FeatureTable(options={"method": "dis"}), takes, Synthetic(video))
    assert feature.channels == takes.channels
    frames = np.stack([np.roll(texture(40, 40), step, axis=0) for step in range(3)])
    assert feature.compute_many([frames]).shape == (1, *takes.shape)


def test_pool_holds_the_volume_of_each_clip_in_order(video):
    dataset, takes = Synthetic(video), wanted("elrcn-se")
    feature = feature_for(FeatureTable(options={"method": "dis"}), takes, dataset)
    pool = Pool.of(dataset, feature, takes, 1)
    assert pool.images.shape == (12, 4, 32, 32, 5)
    for index in (0, 7, 11):
        np.testing.assert_array_equal(pool.images[index], feature.compute(dataset.frames(pool.clips[index])))


def test_whole_clips_are_in_memory_one_at_a_time(video, monkeypatch):
    """A recorded clip can have hundreds of large frames."""
    dataset, takes = Synthetic(video), wanted("microexpstcnn")
    feature, handed = feature_for(FeatureTable(), takes, dataset), []
    compute = feature.compute_many
    monkeypatch.setattr(feature, "compute_many", lambda clips: handed.append(len(clips)) or compute(clips))
    Pool.of(dataset, feature, takes, 1)
    assert handed == [1] * 12


def test_pool_of_clips_too_many_for_the_memory_is_mapped(video, monkeypatch):
    dataset, takes = Synthetic(video), wanted("microexpstcnn")
    feature = feature_for(FeatureTable(), takes, dataset)
    whole = Pool.of(dataset, feature, takes, 1)
    monkeypatch.setattr("fleeting.training.inputs.MAPPED_ABOVE", 0)
    mapped = Pool.of(dataset, feature, takes, 1)
    assert list((video / "features").glob("*.npy"))
    images, labels = mapped.take(mapped.clips[3:6])
    np.testing.assert_array_equal(np.asarray(images), whole.take(whole.clips[3:6])[0])
    assert labels.tolist() == [0, 1, 2]


@pytest.mark.parametrize("model", ["microexpstcnn", "elrcn-se"])
def test_run_on_synthetic_clips_reaches_the_model(model, video, tmp_path):
    results = run(plan(video, model), tmp_path / "run")
    assert results["overall"]["clips"] == 3
    assert (tmp_path / "run" / "models" / "seed-0" / "model.safetensors").exists()


def test_folds_of_a_clip_model_are_trained_one_by_one(video, tmp_path, caplog):
    caplog.set_level("INFO", logger="fleeting")
    other = write_synthetic(tmp_path / "other", holds="video", seed=1)
    protocol = {"dataset": "synthetic", "root": str(other), "protocol": "kfold", "options": {"folds": 4}}
    recipe = plan(video, protocol=protocol)
    recipe = TrainingRecipe.parse({**recipe.model_dump(), "train": {**recipe.train.model_dump(), "data": "recorded"}})
    assert run(recipe, tmp_path / "run")["overall"]["clips"] == 12
    assert "fold by fold" in caplog.text


def test_answers_do_not_depend_on_how_many_clips_are_answered_on_at_once(monkeypatch):
    model = create_model("microexpstcnn", **SMALL["microexpstcnn"]).eval()
    clips = np.random.default_rng(0).integers(0, 256, (5, 18, 24, 24, 1), dtype=np.uint8)
    whole = predict(model, clips, flip=True)
    monkeypatch.setattr(loop, "PREDICT_BYTES", 2 * 4 * 18 * 24 * 24)
    np.testing.assert_allclose(predict(model, clips, flip=True), whole, atol=1e-6)


def test_synthetic_pairs_are_refused_before_anything_is_computed(tmp_path):
    root = write_synthetic(tmp_path / "pairs", holds="frames")
    with pytest.raises(ShapeError, match="onset and apex alone") as caught:
        run(plan(root), tmp_path / "run")
    assert "action_units.frames = 10" in str(caught.value)
    assert not (root / "features").exists()


def test_synthetic_pairs_are_interpolated_where_the_recipe_says_so(tmp_path):
    root = write_synthetic(tmp_path / "pairs", holds="frames")
    assert run(plan(root, options={"fewest": 2}), tmp_path / "run")["overall"]["clips"] == 3


def test_recorded_clips_are_refused_until_all_their_frames_are_asked_for(tmp_path):
    root, takes = str(casme2(tmp_path / "casme2")), wanted("microexpstcnn")
    with pytest.raises(ShapeError, match=r"dataset_options\.frames"):
        feature_for(FeatureTable(), takes, open_dataset("casme2", root))
    for frames in ("rise", "all"):
        dataset = open_dataset("casme2", root, {"frames": frames})
        feature = feature_for(FeatureTable(), takes, dataset)
        assert Pool.of(dataset, feature, takes, 1).images.shape == (3, 18, 24, 24, 1)


@pytest.mark.parametrize(("name", "feature"), [("ststnet", ""), ("ststnet", "flow-image"), ("svm", "bi-woof")])
def test_feature_from_onset_to_apex_refuses_clips_that_go_on_to_the_offset(tmp_path, name, feature):
    root = str(casme2(tmp_path / "casme2"))
    takes = ModelInput.of(ModelTable(name=name))
    for frames in ("ends", "rise"):
        feature_for(FeatureTable(name=feature), takes, open_dataset("casme2", root, {"frames": frames}))
    whole = open_dataset("casme2", root, {"frames": "all"})
    for dataset in (whole, Aligned(whole, CropOptions())):
        with pytest.raises(OptionsError, match="from onset to apex, and casme2 is read to the offset"):
            feature_for(FeatureTable(name=feature), takes, dataset)


def test_descriptor_of_a_whole_clip_takes_it_to_the_offset(tmp_path):
    dataset = open_dataset("casme2", str(casme2(tmp_path / "casme2")), {"frames": "all"})
    assert feature_for(FeatureTable(name="lbp-top"), ModelInput("svm", VECTOR), dataset).compute_many


def test_flow_images_cannot_feed_a_model_of_clips(tmp_path):
    dataset = Synthetic(write_synthetic(tmp_path / "flow"))
    with pytest.raises(OptionsError, match="elrcn-se takes clips, and synthetic holds one flow image of each"):
        feature_for(FeatureTable(), wanted("elrcn-se"), dataset)
