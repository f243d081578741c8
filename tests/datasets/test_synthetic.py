import json
import pickle
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from fake_synthetic import face_frames, flow_image, write_synthetic
from fleeting import manifest
from fleeting.datasets import open_dataset
from fleeting.datasets.synthetic import OPEN_INDEXES, Synthetic
from fleeting.errors import DatasetError, ManifestError
from fleeting.types import Clip, Donor


@pytest.mark.parametrize(
    ("holds", "shape"), [("flow", (1, 28, 28, 3)), ("frames", (2, 56, 56, 3)), ("video", (10, 56, 56, 3))]
)
def test_synthetic_reads_each_kind_of_sample(tmp_path, holds, shape):
    dataset = open_dataset("synthetic", str(write_synthetic(tmp_path, holds=holds, identities=1)))
    frames = dataset.frames(dataset.clips()[0])
    assert (frames.shape, frames.dtype) == (shape, np.uint8)
    assert dataset.holds == ("flow" if holds == "flow" else "frames")


def test_flow_sample_is_u_v_strain_in_this_order(tmp_path):
    dataset = Synthetic(write_synthetic(tmp_path, identities=1, per_identity=1))
    np.testing.assert_array_equal(dataset.frames(dataset.clips()[0])[0], flow_image(0, np.random.default_rng(0)))


def test_onset_comes_before_apex(tmp_path):
    """The apex member stands first in the tar: WebDataset sorts by name."""
    dataset = Synthetic(write_synthetic(tmp_path, holds="frames", identities=1, per_identity=1))
    onset, apex = dataset.frames(dataset.clips()[0]).astype(int)
    np.testing.assert_array_equal(onset, face_frames(0, np.random.default_rng(0))[0])
    assert (onset != apex).any()


def test_clip_carries_identity_label_and_donor(tmp_path):
    root = write_synthetic(tmp_path, donors=[("casme2", "sub03", "EP01"), None])
    first, second = Synthetic(root).clips()[:2]
    assert (first.dataset, first.subject, first.clip, first.label) == ("synthetic", "id00", "000000000", 0)
    assert first.donor == Donor("casme2", "sub03", "EP01")
    assert second.donor is None


def test_failed_samples_are_left_out_and_counted(tmp_path):
    dataset = Synthetic(write_synthetic(tmp_path, failed=2))
    assert len(dataset.clips()) == 10
    assert dataset.failed() == {"no landmarks": 2}


def test_clips_read_in_any_order_across_shards(tmp_path):
    dataset = Synthetic(write_synthetic(tmp_path, identities=16, per_identity=3, shard_size=4))
    clips = dataset.clips()
    forward = {clip.key: dataset.frames(clip) for clip in clips}
    for clip in reversed(clips):
        np.testing.assert_array_equal(dataset.frames(clip), forward[clip.key])
    assert len(dataset._indexes) == OPEN_INDEXES


def test_pickled_data_set_is_small_and_reads_on(tmp_path):
    dataset = Synthetic(write_synthetic(tmp_path))
    clip = dataset.clips()[0]
    dataset.frames(clip)
    data = pickle.dumps(dataset)
    assert len(data) < 1000
    np.testing.assert_array_equal(pickle.loads(data).frames(clip), dataset.frames(clip))


def test_digest_changes_with_the_content(tmp_path):
    digests = {Synthetic(write_synthetic(tmp_path / str(seed), seed=seed)).digest() for seed in (0, 1)}
    assert len(digests) == 2
    assert Synthetic(tmp_path / "0").digest() in digests


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda root: (root / "manifest.parquet").unlink(), "has no manifest"),
        (lambda root: (root / "shards/000000.done.json").unlink(), "not finished"),
        (lambda root: (root / "shards/000000.done.json").write_text('{"count": 7}'), "disagree"),
        (lambda root: (root / "shards/000000.tar").unlink(), "cannot be read"),
        (lambda root: (root / "shards/000000.tar").write_bytes((root / "shards/000001.tar").read_bytes()), "disagree"),
        (lambda root: blank_images(root / "shards/000000.tar"), "image of a sample is damaged"),
    ],
)
def test_damaged_data_set_is_refused_where_it_is_read(tmp_path, damage, problem):
    damage(write_synthetic(tmp_path))
    with pytest.raises(ManifestError, match=problem):
        read_first(tmp_path)


def read_first(root):
    dataset = Synthetic(root)
    return dataset.frames(dataset.clips()[0])


def blank_images(path):
    path.write_bytes(path.read_bytes().replace(b"\x89PNG", b"BLNK"))


@pytest.mark.parametrize(
    ("column", "value", "problem"), [("label", 7, "no label"), ("status", "lost", "neither"), ("key", "x", "twice")]
)
def test_manifest_that_cannot_be_right_is_refused(tmp_path, column, value, problem):
    root = write_synthetic(tmp_path)
    rows = manifest.read(root).astype({"label": int})
    rows.loc[:1, column] = value
    manifest.write(root / manifest.NAME, [rows.to_dict("records")])
    with pytest.raises(ManifestError, match=problem):
        Synthetic(root)


def test_stranger_clip_is_refused(tmp_path):
    with pytest.raises(ManifestError, match="no finished sample"):
        Synthetic(write_synthetic(tmp_path)).frames(Clip("synthetic", "id00", "nobody", 0))


def test_root_must_be_named():
    with pytest.raises(DatasetError, match="no usual place"):
        open_dataset("synthetic")


def test_forty_five_thousand_rows_take_little_memory_and_no_shard(tmp_path, monkeypatch):
    root = write_synthetic(tmp_path, identities=1, per_identity=1)
    row = manifest.read(root).iloc[0].to_dict()
    rows = pd.DataFrame([row]).loc[[0] * 45_000].reset_index(drop=True)
    rows["key"] = [f"{index:09d}" for index in range(45_000)]
    manifest.write(root / manifest.NAME, [rows.to_dict("records")])
    (root / "shards/000000.done.json").write_text(json.dumps({"count": 45_000}))
    monkeypatch.setattr("fleeting.datasets.synthetic.index_tar", None)  # reading a shard would fail
    tracemalloc.start()
    assert len(Synthetic(root).clips()) == 45_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6


def test_frames_stand_in_the_order_of_their_numbers_and_not_of_their_names(tmp_path, monkeypatch):
    frames = {f"{index:02d}.png": np.full((8, 8, 3), index, np.uint8) for index in range(103)}
    monkeypatch.setattr("fake_synthetic.members", lambda *_: frames)
    dataset = Synthetic(write_synthetic(tmp_path, identities=1, per_identity=1))
    assert dataset.frames(dataset.clips()[0])[:, 0, 0, 0].tolist() == list(range(103))
