"""3DHOG: histograms of gradient directions on the planes XY, XT and YT in a few cubes of the face.

Source: Polikovsky, Kameda and Ohta, 2009 (12 regions) and 2013 (8 cubes). Unconfirmed, so ours: cubes are blocks of a
4 x 2 grid over the whole clip; 8 bins on XY, 12 on XT and YT; a 3 x 3 binomial filter, then Sobel's along x, y and t;
votes by the magnitude within the plane, each plane of sum 1; bins centred on multiples of their width.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from ..options import Options
from ..types import Floats
from .block_grid import Grid, shares
from .descriptor import BlockDescriptor, BlockOptions
from .gradients import difference, plane_histograms, smoothed

BINS = {"xy": 8, "xt": 12, "yt": 12}
CUBES: Any = ((4, 2),)


class HOG3DOptions(BlockOptions):
    """Options of the feature `hog-3d`."""

    frames: int = Field(16, ge=3)
    """Length that clips are brought to."""
    size: int = Field(112, ge=5)
    """Side that the frames are resized to, px."""
    grid: Grid = CUBES
    """Cubes: a list of levels, each a number (8 for 8 x 8) or [rows, columns]; the levels are concatenated."""


class HOG3D(BlockDescriptor):
    """Feature `hog-3d`: frames of one clip in; per cube 8 directions on XY and 12 on XT and on YT, each of sum 1."""

    Options: type[Options] = HOG3DOptions
    NAME = "hog-3d"
    options: HOG3DOptions

    @property
    def block_length(self) -> int:
        """Numbers per cube."""
        return sum(BINS.values())

    def _describe(self, volume: Floats) -> Floats:
        values = smoothed(smoothed(volume.astype(np.float64), 1), 2)
        gradient = []
        for axis in range(3):
            slope = difference(values, axis)
            for other in {0, 1, 2} - {axis}:
                slope = smoothed(slope, other)
            gradient.append(slope)
        planes = [
            shares(plane_histograms(gradient, plane, bins, self.options.grid, True)) for plane, bins in BINS.items()
        ]
        return np.concatenate(planes, axis=1).ravel()
