"""Where the apex of an early macro-expression lies, and how action units run from onset to apex."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np

from ..types import Floats

ApexRule = Literal["integer", "fraction", "fraction-of-rows"]
"""paper: a whole frame in [floor(alpha n), floor(beta n)]; the two releases: int(n U) and int((n + 1) U)."""


def apex_index(rng: np.random.Generator, n: int, *, alpha: float, beta: float, rule: ApexRule) -> int:
    """Draw the apex frame of a rise of n frames, at least 1 and at most n - 1.

    Args:
        rng: the source of chance.
        n: frames from the neutral one (index 0) to the peak (index n - 1), 2 or more.
        alpha: lower share of the rise, 0..1.
        beta: upper share of the rise, alpha..1.
        rule: see ApexRule. "fraction-of-rows" counts the CSV's header line as a frame, as the public code does.

    Source: MiE-X paper, section 4.2 and supplement; public code for the two others. The clamp is ours: for the
    shortest clips floor(alpha n) is 0, which would make the apex the onset.
    """
    if rule == "integer":
        # + 1e-9: .3 * 10 is a hair below or above 3 in floating point; the paper means 3.
        low, high = int(alpha * n + 1e-9), int(beta * n + 1e-9)
        index = int(rng.integers(low, high + 1))
    else:
        share = alpha + (beta - alpha) * rng.random()
        index = int((n if rule == "fraction" else n + 1) * share)
    return min(max(index, 1), n - 1)


def ramp(apex: Floats, frames: int) -> Floats:
    """(frames, 17) float32: row k is k / (frames - 1) of `apex` (17,); two frames give zero and apex.

    Source: the expert sequences of the video variant, MiE-X paper section 5.2 (10 frames).
    """
    return _times(frames) * apex.astype(np.float32)


@cache
def _times(frames: int) -> Floats:
    """(frames, 1) float32 from 0 to 1; kept, since making it costs more than the rest of a draw."""
    times: Floats = np.linspace(0, 1, frames, dtype=np.float32)[:, None]
    return times


def resample(track: Floats, frames: int) -> Floats:
    """(frames, 17) float32: `track` (n, 17) at `frames` evenly spaced times, first and last row kept, linear between.

    Source: ours; the paper does not say how tracks of different lengths were brought to one.
    """
    at = np.linspace(0, len(track) - 1, frames)
    low = np.minimum(at.astype(int), max(len(track) - 2, 0))
    high = np.minimum(low + 1, len(track) - 1)
    share = (at - low)[:, None]
    return np.asarray(track[low] * (1 - share) + track[high] * share, np.float32)
