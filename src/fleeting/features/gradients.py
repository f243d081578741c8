"""Gradients of a clip where all neighbours are known, and histograms of their directions.

Convention: a volume is (T, rows, columns), axes t, y, x. The angle of (x, y) is that of atan2(y, x); bin k of B is
centred on 2 pi k / B where `start` is -pi / B, and begins there where `start` is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..types import Floats, Image
from .block_grid import block_histograms
from .local_binary_pattern import PLANES

Doubles = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.floating[Any]]
TIE = 1e-9
"""Of a bin: a direction this close below a bin's edge is on it, so that rounding errors decide nothing."""


def difference(volume: Doubles, axis: int) -> Doubles:
    """Central difference along an axis, per step; the axis loses one at each end."""
    ahead: Doubles = _cut(volume, axis, 2, 0) - _cut(volume, axis, 0, 2)
    return ahead / 2


def smoothed(volume: Doubles, axis: int) -> Doubles:
    """The binomial mean (1, 2, 1) / 4 along an axis, which loses one at each end."""
    total: Doubles = _cut(volume, axis, 0, 2) + 2 * _cut(volume, axis, 1, 1) + _cut(volume, axis, 2, 0)
    return total / 4


def direction_codes(x: Numbers, y: Numbers, bins: int, start: float) -> Image:
    """Which of `bins` equal sectors the vectors (x, y) lie in, the first of which begins at the angle `start`."""
    turns = (np.arctan2(y.astype(np.float64), x.astype(np.float64)) - start) / (2 * np.pi) * bins
    codes: Image = (np.floor(turns + TIE).astype(np.int64) % bins).astype(np.uint8)
    return codes


def plane_histograms(
    gradient: Sequence[Doubles], plane: str, bins: int, grid: Sequence[tuple[int, int]], by_magnitude: bool
) -> Doubles:
    """Directions of the gradient within a plane, per block; the angles turn as those of local_binary_pattern.py.

    Args:
        gradient: its parts along t, y and x, each (T, rows, columns).
        plane: one of PLANES.
        bins: centred on multiples of 2 pi / bins.
        grid: as block_histograms.
        by_magnitude: a voxel votes with the length of its gradient within the plane, else with 1; without one never.

    Returns:
        (blocks, bins) sums.
    """
    first, second, sign = PLANES[plane]
    along, across = gradient[first], sign * gradient[second]
    length = np.hypot(along, across)
    votes: Floats | Doubles = length if by_magnitude else (length > 0).astype(np.float64)
    sums: Doubles = block_histograms(direction_codes(along, across, bins, -np.pi / bins), grid, bins, votes)
    return sums


def _cut(volume: Doubles, axis: int, begin: int, end: int) -> Doubles:
    return volume[(slice(None),) * axis + (slice(begin, volume.shape[axis] - end),)]
