"""STCLQP: sign, magnitude and orientation patterns on the planes XY, XT and YT, quantised with learnt codebooks.

`compute` gives the histograms of the 8-bit patterns themselves; `fitted_part` gives the codebooks, which a caller fits
on the training clips of a fold and which turn these histograms into histograms of words.

Source: Huang, Zhao, Hong, Zheng and Pietikäinen, Neurocomputing 2016: three components, and of each one codebook for
appearance (XY) and one for motion (XT, YT). Unconfirmed, so ours: R = 3, 8 x 8 blocks, 100 words by k-means, no
selection of words, and the orientation pattern. With c the centre and n_k the neighbours of a plane, bit k of a code is
sign [n_k >= c], magnitude [|n_k - c| >= m], m its mean over the plane's voxels and neighbours, and orientation
[g(n_k) . g(c) >= 0], g the central differences within the plane: the gradients are at most a right angle apart.
"""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from ..options import Options
from ..types import Floats, Image
from .block_grid import Grid, block_count, block_histograms, shares
from .descriptor import BlockDescriptor, BlockOptions
from .lbp_top import need_codes
from .local_binary_pattern import PLANES, TIE, Sampling, margins, neighbour, ring
from .pattern_codebook import PatternCodebooks

Doubles = npt.NDArray[np.float64]
CODES, COMPONENTS, POINTS = 256, 3, 8
Radius = Annotated[float, Field(gt=0)]


class STCLQPOptions(BlockOptions):
    """Options of the feature `stclqp`."""

    grid: Grid = ((8, 8),)
    """Blocks: a list of levels, each a number (8 for 8 x 8) or [rows, columns]; the levels are concatenated."""
    radii: tuple[Radius, Radius, Radius] = (3, 3, 3)
    """Rx, Ry in px of the resized frame and Rt in frames."""
    sampling: Sampling = "bilinear"
    """Value of a neighbour between pixels: interpolated, or that of the nearest pixel."""
    words: int = Field(100, ge=2, le=CODES)
    """Words of each codebook."""

    @property
    def reach(self) -> tuple[float, float, float]:
        """How far (x, y, t) a code looks: the neighbours' gradients look one step further."""
        x, y, t = self.radii
        return x + 1, y + 1, t + 1

    @model_validator(mode="after")
    def _fits(self) -> Self:
        need_codes(self, self.reach)
        return self


class STCLQP(BlockDescriptor):
    """Feature `stclqp`: frames of one clip in; per block and plane sign, magnitude and orientation, 256 codes each."""

    Options: type[Options] = STCLQPOptions
    NAME = "stclqp"
    options: STCLQPOptions

    @property
    def block_length(self) -> int:
        """Numbers per block before the codebooks; after them it is 9 * words."""
        return len(PLANES) * COMPONENTS * CODES

    def fitted_part(self, seed: int) -> PatternCodebooks:
        """Six codebooks: of each component one for plane XY and one for the planes XT and YT."""
        appearance, motion = tuple(range(COMPONENTS)), tuple(range(COMPONENTS, 2 * COMPONENTS))
        blocks = block_count(self.options.grid)
        return PatternCodebooks(appearance + motion + motion, blocks, self.options.words, seed)

    def _describe(self, volume: Floats) -> Floats:
        values = volume.astype(np.float64)
        slopes = [np.gradient(values, axis=axis) for axis in range(3)]
        histograms = [
            shares(block_histograms(codes, self.options.grid, CODES))
            for plane in PLANES
            for codes in self._codes(values, slopes, plane)
        ]
        return np.concatenate(histograms, axis=1).ravel()

    def _codes(self, values: Doubles, slopes: list[Doubles], plane: str) -> list[Image]:
        """Sign, magnitude and orientation codes of one plane."""
        sampling, margin = self.options.sampling, margins(self.options.reach[::-1])
        places = ring(plane, POINTS, self.options.radii[::-1])
        middle = (0.0, 0.0, 0.0)
        centre = neighbour(values, middle, margin, sampling)
        change = np.stack([neighbour(values, place, margin, sampling) - centre for place in places])
        aligned = np.zeros_like(change)
        for axis in PLANES[plane][:2]:
            own = neighbour(slopes[axis], middle, margin, sampling)
            for product, place in zip(aligned, places, strict=True):
                product += neighbour(slopes[axis], place, margin, sampling) * own
        size = np.abs(change)
        return [_packed(part >= -TIE) for part in (change, size - size.mean(), aligned)]


def _packed(bits: npt.NDArray[np.bool_]) -> Image:
    """(8, ...) bits -> codes, the first bit lowest."""
    codes: Image = np.packbits(bits, axis=0, bitorder="little")[0]
    return codes
