"""HOG-TOP and HIGO-TOP: directions of the grey gradient on the planes XY, XT and YT, block by block.

Source: Li et al., TAFFC 2018: central differences, signed directions in 8 bins, votes by magnitude (HOG) or of 1
(HIGO), each block and plane of sum 1. Ours: bins centred on multiples of 45 degrees, angles turned as in LBP-TOP, only
voxels that have all their neighbours, and that a voxel without a gradient in a plane has no vote there.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from ..options import Options
from ..types import Floats
from .block_grid import shares
from .descriptor import BlockDescriptor, BlockOptions
from .gradients import difference, plane_histograms

Planes = Literal["top", "xyot", "xot", "yot"]
PARTS: dict[str, tuple[str, ...]] = {
    "top": ("xy", "xt", "yt"),
    "xyot": ("xt", "yt"),
    "xot": ("xt",),
    "yot": ("yt",),
}


class HOGTOPOptions(BlockOptions):
    """Options of the features `hog-top` and `higo-top`."""

    frames: int = Field(16, ge=3)
    """Length that clips are brought to; the paper's is 10."""
    size: int = Field(112, ge=3)
    """Side that the frames are resized to, px."""
    planes: Planes = "top"
    """Which planes: all three, XT and YT, XT alone, or YT alone."""
    bins: int = Field(8, ge=2, le=256)
    """Directions of a plane."""


class HOGTOP(BlockDescriptor):
    """Feature `hog-top`: frames of one clip in; per block 8 directions for each of XY, XT, YT, each plane of sum 1."""

    Options: type[Options] = HOGTOPOptions
    NAME = "hog-top"
    by_magnitude: ClassVar[bool] = True
    options: HOGTOPOptions

    @property
    def block_length(self) -> int:
        """Numbers per block: the bins of the planes."""
        return len(PARTS[self.options.planes]) * self.options.bins

    def _describe(self, volume: Floats) -> Floats:
        options, values = self.options, volume.astype(np.float64)
        gradient = []
        for axis in range(3):
            inside = values[tuple(slice(None) if other == axis else slice(1, -1) for other in range(3))]
            gradient.append(difference(inside, axis))
        planes = [
            shares(plane_histograms(gradient, plane, options.bins, options.grid, self.by_magnitude))
            for plane in PARTS[options.planes]
        ]
        return np.concatenate(planes, axis=1).ravel()


class HIGOTOP(HOGTOP):
    """Feature `higo-top`: the same with votes of 1, which the strength of the light does not change."""

    NAME = "higo-top"
    by_magnitude = False
