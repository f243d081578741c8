"""Dense motion from the onset to each step of a growing expression."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ...features.tvl1 import TVL1Options, tvl1_flow
from ...types import Floats, Image

WIDTH = 128
"""px: all frames are measured at this width, so that generators of different sizes can be compared."""
SOLVER = TVL1Options(scales=2)
"""Two levels are enough where each step begins at the motion of the one before."""


def measured_grey(frames: Image) -> Image:
    """(T, H, W, 3) uint8 RGB -> (T, h, WIDTH) uint8 grey of the same proportions.

    Small frames are enlarged, since the flow of 64 px images misses twice as much of a small motion.
    """
    height, width = frames.shape[1:3]
    size = (WIDTH, max(1, round(height * WIDTH / width)))
    kind = cv2.INTER_AREA if width > WIDTH else cv2.INTER_CUBIC
    greys = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    return np.stack([grey if width == WIDTH else cv2.resize(grey, size, interpolation=kind) for grey in greys])


def ladder(frames: Image) -> Iterator[tuple[Floats, Image]]:
    """Follow N expressions step by step.

    Args:
        frames: (N, T, h, w) uint8 grey; frame 0 is the onset, the others are ever stronger.

    Yields:
        For each later frame the flow from the onset (N, h, w, 2) float32 px, and that frame with the flow undone
        (N, h, w) uint8: it shows the onset again as far as motion explains the change.

    A step's flow is estimated between the onset and the frame taken back by the flow of the step before, and added to
    that: TV-L1 alone loses a fifth of a motion of 10 px and more, and half of the strongest (docs/generators.md).
    Frames that equal their onset have no motion, whatever the step before found.
    """
    onsets = frames[:, 0]
    total = np.zeros((*onsets.shape, 2), np.float32)
    for step in range(1, frames.shape[1]):
        here = frames[:, step]
        moved = (here != onsets).any((1, 2))
        total[~moved] = 0
        if moved.any():
            nearly = undone(here[moved], total[moved])
            rest = tvl1_flow(onsets[moved], nearly, SOLVER)
            total[moved] = [_continued(one, other) for one, other in zip(total[moved], rest, strict=True)]
        yield total, undone(here, total)


def undone(frames: Image, flows: Floats) -> Image:
    """(N, h, w) uint8: what each frame shows at its pixels plus the flow; its edge repeated outside."""
    return np.stack(
        [
            cv2.remap(frame, *_targets(flow), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
            for frame, flow in zip(frames, flows, strict=True)
        ]
    )


def _continued(first: Floats, rest: Floats) -> Floats:
    """The flow (h, w, 2) that follows `rest` and, from where that leads, `first`."""
    further = cv2.remap(first, *_targets(rest), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    both: Floats = rest + further
    return both


def _targets(flow: Floats) -> tuple[Floats, Floats]:
    """Where each pixel has gone, x and y (h, w)."""
    down, across = np.indices(flow.shape[:2], dtype=np.float32)
    return across + flow[..., 0], down + flow[..., 1]
