"""The displacement and furrow tables, as fields on a face."""

import numpy as np
import pytest

from drawn_face import IOD, drawn_face, landmarks
from fleeting.generators import basis
from fleeting.types import AU_NUMBERS

FACE = drawn_face()
POINTS = landmarks()
FIELDS = basis.face_basis(FACE, (128, 128))
MOTION, SHADE = np.moveaxis(FIELDS[:, :, :2], 2, -1), FIELDS[:, :, 2]


def at(number, index, side=None):
    """(dx, dy) in IOD of a landmark under one unit at intensity 1; both halves, or side 0 = left, 1 = right."""
    motion = MOTION[:, AU_NUMBERS.index(number)]
    field = motion.sum(0) if side is None else motion[side]
    x, y = np.rint(POINTS[index]).astype(int)
    return field[y, x] / IOD


# Unit, the landmark on the subject's right (left in the image), and the signs of dx and dy there; 0 = not stated.
FACS = [
    (1, 21, 0, -1),
    (2, 18, 0, -1),
    (4, 21, 1, 1),
    (5, 37, 0, -1),
    (6, 41, 0, -1),
    (6, 36, 1, 0),
    (7, 40, 0, -1),
    (7, 38, 0, 1),
    (9, 31, -1, -1),
    (9, 21, 1, 1),
    (10, 50, 0, -1),
    (12, 48, -1, -1),
    (14, 48, -1, 0),
    (15, 48, 0, 1),
    (17, 57, 0, -1),
    (17, 8, 0, -1),
    (20, 48, -1, 0),
    (23, 48, 1, 0),
    (23, 51, 0, 1),
    (23, 57, 0, -1),
    (25, 51, 0, -1),
    (25, 57, 0, 1),
    (26, 8, 0, 1),
    (26, 57, 0, 1),
    (45, 37, 0, 1),
    (45, 40, 0, -1),
]
MIRRORED = {8: 8, 18: 25, 21: 22, 31: 35, 36: 45, 37: 44, 38: 43, 40: 47, 41: 46, 48: 54, 50: 52, 51: 51, 57: 57}


@pytest.mark.parametrize(("number", "index", "sideways", "down"), FACS)
def test_unit_moves_its_landmark_as_facs_says_on_both_sides(number, index, sideways, down):
    for place, sign in ((index, 1), (MIRRORED[index], -1)):
        dx, dy = at(number, place)
        assert sideways == 0 or sign * sideways * dx > 0.004
        assert down == 0 or down * dy > 0.004


def test_every_unit_is_in_the_table_above():
    assert {row[0] for row in FACS} == set(AU_NUMBERS)


@pytest.mark.parametrize("number", [1, 2, 4, 5, 7, 45])
def test_upper_face_unit_leaves_the_mouth_alone(number):
    assert max(np.abs(at(number, index)).max() for index in range(48, 68)) < 0.001


@pytest.mark.parametrize("number", [14, 15, 17, 20, 23, 25, 26])
def test_mouth_unit_leaves_eyes_and_brows_alone(number):
    assert max(np.abs(at(number, index)).max() for index in [*range(17, 27), *range(36, 48)]) < 0.001


@pytest.mark.parametrize(
    ("number", "index"),
    [(1, 21), (2, 18), (4, 21), (5, 37), (10, 49), (12, 48), (15, 48), (17, 57), (20, 48), (26, 8), (45, 37)],
)
def test_unit_is_strongest_near_its_muscle(number, index):
    right = np.hypot(*np.moveaxis(MOTION[:, AU_NUMBERS.index(number)].sum(0), -1, 0))[:, :65]
    y, x = np.unravel_index(right.argmax(), right.shape)
    assert np.hypot(*(POINTS[index] - [x, y])) < 0.3 * IOD


def test_frontalis_moves_the_skin_above_its_line_of_convergence_down():
    for number, index in ((1, 21), (2, 18)):
        x, y = np.rint(POINTS[index]).astype(int)
        column = MOTION[:, AU_NUMBERS.index(number), :, x, 1].sum(0)
        assert column[y] < -3
        assert column[y - int(0.55 * IOD)] > 0.5


def test_sizes_stand_in_the_order_of_facs():
    corner = {number: np.hypot(*at(number, 48)) for number in (12, 20, 14, 23)}
    assert corner[12] > corner[20] > corner[14] > corner[23]
    assert at(26, 8)[1] > 2 * -at(17, 8)[1]
    assert at(45, 37)[1] > 2 * -at(5, 37)[1]
    assert at(12, 48)[1] < 4 * at(14, 48)[1] < 0


def test_halves_are_mirror_images_on_a_symmetric_face():
    left, right = MOTION[0], MOTION[1, :, :, ::-1]
    np.testing.assert_allclose(left * [-1, 1], right, atol=2e-4)
    np.testing.assert_allclose(SHADE[0], SHADE[1, :, :, ::-1], atol=2e-5)


@pytest.mark.parametrize("number", [2, 4, 6, 12, 15, 20])
def test_left_half_does_not_move_the_right(number):
    fields = np.abs(MOTION[0, AU_NUMBERS.index(number)])
    assert fields[:, :40].max() < 0.03 * fields.max()
    assert fields[:, 64:].max() == fields.max()


def test_bumps_that_overlap_do_not_add_up():
    """The largest motion of a unit stays below the largest row of its table."""
    rows = basis.table("displacements")
    for index, number in enumerate(AU_NUMBERS):
        largest = max(np.hypot(float(row["lateral"]), float(row["down"])) for row in rows if row["au"] == str(number))
        for side in (0, 1):
            assert np.hypot(*np.moveaxis(MOTION[side, index], -1, 0)).max() <= largest * IOD + 1e-3


def test_motion_fades_out_at_the_border():
    tight = np.moveaxis(basis.face_basis(drawn_face(64, 64), (64, 64))[:, :, :2], 2, -1)
    edges = [tight[:, :, 0], tight[:, :, -1], tight[:, :, :, 0], tight[:, :, :, -1]]
    largest = np.abs(tight).max()
    assert np.abs(tight[:, :, 8:-8, 8:-8]).max() == largest
    assert max(np.abs(edge).max() for edge in edges) < 0.2 * largest
    assert basis._fade(np.array([-0.5, 63.5], np.float32), 64).tolist() == [0, 0]


def test_shade_stays_within_three_radii_of_a_furrow():
    rows, points = basis.table("furrows"), [row["point"] for row in basis.table("points")]
    centres, _ = basis.face_points(POINTS)
    y, x = np.mgrid[:128, :128]
    for index, number in enumerate(AU_NUMBERS):
        near = np.zeros((128, 128), bool)
        for row in (row for row in rows if row["au"] == str(number)):
            across, down = (float(row[name]) * IOD for name in ("radius_x", "radius_y"))
            for side in (0, 1):
                cx, cy = centres[side, points.index(row["point"])]
                near |= np.hypot((x - cx) / across, (y - cy) / down) < 3.2
        shade = SHADE[:, index].sum(0)
        assert np.abs(shade[near]).max() > 0.05
        assert np.abs(shade[~near]).max() < 0.003


def test_dark_and_bright_furrows_lie_where_the_skin_folds():
    shade = SHADE.sum(0)
    points, _ = basis.face_points(POINTS)
    names = [row["point"] for row in basis.table("points")]

    def value(number, point):
        x, y = np.rint(points[1, names.index(point)]).astype(int)
        return shade[AU_NUMBERS.index(number), y, x]

    assert value(4, "glabella_line") < -0.15
    assert value(12, "nasolabial_middle") < -0.1 < 0.02 < value(12, "cheek")
    assert value(25, "lip_gap") < -0.25
    assert value(45, "upper_lid") > 0.05


def test_fields_scale_with_the_face():
    """A face of twice the size in an image of twice the size moves by twice the pixels."""
    image = np.zeros((256, 256, 3), np.uint8)
    large = drawn_face(256, 256, image)
    big = type(large)("big", image, landmarks(256, 90.5, 2 * IOD), "", "")
    twice, once = (np.moveaxis(basis.face_basis(face, (64, 64)), 2, -1) for face in (big, FACE))
    np.testing.assert_allclose(twice, once * [2, 2, 1], atol=0.01)


def test_strength_scales_motion_and_furrows_and_the_second_factor_furrows_alone():
    changed = np.moveaxis(basis.face_basis(FACE, (128, 128), strength=0.5, furrows=3.0), 2, -1)
    np.testing.assert_allclose(changed, np.moveaxis(FIELDS, 2, -1) * [0.5, 0.5, 1.5], atol=1e-5)


def test_fields_follow_a_tilted_head_in_place():
    """Points are put in the head's own axes: a tilted face has its infra-orbital point below its eye, not beside it."""
    angle = np.deg2rad(20)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    centre = np.array([63.5, 63.5], np.float32)
    points, iod = basis.face_points(POINTS)
    turned, same = basis.face_points((POINTS - centre) @ turn + centre)
    assert same == pytest.approx(iod, rel=1e-5)
    np.testing.assert_allclose(turned, (points - centre) @ turn + centre, atol=1e-3)


def test_tables_name_only_known_points_and_all_units():
    known = {row["point"] for row in basis.table("points")}
    for name in ("displacements", "furrows"):
        rows = basis.table(name)
        assert {row["point"] for row in rows} <= known
        assert {int(row["au"]) for row in rows} == set(AU_NUMBERS)
        assert all(float(row[name]) > 0 for row in rows for name in ("radius_x", "radius_y"))


def test_digest_covers_every_table(monkeypatch):
    original = basis.digest()
    texts = {name: basis.text(name) for name in basis.TABLES}
    for name in basis.TABLES:
        changed = {**texts, name: texts[name].rpartition(",")[0]}
        monkeypatch.setattr(basis, "text", changed.__getitem__)
        assert basis.digest.__wrapped__() != original
