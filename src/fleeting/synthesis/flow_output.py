"""output = "flow": u/v/strain images of the exact motion with a model of what flow estimation adds, and no pixels.

The error model is ours: a smooth field (what TV-L1 spreads over skin without texture) and a grain (sensor noise), each
with its own strength per sample, and strain that breaks up into few strong points, as the strain of piecewise smooth
flow does. docs/features.md gives the errors measured on rendered frames.
"""

from __future__ import annotations

from functools import cache
from typing import cast

import cv2
import numpy as np

from ..errors import OptionsError
from ..faces.pool import FacePool
from ..features import optical_strain, stretch
from ..generators import Generator, KnowsMotion
from ..seeds import stream
from ..types import Floats, Image
from .plan import Planned

SIZE = 28
SMOOTH = (0.06, 0.30)
"""Range of the sd of the smooth error, px of the crop."""
GRAIN = (0.01, 0.06)
"""Range of the sd of the grain, px of the crop."""
PEAK = 0.6
"""Largest strain of an image over 255: the peaks of full-size strain mostly fall between the 28 x 28 points."""
TILE = 256
"""Side of the noise tile."""


def flow_images(generator: Generator, pool: FacePool, number: int, samples: list[Planned]) -> Image:
    """The (N, 28, 28, 3) uint8 images of N samples of identity `number`.

    Raises:
        OptionsError: the generator does not know its motion.
    """
    if not hasattr(generator, "motion_batch"):
        raise OptionsError(
            f"The generator {generator.name!r} does not state its motion.", cure='use output = "frames" or warp'
        )
    streams = [np.random.Generator(np.random.PCG64(sample.seed)) for sample in samples]
    face = pool.outline(number)
    motion = cast(KnowsMotion, generator).motion_batch(face, [sample.aus for sample in samples], streams, SIZE)
    for sample, rng in zip(motion, streams, strict=True):
        sample += _error(rng)
    grain = np.abs(np.stack([_window(rng)[..., 0] for rng in streams]))
    strain = optical_strain(motion) * (grain * grain * grain)  # the power operator takes ten times as long
    images = stretch(np.concatenate([motion, strain[..., None]], axis=-1))
    images[..., 2] = np.rint(images[..., 2] * np.float32(PEAK))
    return images


def _error(rng: np.random.Generator) -> Floats:
    """(28, 28, 2) float32 px."""
    smooth, grain = (np.float32(low + (high - low) * rng.random()) for low, high in (SMOOTH, GRAIN))
    coarse = rng.standard_normal((7, 7, 2), np.float32)
    field = cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    error: Floats = smooth * field + grain * _window(rng)
    return error


def _window(rng: np.random.Generator) -> Floats:
    """(28, 28, 2) float32 of unit noise: a random window of the tile, which costs less than a new draw."""
    top, left = (int(rng.random() * (TILE - SIZE)) for _ in range(2))
    return _tile()[top : top + SIZE, left : left + SIZE]


@cache
def _tile() -> Floats:
    """(TILE, TILE, 2) float32 of unit noise, drawn once."""
    return stream(0, "flow grain").standard_normal((TILE, TILE, 2), np.float32)
