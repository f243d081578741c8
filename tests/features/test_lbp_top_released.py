"""The released CDMER features are cut, ordered and coded as ours are."""

import numpy as np
import pytest

from fleeting.features.block_grid import HIERARCHY, borders
from fleeting.features.lbp_top import LBPTOP, released_order
from fleeting.features.local_binary_pattern import uniform_bins

CODED, STEPS = 112 - 6, 16 - 6
"""Side and length of the part that has codes at R = 3."""


@pytest.fixture
def released(mirror):
    """(272, 85, 3, 59): the features of CASME II and SMIC in our order."""
    file = np.load(mirror / "cdmer_lbptop" / "features.npz", allow_pickle=False)
    vectors = np.concatenate([file[f"{name}_X"] for name in ("CASME2", "SMIC_NIR", "SMIC_VIS")])
    return vectors[:, released_order()].reshape(-1, 85, 3, 59).astype(np.float64)


def voxels(rows, columns):
    """Codes in each block of a level."""
    return np.outer(np.diff(borders(CODED, rows)), np.diff(borders(CODED, columns))).ravel() * STEPS


def mirrored(axis):
    """Bin of the mirrored code: `axis` 0 the columns are exchanged, 1 the rows."""
    codes, bins = np.arange(256), uniform_bins(8)
    other = sum((codes >> k & 1) << ((4 - k if axis == 0 else -k) % 8) for k in range(8))
    result = np.empty(59, np.intp)
    result[bins] = bins[other]
    return result


def test_released_order_is_a_permutation_of_our_length():
    order = released_order()
    assert len(order) == LBPTOP().length
    assert sorted(order.tolist()) == list(range(15_045))
    np.testing.assert_array_equal(order[:177], np.arange(177))


def test_every_released_histogram_counts_the_voxels_of_our_block(released):
    counts = np.concatenate([voxels(*level) for level in HIERARCHY])
    numbers = released[::4] * counts[:, None, None]
    assert set(counts) == {112_360, 28_090, 7_290, 6_750, 6_250, 1_690, 1_950, 2_250}
    np.testing.assert_allclose(numbers, np.rint(numbers), atol=0.02)


def test_blocks_of_every_level_add_up_to_the_whole(released):
    start = 0
    for level in HIERARCHY:
        count = voxels(*level)
        blocks = released[:, start : start + len(count)]
        whole = np.tensordot(blocks, count / count.sum(), (1, 0))
        np.testing.assert_allclose(whole, released[:, 0], atol=1e-7)
        start += len(count)


def test_left_and_right_of_real_faces_are_alike_and_top_and_bottom_are_not(released):
    """So rows are rows, and bit 0 lies along x and bit 2 along y."""
    mean = released[:130, 21:, 0].mean(0).reshape(8, 8, 59)
    left_right = np.abs(mean - mean[:, ::-1][..., mirrored(0)]).sum()
    top_bottom = np.abs(mean - mean[::-1][..., mirrored(1)]).sum()
    wrong_bits = np.abs(mean - mean[:, ::-1][..., mirrored(1)]).sum()
    assert left_right < 14
    assert min(top_bottom, wrong_bits) > 50


def test_time_lies_along_bit_2_of_xt_and_yt(released):
    """Nothing prefers the past, so bits 2 and 6 are alike; light from above tells up from down on XY and YT."""
    codes = np.array([code for code in range(256) if uniform_bins(8)[code] < 58])
    bits = codes[:, None] >> np.arange(8) & 1
    share = released[:, 0, :, :58].mean(0) @ bits
    tilt = share[:, :4] - share[:, 4:]
    np.testing.assert_allclose(tilt[1:, 2], 0, atol=0.012)
    assert tilt[0, 2] > 0.05  # up is brighter
    assert tilt[2, 0] < -0.05  # down is darker
    assert tilt[1, 0] == pytest.approx(tilt[0, 0], abs=0.02)  # both are left and right
