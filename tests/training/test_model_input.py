import numpy as np
import pytest
import torch

from drawn_face import texture
from fake_recorded import casme2
from fake_synthetic import flow_image, write_synthetic
from fleeting.datasets import open_dataset
from fleeting.datasets.megc2019_flow import Megc2019Flow
from fleeting.datasets.synthetic import Synthetic
from fleeting.errors import OptionsError
from fleeting.models import create_model, list_models
from fleeting.training.experiment import run
from fleeting.training.model_input import ModelInput, StoredFlow, feature_for
from fleeting.training.recipe import FeatureTable, ModelTable, TrainingRecipe
from fleeting.training.sources import Sources
from fleeting.types import VECTOR, Clip

FRAMES = np.stack([np.roll(texture(64, 56), (step, step), axis=(0, 1)) for step in range(3)])


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def wanted(name, **options):
    return ModelInput.of(ModelTable(name=name, options=options))


@pytest.fixture
def frames(tmp_path):
    return Synthetic(write_synthetic(tmp_path / "frames", holds="frames"))


def sees_images(name):
    takes = wanted(name)
    return takes.channels != VECTOR and not takes.frames


@pytest.mark.parametrize("name", [name for name in list_models() if sees_images(name)])
def test_empty_feature_name_makes_what_the_model_takes(name, frames):
    options = {"atnet": {"steps": 2, "size": 64}}.get(name, {})
    takes = wanted(name, **options)
    feature = feature_for(FeatureTable(options={"method": "dis"}), takes, frames)
    assert feature.channels == takes.channels
    assert feature.compute_many([FRAMES]).shape == (1, *takes.shape)


def test_input_follows_the_options_of_the_model():
    assert wanted("branches", size=64).shape == (64, 64, 6)
    assert wanted("sssn", stream="grey").channels == ("apex.grey",)


def test_what_a_model_takes_is_known_without_its_weights():
    assert wanted("htnet").shape == (28, 28, 3)
    model = create_model("ststnet")  # a sketch before it leaves no trace
    assert model.head.weight.device.type == "cpu"


def test_named_feature_of_the_right_channels_is_used_as_it_is(frames):
    feature = feature_for(FeatureTable(name="flow-image", options={"method": "dis"}), wanted("ststnet"), frames)
    assert type(feature).__name__ == "FlowImage"


@pytest.mark.parametrize("table", [{"name": "flow-image"}, {"options": {"channels": ["u", "v", "strain"]}}])
def test_feature_of_other_channels_than_the_model_takes_is_refused(frames, table):
    with pytest.raises(OptionsError, match="does not give what branches takes") as caught:
        feature_for(FeatureTable(**table), wanted("branches"), frames)
    assert "features.name" in str(caught.value)


def test_stored_flow_is_picked_by_name():
    stored = np.random.default_rng(0).integers(0, 256, (2, 1, 28, 28, 3), dtype=np.uint8)
    images = StoredFlow(ModelInput("m", ("strain", "u"), 28, 28), "d").compute_many(list(stored))
    np.testing.assert_array_equal(images, stored[:, 0][..., [2, 0]])


def test_stored_flow_is_resized_linearly():
    """A ramp stays a ramp of the same ends; rows and columns are not mixed up."""
    ramp = np.broadcast_to(np.arange(0, 196, 7, dtype=np.uint8)[None, :, None], (28, 28, 3))
    (image,) = StoredFlow(ModelInput("m", ("u",), 56, 84), "d").compute_many([ramp[None]])
    assert image.shape == (56, 84, 1)
    assert (image[0] == image[-1]).all()
    assert (image[0, 0, 0], image[0, -1, 0]) == (0, 189)
    assert (np.diff(image[0, 2:-2, 0].astype(int)) >= 2).all()


def test_stored_flow_says_what_it_lacks_and_what_to_do(tmp_path):
    dataset = Synthetic(write_synthetic(tmp_path))
    with pytest.raises(OptionsError) as caught:
        feature_for(FeatureTable(), wanted("dssn"), dataset)
    text = str(caught.value)
    assert "dssn takes magnitude, and synthetic does not hold that" in text
    assert "28 x 28 px flow images of u, v, strain" in text
    assert 'synthesis.output = "frames"' in text


def test_missing_channels_of_a_long_list_are_counted(tmp_path):
    with pytest.raises(OptionsError, match="and 123 more"):
        feature_for(FeatureTable(), wanted("atnet"), Synthetic(write_synthetic(tmp_path)))


def recorded(root):
    clips = [Clip("casme2", f"s{s}", f"c{label}", label) for s in range(4) for label in range(3)]
    images = [flow_image(clip.label, np.random.default_rng(n)) for n, clip in enumerate(clips)]
    Megc2019Flow.write(root, clips, images)
    return root


def recipe(model, test, **features):
    tables = {
        "features": features,
        "model": model,
        "train": {"data": "recorded", "seeds": [0], "epochs": 2, "batch_size": 4, "device": "cpu"},
        "test": {"protocol": "kfold", "options": {"folds": 2}, **test},
    }
    return TrainingRecipe.parse(tables)


def test_run_on_enlarged_flow_images_says_so_in_its_notes(tmp_path):
    results = run(recipe({"name": "rcn-a"}, {"root": str(recorded(tmp_path / "flow"))}), tmp_path / "run")
    assert [
        note for note in results["notes"] if "28 x 28 px flow images of megc2019-flow were resized to 60 x 60" in note
    ]


def test_run_at_the_stored_size_has_no_such_note(tmp_path):
    results = run(recipe({"name": "off-apexnet"}, {"root": str(recorded(tmp_path / "flow"))}), tmp_path / "run")
    assert not any("resized" in note for note in results["notes"])


def test_run_of_a_model_that_the_test_images_cannot_feed_stops_at_once(tmp_path):
    with pytest.raises(OptionsError, match=r"branches takes onset.r, onset.g.*megc2019-flow does not hold"):
        run(recipe({"name": "branches"}, {"root": str(recorded(tmp_path / "flow"))}), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_run_on_frame_pairs_reaches_the_model(tmp_path):
    made = write_synthetic(tmp_path / "made", holds="frames", identities=4)
    plan = TrainingRecipe.parse(
        {
            "model": {"name": "branches", "options": {"size": 32, "width": 4}},
            "train": {"root": str(made), "seeds": [0], "epochs": 1, "batch_size": 4, "device": "cpu"},
            "test": {"protocol": "holdout", "options": {"share": 0.25}},
        }
    )
    assert run(plan, tmp_path / "run")["overall"]["clips"] == 3


def test_frames_of_a_raw_layout_come_with_a_hint_to_align_them(tmp_path):
    root = str(casme2(tmp_path / "casme2"))
    assert open_dataset("casme2", root).found[0].layout.name == "selected"
    plan = recipe({"name": "linear"}, {"dataset": "casme2", "root": root}, options={"method": "dis"})
    assert [note for note in Sources(plan, {}, 1).notes if 'features.align = "eyes"' in note]
