"""A code says which neighbours are not darker, in the stated order."""

import numpy as np
import pytest
from skimage.feature import local_binary_pattern

from fleeting.features.local_binary_pattern import margins, pattern, ring, uniform_bins


def one_bright(t, y, x):
    volume = np.zeros((5, 5, 5))
    volume[2, 2, 2] = 1  # the centre is brighter than all but one
    volume[2 + t, 2 + y, 2 + x] = 2
    return volume


@pytest.mark.parametrize(
    ("plane", "place", "code"),
    [
        ("xy", (0, 0, 1), 1),
        ("xy", (0, -1, 1), 2),
        ("xy", (0, -1, 0), 4),
        ("xy", (0, 0, -1), 16),
        ("xy", (0, 1, 1), 128),
        ("xt", (0, 0, 1), 1),
        ("xt", (1, 0, 1), 2),
        ("xt", (1, 0, 0), 4),
        ("yt", (0, 1, 0), 1),
        ("yt", (1, 0, 0), 4),
        ("yt", (-1, 1, 0), 128),
        ("xy", (1, 0, 0), 0),
        ("xt", (0, 1, 0), 0),
        ("yt", (0, 0, 1), 0),
    ],
)
def test_bit_of_a_neighbour(plane, place, code):
    codes = pattern(one_bright(*place), ring(plane, 8, (1, 1, 1)), (2, 2, 2), "rounded")
    assert codes.tolist() == [[[code]]]


def test_plane_xy_is_that_of_skimage():
    image = np.random.default_rng(0).integers(0, 60_000, (60, 50))
    expected = local_binary_pattern(image, 8, 3).astype(np.uint8)[3:-3, 3:-3]
    codes = pattern(image[None].astype(np.float64), ring("xy", 8, (0, 3, 3)), (0, 3, 3), "bilinear")
    np.testing.assert_array_equal(codes[0], expected)


def test_equal_grey_sets_every_bit():
    for grey in (0.0, 1 / 64, 100.0, 254.984375):
        codes = pattern(np.full((9, 9, 9), grey, np.float32), ring("xt", 8, (4, 3, 2)), (4, 3, 2), "bilinear")
        assert (codes == 255).all()


def test_axes_have_radii_of_their_own():
    assert ring("xt", 4, (4, 9, 1)) == [(0, 0, 1), (4, 0, 0), (0, 0, -1), (-4, 0, 0)]
    assert ring("yt", 4, (4, 2, 9)) == [(0, 2, 0), (4, 0, 0), (0, -2, 0), (-4, 0, 0)]
    assert margins((1.5, 2, 3)) == (2, 2, 3)


def test_uniform_codes_are_numbered_in_turn_and_the_others_share_the_last_bin():
    bins = uniform_bins(8)
    assert bins[[0, 1, 2, 3, 4, 6, 255]].tolist() == [0, 1, 2, 3, 4, 5, 57]
    assert bins[[5, 9, 10, 85, 170]].tolist() == [58] * 5
    assert bins[129] < 58  # bits 0 and 7 are neighbours
    assert [len(set(uniform_bins(points))) for points in (4, 8)] == [15, 59]
