"""Flow estimators against textures that were moved by a known amount."""

from typing import get_args

import cv2
import numpy as np
import pytest
import torch

from drawn_face import texture
from fleeting.errors import ShapeError
from fleeting.features import optical_flow
from fleeting.features.optical_flow import Method

METHODS = get_args(Method)
INSIDE = (slice(8, -8), slice(8, -8))


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def moved(frame, dx, dy):
    """The frame with its content moved by (dx, dy) px."""
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float64)
    return cv2.warpAffine(frame, matrix, frame.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("dx", "dy"), [(1.0, 0.0), (0.0, -1.0), (0.4, 0.3), (-0.3, 2.0)])
def test_flow_is_the_shift_with_its_sign_and_size(method, dx, dy):
    frame = texture(64, 72)
    flow = optical_flow(frame, moved(frame, dx, dy), method)
    assert (flow.shape, flow.dtype) == ((64, 72, 2), np.float32)
    np.testing.assert_allclose(np.median(flow[INSIDE], axis=(0, 1)), [dx, dy], atol=0.1)


@pytest.mark.parametrize("method", METHODS)
def test_flow_of_equal_frames_is_zero(method):
    frame = texture(48, 48)
    assert np.abs(optical_flow(frame, frame, method)).max() < 0.02


@pytest.mark.parametrize("method", METHODS)
def test_flow_turns_round_when_the_frames_are_swapped(method):
    frame = texture(64, 64)
    there, back = (optical_flow(*pair, method) for pair in ((frame, moved(frame, 1, 0)), (moved(frame, 1, 0), frame)))
    assert np.median(there[..., 0]) == pytest.approx(-np.median(back[..., 0]), abs=0.1)


@pytest.mark.parametrize("method", METHODS)
def test_flow_finds_where_the_motion_is(method):
    """The right half moves down, the left half stays."""
    frame = texture(64, 96)
    second = frame.copy()
    second[:, 48:] = moved(frame, 0, 1)[:, 48:]
    down = optical_flow(frame, second, method)[8:-8, :, 1]
    assert np.median(down[:, 8:36]) == pytest.approx(0, abs=0.1)
    assert np.median(down[:, 60:-8]) == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("method", METHODS)
def test_flow_does_not_depend_on_what_was_estimated_before(method):
    frame = texture(48, 48)
    first = optical_flow(frame, moved(frame, 1, 0), method)
    optical_flow(texture(64, 40, seed=1), texture(64, 40, seed=2), method)
    np.testing.assert_array_equal(optical_flow(frame, moved(frame, 1, 0), method), first)


def test_flow_of_rgb_is_the_flow_of_its_grey():
    frame = texture(48, 48)
    second = moved(frame, 1, 0)
    grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (frame, second)]
    np.testing.assert_array_equal(optical_flow(frame, second, "dis"), optical_flow(*grey, "dis"))


def test_flow_weighs_red_and_blue_as_rgb():
    """Motion in red alone counts more than the same motion in blue: the frames are RGB, not BGR."""
    sizes = []
    for channel in (0, 2):
        first = np.repeat(texture(64, 64, 1, seed=3), 3, axis=-1)
        second = first.copy()
        second[..., channel] = moved(first, 1, 0)[..., channel]
        sizes.append(np.median(optical_flow(first, second, "dis")[..., 0]))
    assert sizes[0] > 1.5 * sizes[1] > 0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9, 3), np.uint8)),
        (np.zeros((8, 8, 3), np.float32), np.zeros((8, 8, 3), np.float32)),
        (np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8, 3), np.float32)),
        (np.zeros((8, 8, 4), np.uint8), np.zeros((8, 8, 4), np.uint8)),
        (np.zeros((2, 8, 8, 3), np.uint8), np.zeros((2, 8, 8, 3), np.uint8)),
    ],
    ids=["two shapes", "float", "one float", "four channels", "clip"],
)
def test_flow_refuses_frames_that_do_not_fit(first, second):
    with pytest.raises(ShapeError, match="two uint8 frames of one shape") as caught:
        optical_flow(first, second)
    assert str(second.shape) in str(caught.value)
    assert str(second.dtype) in str(caught.value)
