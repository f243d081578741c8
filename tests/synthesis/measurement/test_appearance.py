import numpy as np
import pytest

from drawn_face import texture
from fleeting.synthesis.measurement.appearance import clipped, likeness, unexplained

EVERYWHERE = np.ones((128, 128), bool)
AT_REST = np.zeros((128, 128, 2), np.float32)


def grey(seed=0):
    return texture(channels=1, seed=seed)[..., 0]


def test_an_equal_image_is_explained():
    strange, judged = unexplained(grey(), grey(), AT_REST)
    assert not strange.any()
    assert judged.all()


def test_a_painted_spot_is_unexplained_and_nothing_else_is():
    smooth = np.full((128, 128), 120, np.uint8)
    spot = smooth.copy()
    spot[40:60, 40:60] = 180
    strange, _ = unexplained(smooth, spot, AT_REST)
    assert strange[45:55, 45:55].all()
    assert not strange[:35].any()


def test_pixels_that_left_the_image_are_not_judged():
    away = AT_REST.copy()
    away[..., 0] = 10
    _, judged = unexplained(grey(), grey(), away)
    assert judged[:, :118].all()
    assert not judged[:, 118:].any()


def test_likeness_is_one_whatever_the_light():
    darker = (grey() * 0.5 + 20).astype(np.uint8)
    assert likeness(grey(), darker, 44.0, EVERYWHERE) == pytest.approx(1, abs=0.01)


def test_likeness_of_unrelated_images_is_small():
    assert abs(likeness(grey(), grey(1), 44.0, EVERYWHERE)) < 0.2


def test_likeness_of_nothing_cannot_be_told():
    assert likeness(grey(), grey(), 44.0, ~EVERYWHERE) is None
    assert likeness(np.zeros((128, 128), np.uint8), grey(), 44.0, EVERYWHERE) is None


def test_pixels_clipped_in_the_face_itself_do_not_count():
    face = np.full((10, 10, 3), 100, np.uint8)
    face[0] = 255
    frames = np.stack([face, face])
    frames[1, 1, :, 2] = 0
    np.testing.assert_allclose(clipped(frames, face), [0, 0.1])
