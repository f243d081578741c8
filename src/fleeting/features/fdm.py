"""FDM, the facial dynamics map: the principal direction of the flow in each cuboid of a clip.

Source: Xu, Zhang and Wang, TAFFC 2017: one direction per cuboid, after the motion of the whole face is taken away. The
rest is unconfirmed, so ours: flow between neighbouring frames of a clip of 10 frames by TIM; of each flow its mode, by
cells of 1/32 px, is taken away; 8 x 8 cuboids over the whole clip; the direction d, a unit vector, with the largest sum
of max(0, v . d) over the vectors v of a cuboid, found exactly; and as two numbers per cuboid, d times the mean of
max(0, v . d). That sum is |S|, S the sum of the v with v . d > 0, and d = S / |S|, so the numbers are S over the count.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..options import Options
from ..types import Floats
from .block_grid import Grid, borders
from .clip_flow import clip_flows
from .descriptor import BlockDescriptor, BlockOptions
from .grey_clip import Resample
from .optical_flow import Method

Complexes = npt.NDArray[np.complex128]
CELLS = 32
"""Per px: cells in which the mode of a flow is looked for."""
TURN = 1e-9
"""Radians past a vector up to which those opposite have been passed, too."""
CUBOIDS: Any = ((8, 8),)


class FDMOptions(BlockOptions):
    """Options of the feature `fdm`."""

    frames: int = Field(10, ge=2)
    """Length that clips are brought to."""
    resample: Resample = "tim"
    """How a clip is brought to that length: linearly between frames, or by TIM, along a curve through all of them."""
    grid: Grid = CUBOIDS
    """Cuboids: a list of levels, each a number (8 for 8 x 8) or [rows, columns]; the levels are concatenated."""
    method: Method = "tvl1"
    """Flow estimator, see optical_flow."""


class FDM(BlockDescriptor):
    """Feature `fdm`: frames of one clip in; per cuboid the principal motion (dx, dy), px per step."""

    Options: type[Options] = FDMOptions
    NAME = "fdm"
    options: FDMOptions

    @property
    def block_length(self) -> int:
        """Numbers per cuboid."""
        return 2

    def of_flows(self, flows: Floats) -> Floats:
        """(length,) of the flows between neighbouring frames, (T - 1, H, W, 2) px."""
        rest = np.stack([flow - modal_displacement(flow) for flow in flows]).astype(np.float64)
        motion = rest.view(np.complex128)[..., 0]
        means = []
        for rows, columns in self.options.grid:
            down, across = borders(motion.shape[1], rows), borders(motion.shape[2], columns)
            for top, bottom in pairwise(down):
                for left, right in pairwise(across):
                    cuboid = motion[:, top:bottom, left:right].ravel()
                    means.append(principal_sum(cuboid) / len(cuboid))
        return np.array(means).view(np.float64).astype(np.float32)

    def _describe(self, volume: Floats) -> Floats:
        return self.of_flows(clip_flows(volume, "steps", self.options.method))


def modal_displacement(flow: Floats) -> Floats:
    """The centre (dx, dy) of the fullest cell of a flow (H, W, 2); of several the one with the least dx, then dy."""
    cells = np.rint(flow.reshape(-1, 2).astype(np.float64) * CELLS).astype(np.int64)
    low = cells.min(0)
    height = int(cells[:, 1].max() - low[1]) + 1
    keys, counts = np.unique((cells[:, 0] - low[0]) * height + cells[:, 1] - low[1], return_counts=True)
    fullest = keys[counts.argmax()]
    centre: Floats = (np.array([fullest // height, fullest % height]) + low).astype(np.float32) / CELLS
    return centre


def principal_sum(vectors: Complexes) -> np.complex128:
    """The longest sum of those of the vectors (N,), each x + iy, that lie in one half plane; 0 if all are 0.

    As a half plane turns about the origin, its content changes where a vector enters or leaves: each time is tried.
    """
    vectors = vectors[vectors != 0]
    if not len(vectors):
        return np.complex128(0)
    angles = np.angle(vectors)
    order = np.argsort(angles)
    angles, vectors = angles[order], vectors[order]
    twice = np.concatenate([angles, angles + 2 * np.pi])
    sums = np.concatenate([[0], np.cumsum(np.concatenate([vectors, vectors]))])
    opposite = np.searchsorted(twice, angles + (np.pi + TURN))
    after = sums[opposite] - sums[1 : len(angles) + 1]  # just past a vector: one half plane lost it, the other has it
    candidates = np.concatenate([after, sums[len(vectors)] - after])
    longest: np.complex128 = candidates[(candidates.real**2 + candidates.imag**2).argmax()]
    return longest
