"""Eulerian magnification: what flickers at a place of the frame within a band of frequencies is made stronger.

Source: Wu et al., SIGGRAPH 2012. Two low-pass filters follow each pixel in time; their difference B is the change that
is amplified. With a cutoff wavelength c and a gain a, level l of the Laplacian pyramid of B is multiplied by min(a,
w / (8 d) - 1), d = c / (8 (1 + a)), where w, the wavelength of the level, is a third of the frame's diagonal, halved
from level to level; the finest level and the rest of the pyramid are dropped. Without a cutoff all of B counts a times.
Ours: grey clips only; bands as long as a side has 5 px; a factor below 0 counts as 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.ndimage import correlate1d

from ..types import Floats

Doubles = npt.NDArray[np.float64]
Preset = Literal["", "elbptop", "elbptop-smic", "linear", "butterworth"]
LowPass = tuple[float, float, float]
"""(b0, b1, a1) of l(t) = b0 x(t) + b1 x(t - 1) - a1 l(t - 1), from l(0) = x(0)."""
SMALLEST = 5
"""px: a level with a shorter side is the rest of the pyramid."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a preset stands for."""

    fast: LowPass
    slow: LowPass
    gain: float
    wavelength: float | None
    """Cutoff, px; None: no pyramid."""


def _recursive(rate: float) -> LowPass:
    """The share `rate` of each new frame, per frame whatever the frame rate."""
    return rate, 0.0, rate - 1


def _butterworth(frequency: float, fps: float) -> LowPass:
    """First order, -3 dB at `frequency`."""
    slope = math.tan(math.pi * frequency / fps)
    return slope / (1 + slope), slope / (1 + slope), (slope - 1) / (slope + 1)


PRESETS: dict[str, Setting] = {
    "elbptop": Setting(_recursive(0.4), _recursive(0.05), 20, 16),
    "elbptop-smic": Setting(_recursive(0.4), _recursive(0.05), 8, 16),
    "linear": Setting(_recursive(0.4), _recursive(0.05), 20, None),
    "butterworth": Setting(_butterworth(4, 200), _butterworth(0.3, 200), 16, 16),
}
"""Extended LBP-TOP on CASME II and SAMM, and on SMIC; the form without a pyramid; .3 to 4 Hz at 200 fps."""


def magnified(volume: Floats, preset: str) -> Floats:
    """(T, H, W) grey to the same shape, float32, not cut off at 0 and 255; the first frame stays.

    Args:
        volume: consecutive frames at the clip's own rate.
        preset: one of PRESETS.
    """
    setting = PRESETS[preset]
    change = band(volume, setting.fast, setting.slow)
    if setting.wavelength is None:
        amplified = setting.gain * change
    else:
        amplified = _amplified(change, setting.gain, setting.wavelength)
    result: Floats = (volume + amplified).astype(np.float32)
    return result


def band(volume: Floats, fast: LowPass, slow: LowPass) -> Doubles:
    """The fast low pass less the slow one, (T, ...); 0 in the first frame."""
    values = volume.astype(np.float64)
    change = np.zeros_like(values)
    quick, steady = values[0], values[0]
    for step in range(1, len(values)):
        now, before = values[step], values[step - 1]
        quick = fast[0] * now + fast[1] * before - fast[2] * quick
        steady = slow[0] * now + slow[1] * before - slow[2] * steady
        change[step] = quick - steady
    return change


def factors(shape: tuple[int, int], gain: float, wavelength: float) -> list[float]:
    """What each band of the pyramid of (rows, columns) is multiplied by, the finest first; the rest is dropped."""
    rows, columns = shape
    length = math.hypot(rows, columns) / 3
    result = []
    while min(rows, columns) >= SMALLEST:
        result.append(min(gain, max(0.0, length * (1 + gain) / wavelength - 1)))
        rows, columns, length = (rows + 1) // 2, (columns + 1) // 2, length / 2
    return [0.0, *result[1:]]


def _amplified(change: Doubles, gain: float, wavelength: float) -> Doubles:
    """The sum of the bands of each frame (T, H, W), each times its factor."""
    bands, rest = [], change
    for factor in factors((change.shape[1], change.shape[2]), gain, wavelength):
        blurred = _blurred(rest, 1)[:, ::2, ::2]
        bands.append(factor * (rest - _grown(blurred, rest)))
        rest = blurred
    total = np.zeros_like(rest)
    for part in reversed(bands):
        total = part + _grown(total, part)
    return total


def _grown(frames: Doubles, like: Doubles) -> Doubles:
    """Frames of half the size of `like` at its size."""
    wide = np.zeros_like(like)
    wide[:, ::2, ::2] = frames
    return _blurred(wide, 2)


def _blurred(frames: Doubles, strength: int) -> Doubles:
    """Frames (T, H, W) times the binomial kernel of 5 x 5, of sum strength^2, mirrored at the edges."""
    kernel = np.array([1, 4, 6, 4, 1]) * strength / 16
    blurred: Doubles = correlate1d(correlate1d(frames, kernel, 1, mode="mirror"), kernel, 2, mode="mirror")
    return blurred
