"""Bi-WOOF: directions of the onset-to-apex flow, weighted by magnitude within a block and by strain between blocks.

Source: Liong, See, Wong and Phan, Signal Processing: Image Communication 2018, and the authors' public code: 5 x 5
blocks, 8 bins from -180 degrees, each block of sum 1 times its sum of optical strain, the whole of length 1. Ours: the
borders of blocks (block_grid.py), as theirs overlap by 1 to 2 px, and that a block or a clip without motion is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from ..options import Options
from ..types import Floats
from .block_grid import Grid, block_histograms, shares
from .clip_flow import clip_flows
from .descriptor import BlockDescriptor, BlockOptions
from .gradients import direction_codes
from .optical_flow import Method
from .optical_strain import optical_strain

BINS = 8
BLOCKS: Any = ((5, 5),)


class BiWOOFOptions(BlockOptions):
    """Options of the feature `bi-woof`."""

    frames: int = Field(2, ge=2)
    """Length that clips are brought to; the flow is that from the first frame, the onset, to the last, the apex."""
    fewest: int = Field(2, ge=2)
    """A clip of fewer frames is refused; onset and apex are all that is looked at."""
    grid: Grid = BLOCKS
    """Blocks: a list of levels, each a number (8 for 8 x 8) or [rows, columns]; the levels are concatenated."""
    method: Method = "tvl1"
    """Flow estimator, see optical_flow."""


class BiWOOF(BlockDescriptor):
    """Feature `bi-woof`: frames of one clip in; per block 8 directions of the flow, the whole of length 1."""

    Options: type[Options] = BiWOOFOptions
    NAME = "bi-woof"
    options: BiWOOFOptions

    @property
    def block_length(self) -> int:
        """Numbers per block."""
        return BINS

    def of_flows(self, flows: Floats) -> Floats:
        """(length,) of the one flow (1, H, W, 2) px."""
        grid, strain = self.options.grid, optical_strain(flows)
        codes = direction_codes(flows[..., 0], flows[..., 1], BINS, -np.pi)
        local = shares(block_histograms(codes, grid, BINS, np.hypot(flows[..., 0], flows[..., 1])))
        vector = (local * block_histograms(np.zeros_like(codes), grid, 1, strain)).ravel()
        length = np.linalg.norm(vector)
        result: Floats = (vector / (length if length > 0 else 1)).astype(np.float32)
        return result

    def _describe(self, volume: Floats) -> Floats:
        return self.of_flows(clip_flows(volume, "ends", self.options.method))
