"""The checks on one face, each with a face that just fails it."""

import cv2
import numpy as np
import pytest

from fleeting.errors import FaceError
from fleeting.faces.embedded import EmbeddedFaces
from fleeting.faces.geometry import STANDARD, align, eye_centres
from fleeting.faces.options import FacesOptions
from fleeting.faces.quality import check, measure
from fleeting.faces.reading import read_image

OPTIONS = FacesOptions()


@pytest.fixture
def portrait():
    candidate = EmbeddedFaces(OPTIONS).candidates()[0]
    return read_image(candidate.path, OPTIONS), candidate.landmarks.copy()


def reason(image, landmarks, options=OPTIONS):
    with pytest.raises(FaceError) as caught:
        check(measure(image, landmarks, STANDARD), image, landmarks, options)
    return caught.value.problem


def test_a_portrait_passes_and_is_measured(portrait):
    measures = measure(*portrait, STANDARD)
    check(measures, *portrait, OPTIONS)
    assert measures.eye_distance == pytest.approx(84.4, abs=0.5)
    assert measures.roll == pytest.approx(-2.5, abs=0.3)
    assert abs(measures.nose_offset) < 0.02
    assert measures.outside == 0


@pytest.mark.parametrize(
    ("move", "expected"),
    [((14, 0), "not frontal (yaw)"), ((0, -25), "not frontal (pitch)"), ((0, 25), "not frontal (pitch)")],
)
def test_a_displaced_nose_is_a_turned_head(portrait, move, expected):
    image, landmarks = portrait
    landmarks[30] += move
    assert reason(image, landmarks) == expected


def test_a_rolled_head_is_refused_by_its_limit_only(portrait):
    image, landmarks = portrait
    check(measure(image, landmarks, STANDARD), image, landmarks, FacesOptions(max_roll=3))
    assert reason(image, landmarks, FacesOptions(max_roll=2)) == "head rolled"


def test_a_small_face_is_refused(portrait):
    image, landmarks = portrait
    small = cv2.resize(image, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA)
    assert reason(small, landmarks * 0.3) == "face too small"


def test_a_face_cut_by_the_border_is_refused(portrait):
    image, landmarks = portrait
    edge = int(landmarks[39, 0])  # through the eye on the image's left
    assert reason(image[:, edge:], landmarks - np.float32([edge, 0])) == "cut by the border"
    top = int(landmarks[17:27, 1].min()) - 1  # just above the brows: all landmarks inside, the crop is not
    assert reason(image[top:], landmarks - np.float32([0, top])) == "cut by the border"


@pytest.mark.parametrize("brightness", [1.0, 0.4])
def test_a_blurred_face_is_refused_at_any_brightness(portrait, brightness):
    image, landmarks = portrait
    blurred = cv2.GaussianBlur(image, (0, 0), 4)
    assert reason((blurred * brightness).astype(np.uint8), landmarks) == "blurred"


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_alignment_of_a_resized_image_gives_the_same_crop(portrait, factor):
    """Guards the half pixel between resize and warp."""
    image, landmarks = portrait
    resized = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    crop, points = align(resized, (landmarks + 0.5) * factor - 0.5, STANDARD)
    plain, _ = align(image, landmarks, STANDARD)
    np.testing.assert_allclose(np.ravel(eye_centres(points)), [32, 34, 96, 34], atol=0.01)
    one, two = (cv2.GaussianBlur(cv2.cvtColor(x, cv2.COLOR_RGB2GRAY), (0, 0), 2).astype(float) for x in (crop, plain))
    shift, _ = cv2.phaseCorrelate(one, two, cv2.createHanningWindow((128, 128), cv2.CV_64F))
    assert np.hypot(*shift) < 0.1
