"""What every feature promises, run over the whole family."""

import numpy as np
import pytest
import torch

from drawn_face import texture
from fleeting.errors import OptionsError, ShapeError
from fleeting.features import FEATURES

FRAMES = np.stack([np.roll(texture(64, 56), step, axis=1) for step in (0, 1, 1)])


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(params=FEATURES.list())
def kind(request):
    return FEATURES.load(request.param)


def test_feature_repeats_itself(kind):
    first, again = (kind().compute(FRAMES) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def fewest(kind):
    """Frames of the shortest clip that a feature takes."""
    return getattr(kind.Options(), "fewest", 2)


def test_feature_has_one_shape_for_every_clip(kind):
    clips = (FRAMES, FRAMES[: fewest(kind)], np.repeat(FRAMES, 2, axis=0), FRAMES[:, :48, :48])
    shapes = {kind().compute(frames).shape for frames in clips}
    assert len(shapes) == 1


def test_feature_sees_the_motion(kind):
    assert (kind().compute(FRAMES) != kind().compute(FRAMES[[0] * fewest(kind)])).any()


def test_feature_leaves_the_frames_as_they_were(kind):
    frames = FRAMES.copy()
    kind().compute(frames)
    np.testing.assert_array_equal(frames, FRAMES)


def test_feature_digest_repeats(kind):
    assert kind().digest == kind(kind.Options()).digest
    assert len(kind().digest) == 64


@pytest.mark.parametrize("frames", [FRAMES[:1], FRAMES[0], FRAMES[..., :1]], ids=["one frame", "no time", "grey"])
def test_feature_refuses_what_is_not_a_clip(kind, frames):
    with pytest.raises(ShapeError, match=f"T >= {fewest(kind)}, H, W, 3"):
        kind().compute(frames)


def test_feature_refuses_an_unknown_option(kind):
    with pytest.raises(OptionsError, match="unknown key 'sise'"):
        kind.Options.parse({"sise": 3})
