"""MBH is that of a loop, and does not see what the stretching of a flow image takes away."""

import math

import numpy as np
import pytest

from drawn_face import texture
from fleeting.errors import OptionsError, ShapeError
from fleeting.features import FEATURES, FlowImage, encode, optical_strain
from slow_motion import blocks, sector

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (3, 28, 28, 3), dtype=np.uint8)


def tool(**options):
    kind = FEATURES.load("mbh")
    return kind(kind.Options.parse(options))


def plain_loop(image, grid, bins):
    """Pixel by pixel: the directions of the gradients of u and of v in every block."""
    vector = []
    rows, columns = len(image) - 2, len(image[0]) - 2
    for top, bottom, left, right in blocks(rows, columns, grid):
        for channel in range(2):
            votes = [0.0] * bins
            for y in range(top + 1, bottom + 1):
                for x in range(left + 1, right + 1):
                    across = (float(image[y][x + 1][channel]) - float(image[y][x - 1][channel])) / 2
                    down = (float(image[y + 1][x][channel]) - float(image[y - 1][x][channel])) / 2
                    votes[sector(across, down, bins, -math.pi / bins)] += math.sqrt(across**2 + down**2)
            total = sum(votes)
            vector += [vote / total if total else 0.0 for vote in votes]
    return vector


@pytest.mark.parametrize(("grid", "bins"), [(((4, 4),), 8), (((1, 1), (2, 3)), 6)])
def test_descriptor_is_that_of_a_loop(grid, bins):
    found = tool(grid=grid, bins=bins).of_images(IMAGES)
    expected = [plain_loop(image.tolist(), grid, bins) for image in IMAGES]
    assert found.shape == (3, tool(grid=grid, bins=bins).length)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(("slope", "direction"), [((3, 0), 0), ((0, 3), 2), ((-3, 0), 4), ((2, -2), 7)])
def test_slope_of_u_is_counted_in_its_direction_and_v_has_none(slope, direction):
    y, x = np.mgrid[:12, :12]
    image = np.zeros((1, 12, 12, 3), np.uint8)
    image[0, ..., 0] = 100 + slope[0] * x + slope[1] * y
    found = tool(grid=[1]).of_images(image)[0]
    np.testing.assert_allclose(found, np.eye(16)[direction], atol=1e-6)


def test_motion_of_the_whole_face_and_strength_of_the_motion_do_not_matter():
    """What is lost where flow is stretched to 0..255; up to the rounding to whole levels."""
    flow = RNG.normal(0, 1, (28, 28, 2)).astype(np.float32)
    moved = 0.25 * flow + (3, -2)
    one, other = (encode(part, optical_strain(part)) for part in (flow, moved))
    np.testing.assert_allclose(tool().of_images(one[None]), tool().of_images(other[None]), atol=1e-3)


def test_frames_give_what_their_flow_image_gives():
    clip = np.stack([np.roll(texture(64, 56), step, axis=1) for step in (0, 1, 2)])
    image = FlowImage().compute(clip)
    np.testing.assert_array_equal(tool().compute(clip), tool().of_images(image[None])[0])
    assert tool().length == 4 * 4 * 16


@pytest.mark.parametrize("shape", [(28, 28, 3), (1, 28, 28, 1), (1, 2, 28, 3)])
def test_what_is_no_flow_image_is_refused(shape):
    with pytest.raises(ShapeError, match="no flow images"):
        tool().of_images(np.zeros(shape, np.uint8))


def test_options_that_leave_nothing_are_refused():
    for wrong in ({"size": 2}, {"bins": 1}, {"grid": []}):
        with pytest.raises(OptionsError, match=next(iter(wrong))):
            tool(**wrong)
