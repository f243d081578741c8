"""The shape and tone of identity variation as pure functions."""

import numpy as np
import pytest

from fleeting.faces.embedded import EmbeddedFaces
from fleeting.faces.geometry import alignment, apply
from fleeting.faces.options import FacesOptions
from fleeting.faces.tone import draw_tone
from fleeting.faces.variation import Shape, draw_shape, mirrored, normal_frame


@pytest.fixture
def landmarks():
    points = EmbeddedFaces(FacesOptions()).candidates()[0].landmarks
    return apply(alignment(points), points)


def test_strength_zero_moves_nothing(landmarks):
    shape = draw_shape(landmarks, 0.0, np.random.default_rng(0))
    np.testing.assert_array_equal(shape.backward(landmarks), landmarks)


def test_the_grid_equals_the_map_point_by_point(landmarks):
    shape = draw_shape(landmarks, 1.5, np.random.default_rng(1))
    xs, ys = np.linspace(-1, 1, 7), np.linspace(-0.5, 1.5, 5)
    grid = np.stack(shape.backward_grid(xs, ys), axis=-1)
    points = shape.backward(np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2))
    np.testing.assert_allclose(grid.reshape(-1, 2), points, atol=1e-12)


def test_landmarks_solve_the_map_and_the_map_never_folds(landmarks):
    xs, ys = np.linspace(-1.1, 1.1, 45), np.linspace(-0.6, 1.6, 45)
    step = xs[1] - xs[0]
    for seed in range(100):
        shape = draw_shape(landmarks, 1.5, np.random.default_rng(seed))
        assert abs(shape.backward(shape.forward(landmarks)) - landmarks).max() < 0.05 / 64
        bx, by = shape.backward_grid(xs, ys)
        area = np.gradient(bx, step, axis=1) * np.gradient(by, step, axis=0)
        area -= np.gradient(bx, step, axis=0) * np.gradient(by, step, axis=1)
        assert area.min() > 0.15


def test_a_widened_mouth_has_its_corners_farther_apart():
    """The sign: M > 0 spreads the varied face, though the map goes backwards."""
    corners = np.array([[-0.3, 1.0], [0.3, 1.0]])
    wide = Shape(np.array([[0.0, 1.0]]), np.array([[0.5, 0.3]]), np.array([[[0.2, 0.0], [0.0, 0.0]]]), np.zeros((1, 2)))
    left, right = wide.forward(corners)
    assert left[0] < -0.33
    assert right[0] > 0.33


def test_mirroring_twice_gives_the_face_back_and_keeps_the_sides(landmarks):
    flipped = mirrored(landmarks)
    assert flipped[36, 0] < 0 < flipped[45, 0]
    assert flipped[48, 0] < flipped[54, 0]
    np.testing.assert_allclose(mirrored(flipped), landmarks)


def test_the_normal_frame_of_an_aligned_face_is_the_unit_frame(landmarks):
    middle, distance = normal_frame(landmarks)
    np.testing.assert_allclose(middle, [0, 0], atol=1e-9)
    assert distance == pytest.approx(1)


def test_tone_keeps_black_and_white_and_the_order_of_levels():
    for seed in range(50):
        curve = draw_tone(0.5, 1.5, np.random.default_rng(seed)).curve[:, 0]
        assert curve[0].max() < 16
        assert curve[-1].min() > 239
        assert (np.diff(curve, axis=0) > 0).all()


def test_a_bright_face_is_not_made_brighter_still():
    grey = np.full((8, 8, 3), 200, np.uint8)
    means = [
        draw_tone(200 / 255, 1.5, np.random.default_rng(seed)).apply(grey, np.zeros(8), np.zeros(8)).mean()
        for seed in range(60)
    ]
    assert max(means) < 212
    assert min(means) < 150
