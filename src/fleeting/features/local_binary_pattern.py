"""Local binary patterns of the three planes through every voxel of a clip.

Convention: a volume is (T, rows, columns), axes t, y, x. Bit k of a code is 1 where neighbour k is not darker than the
centre. With a = 2 pi k / P, neighbour k lies at (x + Rx cos a, y - Ry sin a) in plane XY, at (x + Rx cos a, t + Rt sin
a) in XT and at (y + Ry cos a, t + Rt sin a) in YT. Codes exist where the neighbours of all three planes lie inside.

Source: Zhao and Pietikäinen, PAMI 2007; the order of the bits is that of the released CDMER features
(docs/handcrafted.md). Ours: a neighbour less than 1e-6 grey levels darker counts as equal, so that rounding errors of
interpolation set no bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..types import Image

Sampling = Literal["bilinear", "rounded"]
Volume = npt.NDArray[np.floating[Any]]
Offset = tuple[float, float, float]
"""(t, y, x) of a neighbour, px and frames."""

PLANES: dict[str, tuple[int, int, int]] = {"xy": (2, 1, -1), "xt": (2, 0, 1), "yt": (1, 0, 1)}
"""Plane -> axis of the cosine, axis of the sine, sign of the sine."""
TIE = 1e-6


def ring(plane: str, points: int, radii: Sequence[float]) -> list[Offset]:
    """Offsets of the neighbours of one plane; `radii` along (t, y, x)."""
    first, second, sign = PLANES[plane]
    offsets = []
    for point in range(points):
        angle = 2 * math.pi * point / points
        offset = [0.0, 0.0, 0.0]
        offset[first] = round(radii[first] * math.cos(angle), 9)  # a cosine of a right angle is not quite 0
        offset[second] = round(sign * radii[second] * math.sin(angle), 9)
        offsets.append((offset[0], offset[1], offset[2]))
    return offsets


def margins(radii: Sequence[float]) -> tuple[int, int, int]:
    """Voxels without a code at each end of (t, y, x)."""
    t, y, x = (math.ceil(radius) for radius in radii)
    return t, y, x


def neighbour(volume: Volume, offset: Offset, margin: Sequence[int], sampling: Sampling) -> Volume:
    """The values at `offset` from every voxel that lies `margin` or more from the ends.

    Args:
        volume: (T, rows, columns) float.
        offset: (t, y, x).
        margin: (t, y, x); no axis of the offset may reach further.
        sampling: value at the nearest voxel, a half rounded up, or interpolated between those around.
    """
    if sampling == "rounded":
        offset = tuple(math.floor(step + 0.5) for step in offset)  # type: ignore[assignment]
    values = volume
    for axis in sorted(range(3), key=lambda axis: offset[axis] % 1 != 0):  # slicing is free, so it comes first
        low = math.floor(offset[axis])
        share = offset[axis] - low
        here = _part(values, axis, margin[axis] + low, values.shape[axis] - 2 * margin[axis])
        if share:
            there = _part(values, axis, margin[axis] + low + 1, values.shape[axis] - 2 * margin[axis])
            here = here + share * (there - here)
        values = here
    return values


def pattern(volume: Volume, offsets: Sequence[Offset], margin: Sequence[int], sampling: Sampling) -> Image:
    """The codes of all voxels that lie `margin` or more from the ends, from up to 8 neighbours: uint8."""
    if sampling == "bilinear":
        volume = volume.astype(np.float64, copy=False)
    least = neighbour(volume, (0, 0, 0), margin, sampling) - TIE
    codes = np.zeros(least.shape, np.uint8)
    for bit, offset in enumerate(offsets):
        codes |= (neighbour(volume, offset, margin, sampling) >= least).view(np.uint8) << np.uint8(bit)
    return codes


@cache
def uniform_bins(points: int) -> Image:
    """Bin of each of the 2^P codes: uniform ones (two changes between neighbours or less) in turn, then all others.

    Example:
        >>> uniform_bins(8).max() + 1, uniform_bins(4).max() + 1
        (np.uint8(59), np.uint8(15))
    """
    codes = np.arange(2**points)
    turned = codes >> 1 | (codes & 1) << (points - 1)
    uniform = np.bitwise_count(codes ^ turned) <= 2
    return np.where(uniform, np.cumsum(uniform) - 1, uniform.sum()).astype(np.uint8)


def _part(values: Volume, axis: int, start: int, length: int) -> Volume:
    return values[(slice(None),) * axis + (slice(start, start + length),)]
