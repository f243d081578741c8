"""Where a macro-expression that starts and ends neutral rises: its last neutral frame and its peak."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter, uniform_filter1d

from ..types import AU_NUMBERS, Floats

NOT_EXPRESSION = (25, 26, 45)
"""Left out of the search: speech opens the mouth and blinks close the eyes in every clip."""

WINDOW = 5
"""Frames of the median and of the mean filter: 1/6 s at 30 frames a second."""
PEAK_SHARE = 0.9
ONSET_SHARE = 0.1
NEUTRAL_SHARE = 0.5
LEAST_RISE = 0.1
"""Sum of intensities, = half an OpenFace unit; below, it is noise."""


@dataclass(frozen=True, slots=True)
class Rise:
    """A span of rows of a track."""

    onset: int
    """Last neutral row."""
    peak: int
    """First row at the peak's level."""


def find_rise(values: Floats) -> Rise | str:
    """Find the rise of a clip, or say why there is none.

    The curve is the sum of 14 action units (all but 25, 26 and 45), median-filtered against dropouts, then averaged.
    The peak is the first frame at 90 % of the way from the neutral level to the curve's maximum, so a held expression
    does not stretch the rise. The neutral level is the median of the quietest tenth of the frames before the maximum.
    The onset is the last frame before the peak within 10 % of that level.

    Args:
        values: (n, 17) float32 in 0..1.

    Returns:
        The rise, at least 4 rows long because of the filters, or the reason for leaving the clip out, one of: 'clip
        shorter than 10 frames', 'no rise above the neutral level', 'no neutral frames before the peak'.

    Source: ours.
    """
    if len(values) < 2 * WINDOW:
        return f"clip shorter than {2 * WINDOW} frames"
    curve = _activity(values)
    top = int(np.argmax(curve))
    neutral, quietest = _level(curve[: top + 1]), _level(curve)
    height = float(curve[top]) - neutral
    if float(curve[top]) - quietest < LEAST_RISE:
        return "no rise above the neutral level"
    if neutral - quietest > NEUTRAL_SHARE * (float(curve[top]) - quietest):
        return "no neutral frames before the peak"
    peak = int(np.argmax(curve >= neutral + PEAK_SHARE * height))
    before = np.flatnonzero(curve[: peak + 1] <= neutral + ONSET_SHARE * height)
    if len(before) == 0:
        return "no neutral frames before the peak"
    return Rise(int(before[-1]), peak)


def _activity(values: Floats) -> npt.NDArray[np.float64]:
    used = [index for index, number in enumerate(AU_NUMBERS) if number not in NOT_EXPRESSION]
    total = values[:, used].sum(axis=1, dtype=np.float64)
    smooth: npt.NDArray[np.float64] = uniform_filter1d(
        median_filter(total, WINDOW, mode="nearest"), WINDOW, mode="nearest"
    )
    return smooth


def _level(curve: npt.NDArray[np.float64]) -> float:
    """The median of the quietest tenth (at least 3 frames) of a curve."""
    return float(np.median(np.sort(curve)[: max(3, len(curve) // 10)]))
