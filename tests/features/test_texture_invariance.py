"""What must not change a descriptor of grey values does not, and what turns a clip turns its codes."""

import numpy as np
import pytest

from fleeting.features import FEATURES

FRAMES, SIDE = 10, 38
GRID = ((1, 1), (2, 2))
"""Sides of 32 px have codes at a margin of 3: blocks of 16, also when mirrored."""
CLIP = np.random.default_rng(5).integers(0, 101, (FRAMES, SIDE, SIDE)).astype(np.uint8)
CURVE = np.cumsum(np.random.default_rng(6).integers(1, 4, 101)).astype(np.uint8)
"""Strictly rising grey curve of 101 levels."""
TOPS = {"lbp-top": {"uniform": False}, "dcp-top": {"inner": [2, 2, 1], "outer": [3, 3, 3]}}


def describe(name, clip, **options):
    kind = FEATURES.load(name)
    return kind(kind.Options.parse({"frames": FRAMES, "size": SIDE, "grid": GRID, **options})).compute(clip)


def by_plane(vector, bins):
    """(plane, block, bins)."""
    return vector.reshape(5, 3, bins).swapaxes(0, 1)


def turned(bins, order, step=1):
    """Bin that a code becomes when its digits of `step` bits are put in another order."""
    codes = np.arange(bins)
    mask = (1 << step) - 1
    return sum((codes >> step * k & mask) << step * place for k, place in enumerate(order))


MIRRORED_BLOCKS = [0, 2, 1, 4, 3]
HALF_TURN = [(4 - k) % 8 for k in range(8)]
"""Angle a becomes 180 degrees - a: x changes its sign."""
FLIPPED = [-k % 8 for k in range(8)]
"""Angle a becomes -a: the axis of the sine changes its sign."""


def test_a_grey_curve_changes_no_pattern_of_whole_pixels():
    for name, options in (
        ("lbp-top", {"sampling": "rounded"}),
        ("lbp-sip", {}),
        ("dcp-top", {"sampling": "rounded", **TOPS["dcp-top"]}),
    ):
        np.testing.assert_array_equal(describe(name, CURVE[CLIP], **options), describe(name, CLIP, **options))


@pytest.mark.parametrize(
    "name", ["lbp-top", "lbp-sip", "dcp-top", "stlbp-ip", "stclqp", "lpq-top", "hog-3d", "hog-top", "higo-top"]
)
def test_brightness_and_contrast_change_nothing(name):
    grid = {"grid": (2,)}
    np.testing.assert_array_equal(describe(name, CLIP * 2 + 40, **grid), describe(name, CLIP, **grid))


def test_mirrored_clip_turns_lbp_codes_of_the_planes_with_x():
    first = by_plane(describe("lbp-top", CLIP, uniform=False), 256)
    mirrored = by_plane(describe("lbp-top", CLIP[..., ::-1], uniform=False), 256)[:, MIRRORED_BLOCKS]
    for plane in (0, 1):
        assert (mirrored[plane] != first[plane]).any()
        np.testing.assert_array_equal(mirrored[plane][:, turned(256, HALF_TURN)], first[plane])
    np.testing.assert_array_equal(mirrored[2], first[2])


def test_clip_run_backwards_turns_lbp_codes_of_the_planes_with_t():
    first, back = (by_plane(describe("lbp-top", clip, uniform=False), 256) for clip in (CLIP, CLIP[::-1]))
    np.testing.assert_array_equal(back[0], first[0])
    for plane in (1, 2):
        np.testing.assert_array_equal(back[plane][:, turned(256, FLIPPED)], first[plane])


def test_transposed_clip_exchanges_the_planes_with_time():
    first, other = (by_plane(describe("lbp-top", clip), 59) for clip in (CLIP, CLIP.swapaxes(1, 2)))
    blocks = [0, 1, 3, 2, 4]
    np.testing.assert_array_equal(other[1][blocks], first[2])
    np.testing.assert_array_equal(other[2][blocks], first[1])


def test_mirrored_clip_exchanges_left_and_right_of_lbp_sip():
    first, mirrored = (describe("lbp-sip", clip).reshape(5, 20) for clip in (CLIP, CLIP[..., ::-1]))
    order = np.r_[turned(16, [2, 1, 0, 3]), 16:20]
    np.testing.assert_array_equal(mirrored[MIRRORED_BLOCKS][:, order], first)


def test_mirrored_clip_turns_both_crosses_of_dcp_top():
    options = TOPS["dcp-top"]
    first, mirrored = (by_plane(describe("dcp-top", clip, **options), 512)[0] for clip in (CLIP, CLIP[..., ::-1]))
    straight, diagonal = turned(256, [2, 1, 0, 3], 2), turned(256, [1, 0, 3, 2], 2)
    np.testing.assert_array_equal(mirrored[MIRRORED_BLOCKS][:, np.r_[straight, 256 + diagonal]], first)


def test_still_clip_has_no_motion_in_stlbp_ip():
    still = np.repeat(CLIP[:1], FRAMES, axis=0)
    vector = describe("stlbp-ip", still, grid=[2]).reshape(4, 630)
    assert (vector.nonzero()[1].reshape(4, 4) == [255, 511, 569, 628]).all()  # all neighbours equal, in all four parts


def test_still_clip_has_no_phase_along_time_in_lpq_top():
    """Without whitening the bits 2 and 3 of XT and YT are the frequency along time, here 0."""
    still = np.repeat(CLIP[:1], FRAMES, axis=0)
    planes = by_plane(describe("lpq-top", still, decorrelate=False), 256)
    seen = np.arange(256)[planes[1:].any((0, 1))]
    assert not (seen & 0b1100).any()
    assert (np.arange(256)[planes[0].any(0)] & 0b1100).any()
