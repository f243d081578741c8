import re

import numpy as np
import pytest

from fake_synthetic import write_synthetic
from fleeting.datasets.synthetic import Synthetic
from fleeting.errors import DatasetError, FaceError, ManifestError, ShapeError
from fleeting.faces import detection
from fleeting.features.face_regions import mean_landmarks
from fleeting.training import image_files, inputs
from fleeting.training.inputs import input_images
from fleeting.training.model_input import ModelInput, StoredFlow, feature_for
from fleeting.training.recipe import FeatureTable, ModelTable

SHAPE = (28, 28, 3)


class MeanDifference:
    """A feature double: the difference of the first and last frame's means, everywhere. Counts its calls."""

    def __init__(self, digest="mean-difference", side=28):
        self.digest, self.side, self.calls = digest, side, 0
        self.channels = ("u", "v", "strain")

    def compute_many(self, clips):
        return np.stack([self.compute(frames) for frames in clips])

    def compute(self, frames):
        self.calls += 1
        value = 100 + frames[-1].mean() - frames[0].mean() + frames[0, 0, 0, 0] / 10
        return np.full((self.side, self.side, 3), value, np.uint8)


@pytest.fixture
def dataset(tmp_path):
    return Synthetic(write_synthetic(tmp_path, holds="frames", identities=14))


def test_images_are_in_the_order_of_the_clips(dataset):
    clips, feature = dataset.clips(), MeanDifference()
    images = input_images(dataset, clips[::-1], feature, SHAPE)
    expected = np.stack([MeanDifference().compute(dataset.frames(clip)) for clip in clips[::-1]])
    np.testing.assert_array_equal(images, expected)
    assert len(np.unique(images)) > 5


def test_images_are_computed_once_and_kept_beside_the_data(dataset):
    feature = MeanDifference()
    first = input_images(dataset, dataset.clips(), feature, SHAPE)
    np.testing.assert_array_equal(input_images(dataset, dataset.clips(), feature, SHAPE), first)
    assert feature.calls == 42
    assert len(list((dataset.root / "features").glob("*.npz"))) == 1


@pytest.mark.parametrize("change", ["feature", "clips", "data"])
def test_kept_images_are_not_used_for_anything_else(dataset, tmp_path, change):
    input_images(dataset, dataset.clips(), MeanDifference(), SHAPE)
    feature, clips = MeanDifference("other" if change == "feature" else "mean-difference"), dataset.clips()
    if change == "data":
        dataset = Synthetic(write_synthetic(tmp_path, holds="frames", identities=14, seed=1))
    input_images(dataset, clips[1:] if change == "clips" else clips, feature, SHAPE)
    assert feature.calls >= 41


def test_damaged_cache_is_computed_again_with_a_warning(dataset, caplog):
    input_images(dataset, dataset.clips(), MeanDifference(), SHAPE)
    next((dataset.root / "features").glob("*.npz")).write_bytes(b"PK\x03\x04 half a file")
    feature = MeanDifference()
    input_images(dataset, dataset.clips(), feature, SHAPE)
    assert feature.calls == 42
    assert "is damaged" in caplog.text


def test_folder_that_cannot_be_written_to_uses_the_download_cache(dataset, caplog, monkeypatch, tmp_path):
    monkeypatch.setenv("FLEETING_CACHE", str(tmp_path / "cache"))
    (dataset.root / "features").write_text("a file where the folder should be")
    feature = MeanDifference()
    for _ in range(2):
        input_images(dataset, dataset.clips(), feature, SHAPE)
    assert feature.calls == 42
    assert len(list((tmp_path / "cache" / "features").glob("*.npz"))) == 1


def test_worker_processes_give_the_same_images(dataset, monkeypatch):
    monkeypatch.setattr(inputs, "CHUNK", 5)
    plain = input_images(dataset, dataset.clips(), MeanDifference("plain"), SHAPE)
    pooled = input_images(dataset, dataset.clips(), MeanDifference("pooled"), SHAPE, workers=2)
    np.testing.assert_array_equal(plain, pooled)


def test_flow_data_set_is_read_and_not_kept_again(tmp_path):
    dataset = Synthetic(write_synthetic(tmp_path))
    feature = StoredFlow(ModelInput("ststnet", ("u", "v", "strain"), 28, 28), "synthetic")
    images = input_images(dataset, dataset.clips(), feature, SHAPE)
    np.testing.assert_array_equal(images[3], dataset.frames(dataset.clips()[3])[0])
    assert not (tmp_path / "features").exists()


def test_unreadable_clip_stops_the_work(dataset):
    (dataset.root / "shards" / "000003.tar").unlink()
    with pytest.raises(ManifestError, match="cannot be read"):
        input_images(dataset, dataset.clips(), MeanDifference(), SHAPE)
    assert not (dataset.root / "features").exists()


def test_feature_of_another_size_is_refused(dataset):
    with pytest.raises(ShapeError, match="do not fit"):
        input_images(dataset, dataset.clips(), MeanDifference(side=32), SHAPE)


@pytest.fixture
def small_memory(monkeypatch):
    monkeypatch.setattr(inputs, "MAPPED_ABOVE", 20 * 28 * 28 * 3)


def test_images_above_the_limit_are_mapped_from_a_file(dataset, small_memory, monkeypatch):
    monkeypatch.setattr(inputs, "CHUNK", 5)
    monkeypatch.setattr(inputs, "_filled", None)  # whoever would hold them whole fails
    clips, feature = dataset.clips(), MeanDifference()
    images = input_images(dataset, clips, feature, SHAPE)
    assert isinstance(images, np.memmap)
    np.testing.assert_array_equal(images, np.stack([MeanDifference().compute(dataset.frames(clip)) for clip in clips]))
    assert not images.flags.writeable
    assert [path.suffix for path in (dataset.root / "features").iterdir()] == [".npy"]
    again = input_images(dataset, clips, feature, SHAPE)
    assert (isinstance(again, np.memmap), feature.calls) == (True, 42)


def test_damaged_map_is_written_again(dataset, small_memory, caplog):
    expected = np.array(input_images(dataset, dataset.clips(), MeanDifference(), SHAPE))
    path = next((dataset.root / "features").iterdir())
    path.write_bytes(path.read_bytes()[:-100])
    np.testing.assert_array_equal(input_images(dataset, dataset.clips(), MeanDifference(), SHAPE), expected)
    assert "is damaged" in caplog.text


def test_map_goes_to_the_download_cache_where_the_data_cannot_take_it(dataset, small_memory, monkeypatch, tmp_path):
    monkeypatch.setenv("FLEETING_CACHE", str(tmp_path / "cache"))
    (dataset.root / "features").write_text("a file where the folder should be")
    input_images(dataset, dataset.clips(), MeanDifference(), SHAPE)
    assert len(list((tmp_path / "cache" / "features").glob("*.npy"))) == 1


def test_map_without_a_disk_that_takes_it_names_the_size(dataset, monkeypatch):
    monkeypatch.setattr(inputs, "MAPPED_ABOVE", 0)
    monkeypatch.setattr(image_files, "_has_room", lambda folder, size: False)
    with pytest.raises(DatasetError, match=r"too many for the memory and for the disk[^$]*FLEETING_CACHE"):
        input_images(dataset, dataset.clips(), MeanDifference(), SHAPE)


def test_failed_clip_leaves_no_map_behind(dataset, small_memory):
    (dataset.root / "shards" / "000003.tar").unlink()
    with pytest.raises(ManifestError, match="cannot be read"):
        input_images(dataset, dataset.clips(), MeanDifference(), SHAPE)
    assert list((dataset.root / "features").iterdir()) == []


def test_stored_flow_above_the_limit_is_mapped_too(tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "MAPPED_ABOVE", 10_000)
    dataset = Synthetic(write_synthetic(tmp_path))
    feature = StoredFlow(ModelInput("rcn-a", ("v",), 60, 60), "synthetic")
    images = input_images(dataset, dataset.clips(), feature, (60, 60, 1))
    assert isinstance(images, np.memmap)
    assert images.shape == (12, 60, 60, 1)


def test_large_images_are_made_fewer_at_a_time(dataset, monkeypatch):
    monkeypatch.setattr(inputs, "CHUNK_BYTES", 3 * 28 * 28 * 3)
    sizes = []

    class Counting(MeanDifference):
        def compute_many(self, clips):
            sizes.append(len(clips))
            return super().compute_many(clips)

    input_images(dataset, dataset.clips(), Counting(), SHAPE)
    assert sizes == [3] * 14


def parts(dataset, landmarks):
    takes = ModelInput.of(ModelTable(name="htnet", options={"landmarks": landmarks}))
    return feature_for(FeatureTable(options={"method": "dis"}), takes, dataset)


def test_parts_lie_at_the_landmarks_of_each_onset(dataset, monkeypatch):
    """A detector that finds the face further down the lighter the onset is."""
    found = {}

    def detect(image):
        place = mean_landmarks(image.shape[:2], 0.2 + image[0, 0, 0] / 255 / 2, 0.5).astype(np.float32)
        found[image.tobytes()] = place
        return [place, place + 5]

    monkeypatch.setattr(detection, "detect", detect)
    clips = dataset.clips()[:6]
    feature = parts(dataset, "detected")
    images = input_images(dataset, clips, feature, SHAPE)
    for clip, image in zip(clips, images, strict=True):
        frames = dataset.frames(clip)
        np.testing.assert_array_equal(feature.compute_many([frames], [found[frames[0].tobytes()]])[0], image)
    template = input_images(dataset, clips, parts(dataset, "template"), SHAPE)
    assert not np.array_equal(images, template)


def test_onset_without_a_face_stops_the_work_by_name(dataset, monkeypatch):
    monkeypatch.setattr(detection, "detect", lambda _: [])
    clips = dataset.clips()[:2]
    with pytest.raises(FaceError, match=re.escape(clips[0].key)):
        input_images(dataset, clips, parts(dataset, "detected"), SHAPE)


def test_parts_are_computed_anew_for_another_detector(dataset, monkeypatch):
    calls = []
    monkeypatch.setattr(
        detection, "detect", lambda image: calls.append(1) or [mean_landmarks(image.shape[:2], 0.3, 0.5)]
    )
    for version in ("one", "one", "two"):
        monkeypatch.setattr(detection, "VERSION", version)
        input_images(dataset, dataset.clips()[:2], parts(dataset, "detected"), SHAPE)
    assert len(calls) == 4
