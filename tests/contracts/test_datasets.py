"""What every data set promises, run over the whole family."""

import pickle

import numpy as np
import pytest

from fake_cdmer import write_cdmer
from fake_recorded import OPTIONS, TREES
from fake_synthetic import flow_image, write_synthetic
from fleeting.datasets import list_datasets, open_dataset
from fleeting.datasets.megc2019_flow import Megc2019Flow
from fleeting.types import Clip


@pytest.fixture(params=list_datasets())
def dataset(request, tmp_path):
    if request.param == "synthetic":
        write_synthetic(tmp_path)
    elif request.param == "megc2019-flow":
        clips = [Clip("lab", f"p{n}", "c", n % 3) for n in range(6)]
        Megc2019Flow.write(tmp_path, clips, [flow_image(clip.label, np.random.default_rng(0)) for clip in clips])
    elif request.param == "cdmer-lbptop":
        write_cdmer(tmp_path)
    else:
        assert request.param in TREES, f"say in tests/fake_recorded.py how to make a tiny {request.param}"
        TREES[request.param](tmp_path)
    return open_dataset(request.param, str(tmp_path), OPTIONS.get(request.param))


def test_dataset_names_itself_as_the_family_does(dataset):
    assert dataset.name in list_datasets()


def test_dataset_lists_unique_clips_in_a_fixed_order(dataset):
    keys = [clip.key for clip in dataset.clips()]
    assert keys == [clip.key for clip in dataset.clips()]
    assert len(set(keys)) == len(keys) > 0
    assert all(clip.label in range(len(dataset.classes)) for clip in dataset.clips())


def test_dataset_frames_have_the_promised_form(dataset):
    if dataset.holds == "vectors":
        vector = dataset.vector(dataset.clips()[0])
        assert (vector.dtype, vector.shape) == (np.float32, (dataset.dimension,))
        return
    frames = dataset.frames(dataset.clips()[0])
    assert frames.dtype == np.uint8
    assert frames.shape == (1, 28, 28, 3) if dataset.holds == "flow" else (frames.ndim == 4 and len(frames) >= 2)


def test_dataset_can_be_sent_to_a_worker(dataset):
    clip = dataset.clips()[-1]
    sent = pickle.loads(pickle.dumps(dataset))
    read = [one.vector if one.holds == "vectors" else one.frames for one in (sent, dataset)]
    np.testing.assert_array_equal(read[0](clip), read[1](clip))


def test_dataset_digest_is_stable(dataset):
    assert dataset.digest() == open_dataset(dataset.name, str(dataset.root), OPTIONS.get(dataset.name)).digest()
