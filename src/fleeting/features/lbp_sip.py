"""LBP-SIP: the six points where the planes of LBP-TOP meet, as one spatial and one temporal code.

Source: Wang, See, Phan and Oh, ACCV 2014; 16 + 4 = 20 numbers per block, and R = 3 with 85 blocks (1,700 numbers) in
the cross-database benchmark. Ours: the order of the bits.
"""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from ..options import Options
from ..types import Floats
from .block_grid import block_histograms, shares
from .descriptor import BlockDescriptor, BlockOptions
from .lbp_top import need_codes
from .local_binary_pattern import margins, pattern, ring

SPATIAL, TEMPORAL = 16, 4
Step = Annotated[int, Field(ge=1)]


class LBPSIPOptions(BlockOptions):
    """Options of the feature `lbp-sip`."""

    radii: tuple[Step, Step, Step] = (3, 3, 3)
    """Rx, Ry in px of the resized frame and Rt in frames; 1 is usual outside the cross-database benchmark."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        need_codes(self, self.radii)
        return self


class LBPSIP(BlockDescriptor):
    """Feature `lbp-sip`: frames of one clip in; per block a spatial (16) and a temporal (4) histogram of sum 1."""

    Options: type[Options] = LBPSIPOptions
    NAME = "lbp-sip"
    options: LBPSIPOptions

    @property
    def block_length(self) -> int:
        """Numbers per block."""
        return SPATIAL + TEMPORAL

    def _describe(self, volume: Floats) -> Floats:
        radii = self.options.radii[::-1]
        spatial, temporal = ring("xy", 4, radii), [(radii[0], 0, 0), (-radii[0], 0, 0)]
        parts = []
        for offsets, bins in ((spatial, SPATIAL), (temporal, TEMPORAL)):
            codes = pattern(volume, offsets, margins(radii), "rounded")  # no point lies between pixels
            parts.append(shares(block_histograms(codes, self.options.grid, bins)))
        return np.concatenate(parts, axis=1).ravel()
