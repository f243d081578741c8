"""LBP-TOP: histograms of local binary patterns on the planes XY, XT and YT, block by block.

Source: Zhao and Pietikäinen, PAMI 2007. Defaults: the features of the cross-database benchmark (CDMER), 16 frames of
112 x 112 px, R = 3, P = 8, u2, 85 blocks of four levels: 85 * 3 * 59 = 15,045 numbers.
"""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from ..options import Options
from ..types import Floats
from .block_grid import HIERARCHY, block_histograms, shares
from .descriptor import BlockDescriptor, BlockOptions
from .local_binary_pattern import PLANES, Sampling, margins, pattern, ring, uniform_bins

Radius = Annotated[float, Field(gt=0)]
Points = Annotated[int, Field(ge=2, le=8)]


class LBPTOPOptions(BlockOptions):
    """Options of the feature `lbp-top`."""

    radii: tuple[Radius, Radius, Radius] = (3, 3, 3)
    """Rx, Ry in px of the resized frame and Rt in frames."""
    points: tuple[Points, Points, Points] = (8, 8, 8)
    """Neighbours on the planes XY, XT and YT."""
    uniform: bool = True
    """Whether codes with more than two changes share one bin (u2: 59 bins for 8 points), else 2^P bins."""
    sampling: Sampling = "bilinear"
    """Value of a neighbour between pixels: interpolated, or that of the nearest pixel as in older code."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        need_codes(self, self.radii)
        return self


class LBPTOP(BlockDescriptor):
    """Feature `lbp-top`: frames of one clip in, LBP-TOP histograms out; per block XY, XT, YT, each of sum 1."""

    Options: type[Options] = LBPTOPOptions
    NAME = "lbp-top"
    options: LBPTOPOptions

    @property
    def bins(self) -> tuple[int, ...]:
        """Bins of the planes XY, XT and YT."""
        points = self.options.points
        return tuple(int(uniform_bins(count).max()) + 1 if self.options.uniform else 2**count for count in points)

    @property
    def block_length(self) -> int:
        """Numbers per block: the bins of the three planes."""
        return sum(self.bins)

    def _describe(self, volume: Floats) -> Floats:
        options = self.options
        radii = options.radii[::-1]
        planes = []
        for plane, points, bins in zip(PLANES, options.points, self.bins, strict=True):
            codes = pattern(volume, ring(plane, points, radii), margins(radii), options.sampling)
            if options.uniform:
                codes = uniform_bins(points)[codes]
            planes.append(shares(block_histograms(codes, options.grid, bins)))
        return np.concatenate(planes, axis=1).ravel()


def need_codes(options: BlockOptions, radii: tuple[float, float, float]) -> None:
    """Check that a clip has room for neighbours `radii` (x, y, t) away on either side of a voxel.

    Raises:
        ValueError: it has not; pydantic turns this into an error of the recipe.
    """
    across, down, steps = (2 * margin + 1 for margin in margins(radii))
    if options.frames < steps:
        raise ValueError(f"a radius of {radii[2]:g} frames needs frames = {steps} or more, got {options.frames}")
    if options.size < max(across, down):
        raise ValueError(f"a radius of {max(radii[:2]):g} px needs size = {max(across, down)} or more")


def released_order() -> npt.NDArray[np.intp]:
    """Where each number of our default vector stands in the features released for CDMER, (15,045,).

    `released[:, released_order()]` puts them in our order. They hold each level plane by plane, and the blocks of a
    plane column by column, so 177 numbers that stand together are no block, except the first (docs/handcrafted.md).
    """
    bins, start, order = 59, 0, []
    for rows, columns in HIERARCHY:
        places = start + np.arange(3 * columns * rows * bins).reshape(3, columns, rows, bins)
        order.append(places.transpose(2, 1, 0, 3).ravel())
        start += places.size
    return np.concatenate(order)
