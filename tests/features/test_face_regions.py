"""The regions of MDMO lie where their names say, on either side alike."""

import csv
from importlib.resources import files

import numpy as np
import pytest

from fleeting.features.face_regions import mean_landmarks, region_masks, region_polygons

POINTS = mean_landmarks((128, 128), 34 / 128, 0.5)
with files("fleeting.features").joinpath("mdmo_regions.csv").open(encoding="utf-8") as file:
    NAMES = list(dict.fromkeys(row["name"] for row in csv.DictReader(file)))


def middle(name):
    return region_polygons(POINTS)[NAMES.index(name)].mean(0)


def test_mean_face_has_its_eyes_where_asked():
    eyes = POINTS[36:42].mean(0), POINTS[42:48].mean(0)
    np.testing.assert_allclose(eyes, [(32, 34), (96, 34)], atol=0.1)
    tall = mean_landmarks((160, 100), 0.4, 0.6)
    np.testing.assert_allclose([tall[36:42].mean(0), tall[42:48].mean(0)], [(20, 64), (80, 64)], atol=0.1)


def test_there_are_36_regions_in_pairs():
    assert len(NAMES) == 36
    assert [name.removesuffix("_right") for name in NAMES[::2]] == [name.removesuffix("_left") for name in NAMES[1::2]]


def test_regions_of_a_pair_mirror_each_other():
    polygons = region_polygons(POINTS)
    for right, left in zip(polygons[::2], polygons[1::2], strict=True):
        np.testing.assert_allclose(right * (-1, 1) + (128, 0), left, atol=0.05)
        assert right[:, 0].max() <= 64.01


def test_regions_lie_where_their_names_say():
    order = ["forehead_inner_left", "brow_inner_left", "lower_lid_inner_left", "cheek_inner_left", "upper_lip_left"]
    heights = [middle(name)[1] for name in [*order, "lower_lip_left", "chin_left"]]
    assert heights == sorted(heights)
    assert middle("brow_outer_left")[0] > middle("brow_inner_left")[0] > middle("glabella_left")[0] > 64
    corner = POINTS[54]
    assert np.hypot(*(middle("mouth_corner_left") - corner)) < 12


def test_regions_hardly_overlap_and_leave_the_eyes_out():
    masks = region_masks(POINTS, (128, 128))
    assert masks.shape == (36, 128, 128)
    assert (masks.sum((1, 2)) > 50).all()
    assert (masks.sum(0) > 1).sum() < 0.03 * masks.any(0).sum()
    assert not masks[:, 34, [32, 96]].any()


def test_mask_of_a_square_is_the_square():
    """All landmarks at one place but the four corners of one polygon: pixels from 10 to 19 lie inside."""
    points = np.full((68, 2), -50.0)
    points[[48, 49, 50, 51, 62, 61, 60]] = (
        (9.5, 9.5),
        (14, 9.5),
        (19.5, 9.5),
        (19.5, 14),
        (19.5, 19.5),
        (14, 19.5),
        (9.5, 19.5),
    )
    expected = np.zeros((30, 40), bool)
    expected[10:20, 10:20] = True
    np.testing.assert_array_equal(region_masks(points, (30, 40))[NAMES.index("upper_lip_right")], expected)


@pytest.mark.parametrize("shift", [200.0, -300.0])
def test_regions_outside_the_frame_are_empty(shift):
    assert not region_masks(POINTS + shift, (128, 128)).any()
