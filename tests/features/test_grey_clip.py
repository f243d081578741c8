"""A grey clip keeps what it can and is resampled in between."""

import cv2
import numpy as np
import pytest

from drawn_face import texture
from fleeting.errors import ShapeError
from fleeting.features.grey_clip import grey_clip, resampled

FRAMES = np.stack([np.roll(texture(20, 20), step, axis=1) for step in range(4)])


def test_grey_clip_of_the_wanted_length_and_size_is_unchanged():
    grey = FRAMES[..., 0]
    np.testing.assert_array_equal(grey_clip(grey, 4, 20), grey)
    halves = grey.astype(np.float32) / 2
    np.testing.assert_array_equal(grey_clip(halves, 4, 20), halves)


def test_colour_becomes_the_grey_of_rgb_order():
    expected = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in FRAMES])
    np.testing.assert_array_equal(grey_clip(FRAMES, 4, 20), expected)
    between = FRAMES.astype(np.float64) + 0.5  # of a magnified clip, say
    np.testing.assert_allclose(grey_clip(between, 4, 20), expected + 0.5, atol=0.52)  # uint8 grey is rounded
    assert (grey_clip(between, 4, 20) % 1 != 0).any()


def test_time_is_interpolated_between_frames_whose_ends_stay():
    line = np.array([[0.0, 8.0], [10.0, 8.0], [30.0, 8.0]])
    found = resampled(line, 5)
    np.testing.assert_allclose(found, [[0, 8], [5, 8], [10, 8], [20, 8], [30, 8]])
    np.testing.assert_array_equal(resampled(line, 2), line[[0, 2]])


def test_values_are_multiples_of_a_sixty_fourth():
    found = grey_clip(FRAMES, 7, 13) * 64
    np.testing.assert_array_equal(found, np.rint(found))
    assert found.shape == (7, 13, 13)
    assert found.dtype == np.float32


@pytest.mark.parametrize("shape", [(1, 20, 20, 3), (20, 20, 3), (4, 20, 20, 1), (1, 20, 20), (4, 0, 20), (20, 20)])
def test_what_is_no_clip_is_refused(shape):
    with pytest.raises(ShapeError, match="grey"):
        grey_clip(np.zeros(shape, np.uint8), 4, 20)
