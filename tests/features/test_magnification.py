"""Eulerian magnification is what its formulas say, in time and in space."""

import cmath
import math
from itertools import pairwise

import numpy as np
import pytest

from fleeting.features.grey_clip import grey_clip
from fleeting.features.magnification import PRESETS, band, factors, magnified
from fleeting.features.tim import tim

CLIP = np.random.default_rng(0).uniform(0, 255, (9, 23, 26)).astype(np.float32)
KERNEL = (1, 4, 6, 4, 1)


def share(rate, first, last):
    """What frame `first` has in the low pass of frame `last`, written out."""
    return (1 - rate) ** (last - first) * (rate if first else 1)


def test_linear_preset_is_that_of_the_written_out_weights():
    """W_it = a ((1 - r1)^(t - i) r1^b - (1 - r2)^(t - i) r2^b), b = min(1, i), and W_00 = 0."""
    expected = CLIP.astype(np.float64)
    for t in range(9):
        for i in range(t + 1):
            expected[t] += 20 * (share(0.4, i, t) - share(0.05, i, t)) * CLIP[i]
    np.testing.assert_allclose(magnified(CLIP, "linear"), expected, atol=1e-3)


def mirrored(place, length):
    return length - 1 - abs(length - 1 - abs(place)) if length > 1 else 0


def smaller(image):
    """Every second place of the image blurred by 1 4 6 4 1."""
    rows, columns = len(image), len(image[0])

    def at(y, x):
        around = [
            (mirrored(y + a, rows), mirrored(x + b, columns), KERNEL[a + 2] * KERNEL[b + 2])
            for a in STEPS
            for b in STEPS
        ]
        return sum(weight * image[row][column] for row, column, weight in around) / 256

    return [[at(y, x) for x in range(0, columns, 2)] for y in range(0, rows, 2)]


STEPS = (-2, -1, 0, 1, 2)


def larger(image, rows, columns):
    """Nothing between the places of the image, then blurred by the same, four times as strong."""
    wide = [[0.0 if y % 2 or x % 2 else image[y // 2][x // 2] for x in range(columns)] for y in range(rows)]

    def at(y, x):
        around = [
            (mirrored(y + a, rows), mirrored(x + b, columns), KERNEL[a + 2] * KERNEL[b + 2])
            for a in STEPS
            for b in STEPS
        ]
        return sum(weight * wide[row][column] for row, column, weight in around) / 64

    return np.array([[at(y, x) for x in range(columns)] for y in range(rows)])


def test_bands_of_the_pyramid_are_multiplied_by_their_factors():
    setting = PRESETS["elbptop-smic"]
    change = band(CLIP, setting.fast, setting.slow)[5]
    levels = [change]
    for _ in range(3):
        levels.append(np.array(smaller(levels[-1].tolist())))
    assert [level.shape for level in levels] == [(23, 26), (12, 13), (6, 7), (3, 4)]
    bands = [level - larger(below.tolist(), *level.shape) for level, below in pairwise(levels)]
    second, third = factors((23, 26), 8, 16)[1:]
    expected = larger((second * bands[1] + larger((third * bands[2]).tolist(), 12, 13)).tolist(), 23, 26)
    np.testing.assert_allclose(magnified(CLIP, "elbptop-smic")[5] - CLIP[5], expected, atol=1e-3)


def test_factor_of_a_level_is_bounded_by_its_wavelength():
    """112 px: w = 52.8 px, d = 16 / (8 * 21); w / (8 d) - 1 = 68.3, 33.6, 16.3, 7.7, 3.3."""
    bound = math.hypot(112, 112) / 3 * 21 / 16
    expected = [0, 20, bound / 4 - 1, bound / 8 - 1, bound / 16 - 1]
    np.testing.assert_allclose(factors((112, 112), 20, 16), expected)
    assert expected[2] == pytest.approx(16.32, abs=0.01)
    assert factors((20, 20), 1, 64) == [0, 0, 0]


def test_published_presets():
    assert PRESETS["elbptop"].gain == PRESETS["linear"].gain == 20
    assert PRESETS["elbptop-smic"].gain == 8
    assert PRESETS["butterworth"].gain == 16
    assert [PRESETS[name].wavelength for name in PRESETS] == [16, 16, None, 16]


@pytest.mark.parametrize(("part", "frequency"), [("fast", 4), ("slow", 0.3)])
def test_butterworth_halves_the_power_at_its_frequency(part, frequency):
    b0, b1, a1 = getattr(PRESETS["butterworth"], part)
    late = cmath.exp(-2j * math.pi * frequency / 200)
    assert abs((b0 + b1 * late) / (1 + a1 * late)) == pytest.approx(math.sqrt(0.5))
    assert (b0 + b1) / (1 + a1) == pytest.approx(1)


@pytest.mark.parametrize("preset", PRESETS)
def test_first_frame_and_still_clips_stay(preset):
    np.testing.assert_array_equal(magnified(CLIP, preset)[0], CLIP[0])
    still = np.repeat(CLIP[:1], 5, axis=0)
    np.testing.assert_allclose(magnified(still, preset), still, atol=1e-3)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_change_grows_in_its_own_direction(preset):
    grating = np.sin(np.arange(112) * 2 * np.pi / 20) * np.ones((112, 1))
    clip = np.stack([128 + step * grating for step in (0, 0.5, 1)]).astype(np.float32)
    moved = (magnified(clip, preset)[2] - 128)[20:-20, 20:-20]
    assert (moved * grating[20:-20, 20:-20]).mean() > 1.3 * np.square(grating).mean()


def test_clip_is_magnified_before_it_is_resampled():
    clip = CLIP[:, :20, :20] / 4 + 90
    expected = np.clip(tim(magnified(clip, "elbptop"), 5), 0, 255)
    np.testing.assert_allclose(grey_clip(clip, 5, 20, "tim", "elbptop"), expected, atol=0.01)
    assert magnified(CLIP, "linear").max() > 255
    assert grey_clip(CLIP[:, :20, :20], 5, 20, magnify="linear").max() == 255
