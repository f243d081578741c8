"""DCP-TOP: dual-cross patterns on the planes XY, XT and YT, block by block.

Source: Ding, Choi, Tao and Davis, PAMI 2016 (two circles of 4 and 6 px, 9 x 9 blocks), carried over to three planes as
in the MMEW paper. Unconfirmed, so ours: the formula below, the radii 1 and 2 along time, one histogram of sum 1 for
both crosses of a plane.

With O the voxel and A, B the points in direction i (of eight, 45 degrees apart) on the inner and the outer circle,
q = 2 [A >= O] + [B >= A]. The even directions make the first code, the odd ones the second: sum of q 4^k, k = 0..3.
"""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from ..options import Options
from ..types import Floats, Image
from .block_grid import Grid, block_histograms, shares
from .descriptor import BlockDescriptor, BlockOptions
from .lbp_top import need_codes
from .local_binary_pattern import PLANES, TIE, Sampling, Volume, margins, neighbour, ring

CODES = 256
Radius = Annotated[float, Field(gt=0)]


class DCPTOPOptions(BlockOptions):
    """Options of the feature `dcp-top`."""

    grid: Grid = ((9, 9),)
    """Blocks: a list of levels, each a number (8 for 8 x 8) or [rows, columns]; the levels are concatenated."""
    inner: tuple[Radius, Radius, Radius] = (4, 4, 1)
    """Rx, Ry in px and Rt in frames of the inner circle."""
    outer: tuple[Radius, Radius, Radius] = (6, 6, 2)
    """The same of the outer circle."""
    sampling: Sampling = "bilinear"
    """Value of a point between pixels: interpolated, or that of the nearest pixel."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if any(far < near for near, far in zip(self.inner, self.outer, strict=True)):
            raise ValueError(f"the outer circle lies outside the inner one, got inner {self.inner}, outer {self.outer}")
        need_codes(self, self.outer)
        return self


class DCPTOP(BlockDescriptor):
    """Feature `dcp-top`: frames of one clip in; per block 512 numbers for each of XY, XT, YT, each plane of sum 1."""

    Options: type[Options] = DCPTOPOptions
    NAME = "dcp-top"
    options: DCPTOPOptions

    @property
    def block_length(self) -> int:
        """Numbers per block: two codes on three planes."""
        return len(PLANES) * 2 * CODES

    def _describe(self, volume: Floats) -> Floats:
        planes = []
        for plane in PLANES:
            crosses = [block_histograms(codes, self.options.grid, CODES) for codes in self._codes(volume, plane)]
            planes.append(shares(np.concatenate(crosses, axis=1)))
        return np.concatenate(planes, axis=1).ravel()

    def _codes(self, volume: Volume, plane: str) -> list[Image]:
        options = self.options
        if options.sampling == "bilinear":
            volume = volume.astype(np.float64)
        margin = margins(options.outer[::-1])
        centre = neighbour(volume, (0, 0, 0), margin, options.sampling) - TIE
        circles = [ring(plane, 8, radii[::-1]) for radii in (options.inner, options.outer)]
        crosses = [np.zeros(centre.shape, np.uint8) for _ in range(2)]
        for direction, places in enumerate(zip(*circles, strict=True)):
            near, far = (neighbour(volume, place, margin, options.sampling) for place in places)
            bits = (near >= centre).view(np.uint8) << np.uint8(1) | (far >= near - TIE).view(np.uint8)
            crosses[direction % 2] |= bits << np.uint8(2 * (direction // 2))
        return crosses
