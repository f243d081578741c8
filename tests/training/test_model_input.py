from dataclasses import replace

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
from fleeting.features.clip_volume import ClipVolume, ClipVolumeOptions
from fleeting.features.face_parts import PUBLISHED, Template, put_together
from fleeting.features.flow_image import image_magnitude
from fleeting.features.mbh import MBH
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


def test_descriptor_of_flow_images_takes_stored_ones_and_no_other_does(tmp_path):
    made = Synthetic(write_synthetic(tmp_path / "flow", holds="flow"))
    stored = made.frames(made.clips()[0])
    feature = feature_for(FeatureTable(name="mbh"), wanted("svm"), made)
    assert feature.length == 256
    np.testing.assert_array_equal(feature.compute_many([stored]), MBH().of_images(stored))
    with pytest.raises(OptionsError, match="takes descriptors of frames"):
        feature_for(FeatureTable(name="bi-woof"), wanted("svm"), made)


def test_feature_that_stored_flow_would_not_use_is_refused(tmp_path):
    stored = Synthetic(write_synthetic(tmp_path))
    assert feature_for(FeatureTable(name="flow-image"), wanted("linear"), stored).channels == ("u", "v", "strain")
    with pytest.raises(OptionsError, match="does not give what linear takes"):
        feature_for(FeatureTable(name="bi-woof"), wanted("linear"), stored)


def test_stored_flow_is_resized_linearly():
    """A ramp stays a ramp of the same ends; rows and columns are not mixed up."""
    ramp = np.broadcast_to(np.arange(0, 196, 7, dtype=np.uint8)[None, :, None], (28, 28, 3))
    (image,) = StoredFlow(ModelInput("m", ("u",), 56, 84), "d").compute_many([ramp[None]])
    assert image.shape == (56, 84, 1)
    assert (image[0] == image[-1]).all()
    assert (image[0, 0, 0], image[0, -1, 0]) == (0, 189)
    assert (np.diff(image[0, 2:-2, 0].astype(int)) >= 2).all()


def test_magnitude_of_stored_flow_stands_beside_channels_that_it_leaves_as_they_are():
    stored = np.random.default_rng(0).integers(0, 256, (2, 1, 28, 28, 3), dtype=np.uint8)
    plain = StoredFlow(ModelInput("m", ("u", "v", "strain"), 60, 60), "d").compute_many(list(stored))
    images = StoredFlow(ModelInput("m", ("u", "magnitude", "strain", "v"), 60, 60), "d").compute_many(list(stored))
    np.testing.assert_array_equal(images[..., [0, 3, 2]], plain)
    small = StoredFlow(ModelInput("m", ("magnitude",), 28, 28), "d").compute_many(list(stored))
    np.testing.assert_array_equal(small[1, ..., 0], image_magnitude(stored[1, 0]))


def test_parts_of_stored_flow_are_those_of_the_published_template(tmp_path):
    dataset = Synthetic(write_synthetic(tmp_path))
    images = [dataset.frames(clip) for clip in dataset.clips()[:2]]
    made = feature_for(FeatureTable(), wanted("htnet", attention="real"), dataset).compute_many(images)
    places = PUBLISHED.points((28, 28), 28)
    expected = [put_together(image[0], places, "eyes-lip-corners", (32, 32)) for image in images]
    np.testing.assert_array_equal(made, expected)


def test_parts_of_frames_follow_the_crop_of_the_recipe(frames):
    deep = FeatureTable(options={"method": "dis"}, crop={"eye_level": 0.6, "eye_distance": 0.4})
    whole = feature_for(deep, replace(wanted("htnet"), parts=None), frames).compute_many([FRAMES])[0]
    places = Template(0.6, 0.4).points(FRAMES.shape[1:3], 28)
    expected = put_together(whole, places, "eyes-lip-corners", (28, 28))
    np.testing.assert_array_equal(feature_for(deep, wanted("htnet"), frames).compute_many([FRAMES])[0], expected)


def test_strips_of_clips_are_cut_from_the_face_at_its_size(frames):
    takes = wanted("microexpfusenet-late", frames=17, size=64)
    (volume,) = feature_for(FeatureTable(options={"fewest": 2}), takes, frames).compute_many([FRAMES])
    whole = ClipVolume(ClipVolumeOptions(frames=17, size=64)).compute(FRAMES)
    places = Template(34 / 128, 0.5).points(FRAMES.shape[1:3], 64)
    np.testing.assert_array_equal(volume, put_together(whole, places, "eyes-mouth", (64, 32)))


def test_landmarks_of_stored_flow_cannot_be_detected(tmp_path):
    with pytest.raises(OptionsError, match="no landmarks can be found"):
        feature_for(FeatureTable(), wanted("htnet", landmarks="detected"), Synthetic(write_synthetic(tmp_path)))


def test_stored_flow_says_what_it_lacks_and_what_to_do(tmp_path):
    dataset = Synthetic(write_synthetic(tmp_path))
    with pytest.raises(OptionsError) as caught:
        feature_for(FeatureTable(), wanted("micro-attention"), dataset)
    text = str(caught.value)
    assert "micro-attention takes apex.grey, and synthetic does not hold that" in text
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


def test_run_on_made_up_magnitudes_says_so_in_its_notes(tmp_path):
    model = {"name": "sssn", "options": {"stream": "flow-magnitude", "size": 67, "width": 6}}
    results = run(recipe(model, {"root": str(recorded(tmp_path / "flow"))}), tmp_path / "run")
    assert [note for note in results["notes"] if "Magnitude was computed from u and v" in note]


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
