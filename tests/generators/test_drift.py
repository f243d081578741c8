"""What head, eyes, tremor and light add, as fields."""

import dataclasses

import cv2
import numpy as np
import pytest

from drawn_face import IOD, drawn_face, landmarks
from fleeting.generators.drift import Drift
from fleeting.generators.nuisance import NO_NUISANCE, NuisanceOptions, draw

FACE = drawn_face(160, 128)
SHAPE = 80, 64
DRIFT = Drift(FACE, SHAPE)
EYES = landmarks()[36:48].reshape(2, 6, 2).mean(1)
MIDDLE = EYES.mean(0)


def field(**parts):
    """(3, 80, 64) of a disturbance in which only `parts` are not zero."""
    nothing = draw(NO_NUISANCE, [np.random.default_rng(0)], [True])[0]
    arrays = {name: np.array(value, np.float32) for name, value in parts.items()}
    return DRIFT.field(DRIFT.change(dataclasses.replace(nothing, **arrays)))


def test_no_disturbance_adds_nothing():
    assert not field().any()


def test_affine_part_is_a_slope_about_the_point_between_the_eyes():
    dx, dy, light = field(affine=[[0.5, 0.1, 0.0], [-0.25, 0.0, 0.2]])
    x, y = ((np.arange(count) * 2 + 0.5 - middle) / IOD for count, middle in zip(SHAPE[::-1], MIDDLE, strict=True))
    np.testing.assert_allclose(dx, np.tile(IOD * (0.5 + 0.1 * x), (80, 1)), atol=1e-3)
    np.testing.assert_allclose(dy, np.tile(IOD * (-0.25 + 0.2 * y)[:, None], (1, 64)), atol=1e-3)
    assert not light.any()


def test_gaze_moves_both_irises_and_nothing_else():
    dx, dy, light = field(gaze=(0.02, -0.01))
    for x, y in EYES:
        column, row = int(x / 2), int(y / 2)
        assert dx[row, column] == pytest.approx(0.02 * IOD, rel=0.15)
        assert dy[row, column] == pytest.approx(-0.01 * IOD, rel=0.15)
    assert np.abs(dx[40:]).max() < 1e-4
    assert not light.any()


def test_tremor_is_the_coarse_field_enlarged_by_cubic_interpolation():
    tremor = np.random.default_rng(1).standard_normal((8, 7, 2)).astype(np.float32)
    expected = IOD * cv2.resize(tremor, SHAPE[::-1], interpolation=cv2.INTER_CUBIC)
    np.testing.assert_allclose(np.moveaxis(field(tremor=tremor)[:2], 0, -1), expected, atol=1e-3)


def test_light_is_a_level_and_a_slope_and_moves_nothing():
    found = field(light=(0.03, 0.01, -0.02))
    assert not found[:2].any()
    row, column = 50, 10
    x, y = (np.array([2 * column, 2 * row]) + 0.5 - MIDDLE) / IOD
    assert found[2, row, column] == pytest.approx(0.03 + 0.01 * x - 0.02 * y, abs=1e-5)


def test_fields_of_two_disturbances_add_up():
    first, second = DRIFT.change(draw(NuisanceOptions(), [np.random.default_rng(seed) for seed in (1, 2)], [True] * 2))
    np.testing.assert_allclose(DRIFT.field(first + second), DRIFT.field(first) + DRIFT.field(second), atol=1e-4)


def test_start_is_in_pixels_of_the_face():
    nothing = draw(NO_NUISANCE, [np.random.default_rng(0)], [True])[0]
    start = DRIFT.start(dataclasses.replace(nothing, start=np.array([0.5, -0.25], np.float32)))
    np.testing.assert_allclose(start, [0.5 * IOD, -0.25 * IOD], rtol=1e-5)
