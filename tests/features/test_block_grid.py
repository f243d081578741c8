"""Blocks are cut as in the released features, and all of them are counted at once."""

import numpy as np
import pytest

from fleeting.errors import OptionsError
from fleeting.features.block_grid import HIERARCHY, block_count, block_histograms, borders, shares
from slow_texture import block_shares


@pytest.mark.parametrize(
    ("length", "count", "cuts"),
    [
        (106, 1, [0, 106]),
        (106, 2, [0, 53, 106]),
        (106, 4, [0, 27, 54, 81, 106]),
        (106, 8, [0, 13, 26, 39, 52, 65, 78, 91, 106]),
        (10, 4, [0, 3, 6, 9, 10]),
    ],
)
def test_blocks_are_of_the_rounded_width_and_the_last_takes_the_rest(length, count, cuts):
    assert borders(length, count).tolist() == cuts


@pytest.mark.parametrize(("length", "count"), [(12, 8), (3, 8), (28, 8)])
def test_a_last_block_without_a_pixel_is_refused(length, count):
    with pytest.raises(OptionsError, match=f"{length} px cannot be cut into {count} blocks"):
        borders(length, count)


def test_the_hierarchy_has_85_blocks():
    assert block_count(HIERARCHY) == 85


def test_histograms_of_levels_that_do_not_nest_are_those_of_a_loop():
    codes = np.random.default_rng(0).integers(0, 7, (3, 23, 37)).astype(np.uint8)
    grid = ((1, 1), (2, 3), (5, 4), (3, 7))
    counts = block_histograms(codes, grid, 7)
    assert counts.sum() == 4 * codes.size
    np.testing.assert_allclose(shares(counts), block_shares(codes.tolist(), grid, 7), atol=1e-7)
