import numpy as np
import pytest

from drawn_face import IOD, landmarks
from fleeting.synthesis.measurement.regions import OUTSIDE, REGIONS, face_map
from fleeting.types import AU_NUMBERS

CHART = face_map(landmarks(), (128, 128))


def region_at(index):
    x, y = np.rint(landmarks()[index]).astype(int)
    return REGIONS[CHART.region[y, x]]


@pytest.mark.parametrize(
    ("index", "region"), [(19, "brow"), (37, "eye"), (30, "nose"), (48, "mouth"), (57, "mouth"), (8, "chin")]
)
def test_landmarks_lie_in_their_region(index, region):
    assert region_at(index) == region


def test_corners_of_the_image_are_no_face():
    assert CHART.region[-1, 0] == CHART.region[-1, -1] == OUTSIDE


def test_every_unit_has_regions_and_a_direction():
    for au in AU_NUMBERS:
        assert CHART.reach(au).any()
        assert CHART.probe(au) is not None


def test_regions_are_symmetric_on_a_symmetric_face():
    assert (CHART.region == CHART.region[:, ::-1]).mean() > 0.97


def test_probe_reads_a_shift_along_its_direction_in_eye_distances():
    down = np.zeros((128, 128, 2), np.float32)
    down[..., 1] = 4.4
    assert (CHART.probe(15) * down).sum() == pytest.approx(4.4 / IOD, rel=1e-3)
    assert (CHART.probe(1) * down).sum() == pytest.approx(-4.4 / IOD, rel=1e-3)


def test_probe_of_the_lip_corners_reads_widening_and_no_shift():
    wider = np.zeros((128, 128, 2), np.float32)
    wider[..., 0] = np.sign(np.arange(128) - 63.5)
    assert (CHART.probe(20) * wider).sum() == pytest.approx(1 / IOD, rel=1e-3)
    assert (CHART.probe(20) * np.array([1, 0], np.float32)).sum() == pytest.approx(0, abs=1e-5)


def test_directions_turn_with_the_head():
    turned = (landmarks() - 64) @ np.array([[0, 1], [-1, 0]], np.float32) + 64  # image x runs down the eyes
    chart = face_map(turned.astype(np.float32), (128, 128))
    along = chart.axes[1] * np.float32(2)
    assert (chart.probe(15) * along).sum() == pytest.approx(2 / IOD, rel=1e-3)
