"""STLBP-IP: local binary patterns of the integral projections of a clip, block by block.

Each frame less the first is summed along the rows and along the columns of a block. Appearance: one-dimensional codes
of the eight neighbours within 4 px on either side, 256 bins per projection, averaged over the frames. Motion: the
projections of all frames make a texture (time by place), brought to `steps` rows; its u2 codes, 59 bins per projection.

Source: Huang, Wang, Zhao and Pietikäinen, ICCV workshops 2015; 2 * 256 + 2 * 59 = 630 numbers per block. Ours:
that 8 x 9 means 8 rows, the order of bits and parts, and that the first and last row stay when a texture is resized.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from ..options import Options
from ..types import Floats, Image
from .block_grid import Grid, Integers, borders
from .descriptor import BlockDescriptor, BlockOptions
from .grey_clip import resampled
from .local_binary_pattern import Sampling, pattern, ring, uniform_bins

Doubles = npt.NDArray[np.float64]
REACH, LINE_BINS, TEXTURE_BINS = 4, 256, 59
"""Neighbours on either side of a place of a projection; bins of the two kinds of codes."""


class STLBPIPOptions(BlockOptions):
    """Options of the feature `stlbp-ip`."""

    grid: Grid = ((8, 9),)
    """Blocks: a list of levels, each a number (8 for 8 x 8) or [rows, columns]; the levels are concatenated."""
    steps: int = Field(20, ge=3)
    """Rows that the motion texture is brought to: 20 in the paper on SMIC, 60 on CASME II."""
    radius: int = Field(1, ge=1)
    """Radius of the codes of the motion texture, px and rows."""
    sampling: Sampling = "bilinear"
    """Value of a neighbour between places of the motion texture: interpolated, or the nearest."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.steps < 2 * self.radius + 1:
            raise ValueError(f"a radius of {self.radius} needs steps = {2 * self.radius + 1} or more, got {self.steps}")
        if self.frames < 3:
            raise ValueError("a motion texture needs two frames beside the first, so frames = 3 or more")
        narrowest = max(2 * REACH, 2 * self.radius) + 1
        for rows, columns in self.grid:
            if min(np.diff(borders(self.size, count)).min() for count in (rows, columns)) < narrowest:
                raise ValueError(f"{rows} x {columns} blocks of {self.size} px are narrower than {narrowest} px")
        return self


class STLBPIP(BlockDescriptor):
    """Feature `stlbp-ip`: frames of one clip in; per block 256 + 256 + 59 + 59 numbers, each histogram of sum 1.

    In this order: appearance of the horizontal projection (a value per row) and of the vertical one, then motion.
    """

    Options: type[Options] = STLBPIPOptions
    NAME = "stlbp-ip"
    options: STLBPIPOptions

    @property
    def block_length(self) -> int:
        """Numbers per block."""
        return 2 * (LINE_BINS + TEXTURE_BINS)

    def _describe(self, volume: Floats) -> Floats:
        change = volume[1:].astype(np.float64) - volume[0]
        return np.concatenate([self._level(change, level) for level in self.options.grid])

    def _level(self, change: Doubles, level: tuple[int, int]) -> Floats:
        rows, columns = (borders(self.options.size, count) for count in level)
        result = np.empty((*level, self.block_length), np.float32)
        lines, textures = slice(0, LINE_BINS), slice(2 * LINE_BINS, 2 * LINE_BINS + TEXTURE_BINS)
        for column, line, texture in self._histograms(change.transpose(0, 2, 1), columns, rows):
            result[:, column, lines], result[:, column, textures] = line, texture
        lines, textures = slice(LINE_BINS, 2 * LINE_BINS), slice(2 * LINE_BINS + TEXTURE_BINS, None)
        for row, line, texture in self._histograms(change, rows, columns):
            result[row, :, lines], result[row, :, textures] = line, texture
        return result.ravel()

    def _histograms(self, change: Doubles, bands: Integers, cuts: Integers) -> Iterator[tuple[int, Floats, Floats]]:
        """For each band of the second axis, summed over: appearance and motion of the blocks along the third."""
        for band, (start, end) in enumerate(pairwise(bands)):
            projection = change[:, start:end].sum(1)
            line = _line_codes(projection)
            texture = self._texture_codes(resampled(projection, self.options.steps))
            yield band, _shares(line, cuts, REACH, LINE_BINS), _shares(texture, cuts, self.options.radius, TEXTURE_BINS)

    def _texture_codes(self, texture: Doubles) -> Image:
        radius = self.options.radius
        offsets = ring("xt", 8, (radius, radius, radius))
        codes = pattern(texture[:, None], offsets, (radius, 0, radius), self.options.sampling)[:, 0]
        return uniform_bins(8)[codes]


def _line_codes(projection: Doubles) -> Image:
    """(T, n) -> (T, n - 8) codes: bits 0 to 3 are the places 4 to 1 before, bits 4 to 7 those 1 to 4 after."""
    offsets = [(0.0, 0.0, float(step)) for step in range(-REACH, REACH + 1) if step]
    return pattern(projection[:, None], offsets, (0, 0, REACH), "rounded")[:, 0]


def _shares(codes: Image, cuts: Integers, margin: int, bins: int) -> Floats:
    """(blocks, bins): histograms of the codes whose neighbours lie in the same block, each of sum 1."""
    result = np.empty((len(cuts) - 1, bins), np.float32)
    for shares, (start, end) in zip(result, pairwise(cuts), strict=True):
        inside = codes[:, start : end - 2 * margin]  # the first code stands `margin` places from the start
        shares[:] = np.bincount(inside.ravel(), minlength=bins) / inside.size
    return result
