"""Puts drawn frames before the camera: the nuisance of `warp`, on frames whose expression is already there.

`warp` moves skin and head in one resampling; a network's frame is moved by head, eyes and tremor afterwards, in one
resampling of its own, then lit and recorded. That is a camera's order: its noise comes after every motion.
Source: ours.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...types import AUSequence, Face, Floats, Image
from ..drift import Drift
from ..nuisance import LIDS, Disturbance, record


def asked(aus: AUSequence, disturbance: Disturbance) -> Floats:
    """(T, 17) float32 in 0..1: what a network can be asked for, which has no left and right.

    A unit that one half of the face shows less is asked for at the mean of both halves; so is the blink that the
    disturbance adds.
    """
    values = aus.values * (aus.sides * disturbance.sides[:, None]).mean(0)
    values[:, LIDS] += _time(len(values)) * disturbance.lids.mean()
    clipped: Floats = values.clip(0, 1).astype(np.float32)
    return clipped


def recorded(frames: Floats, face: Face, disturbance: Disturbance, rng: np.random.Generator) -> Image:
    """(T, H, W, 3) uint8 RGB: the frames of one sample with its head motion, light and sensor noise.

    Args:
        frames: (T, H, W, 3) float32 RGB, 0..255, from onset to apex.
        face: whose landmarks say where the head turns and the irises are.
        disturbance: the sample's own.
        rng: gives the places in the noise tile.
    """
    height, width = frames.shape[1:3]
    drift = Drift(face, (height, width))
    change, start = drift.change(disturbance), drift.start(disturbance)
    camera = float(disturbance.noise), int(disturbance.quality)
    down, across = np.indices((height, width), dtype=np.float32)
    result = np.empty(frames.shape, np.uint8)
    for index, (frame, time) in enumerate(zip(frames, _time(len(frames)), strict=True)):
        dx, dy, light = drift.field(time * change)
        places = across - start[0] - dx, down - start[1] - dy
        moved = cv2.remap(frame, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        result[index] = record(moved * (1 + light)[..., None], *camera, rng)
    return result


def _time(count: int) -> Floats:
    """(T,) float32 from 0 at the onset to 1 at the apex."""
    return np.linspace(0, 1, count, dtype=np.float32)
