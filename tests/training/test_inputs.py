import numpy as np
import pytest

from fake_synthetic import write_synthetic
from fleeting.datasets.synthetic import Synthetic
from fleeting.errors import ManifestError, ShapeError
from fleeting.training import inputs
from fleeting.training.inputs import flow_images


class MeanDifference:
    """A feature double: the difference of the first and last frame's means, everywhere. Counts its calls."""

    def __init__(self, digest="mean-difference", side=28):
        self.digest, self.side, self.calls = digest, side, 0

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
    images = flow_images(dataset, clips[::-1], feature)
    expected = np.stack([MeanDifference().compute(dataset.frames(clip)) for clip in clips[::-1]])
    np.testing.assert_array_equal(images, expected)
    assert len(np.unique(images)) > 5


def test_images_are_computed_once_and_kept_beside_the_data(dataset):
    feature = MeanDifference()
    first = flow_images(dataset, dataset.clips(), feature)
    np.testing.assert_array_equal(flow_images(dataset, dataset.clips(), feature), first)
    assert feature.calls == 42
    assert len(list((dataset.root / "features").glob("*.npz"))) == 1


@pytest.mark.parametrize("change", ["feature", "clips", "data"])
def test_kept_images_are_not_used_for_anything_else(dataset, tmp_path, change):
    flow_images(dataset, dataset.clips(), MeanDifference())
    feature, clips = MeanDifference("other" if change == "feature" else "mean-difference"), dataset.clips()
    if change == "data":
        dataset = Synthetic(write_synthetic(tmp_path, holds="frames", identities=14, seed=1))
    flow_images(dataset, clips[1:] if change == "clips" else clips, feature)
    assert feature.calls >= 41


def test_damaged_cache_is_computed_again_with_a_warning(dataset, caplog):
    flow_images(dataset, dataset.clips(), MeanDifference())
    next((dataset.root / "features").glob("*.npz")).write_bytes(b"PK\x03\x04 half a file")
    feature = MeanDifference()
    flow_images(dataset, dataset.clips(), feature)
    assert feature.calls == 42
    assert "is damaged" in caplog.text


def test_folder_that_cannot_be_written_to_uses_the_download_cache(dataset, caplog, monkeypatch, tmp_path):
    monkeypatch.setenv("FLEETING_CACHE", str(tmp_path / "cache"))
    (dataset.root / "features").write_text("a file where the folder should be")
    feature = MeanDifference()
    for _ in range(2):
        flow_images(dataset, dataset.clips(), feature)
    assert feature.calls == 42
    assert len(list((tmp_path / "cache" / "features").glob("*.npz"))) == 1


def test_worker_processes_give_the_same_images(dataset, monkeypatch):
    monkeypatch.setattr(inputs, "CHUNK", 5)
    plain = flow_images(dataset, dataset.clips(), MeanDifference("plain"))
    pooled = flow_images(dataset, dataset.clips(), MeanDifference("pooled"), workers=2)
    np.testing.assert_array_equal(plain, pooled)


def test_flow_data_set_is_read_and_not_computed(tmp_path):
    dataset, feature = Synthetic(write_synthetic(tmp_path)), MeanDifference()
    images = flow_images(dataset, dataset.clips(), feature)
    np.testing.assert_array_equal(images[3], dataset.frames(dataset.clips()[3])[0])
    assert feature.calls == 0
    assert not (tmp_path / "features").exists()


def test_unreadable_clip_stops_the_work(dataset):
    (dataset.root / "shards" / "000003.tar").unlink()
    with pytest.raises(ManifestError, match="cannot be read"):
        flow_images(dataset, dataset.clips(), MeanDifference())
    assert not (dataset.root / "features").exists()


def test_feature_of_another_size_is_refused(dataset):
    with pytest.raises(ShapeError, match="do not fit"):
        flow_images(dataset, dataset.clips(), MeanDifference(side=32))
