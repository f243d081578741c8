"""Optical flow within a grey volume, the input of every descriptor of motion."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ..types import Floats
from .optical_flow import Method, optical_flows

Pairs = Literal["ends", "first", "steps"]


def clip_flows(volume: Floats, pairs: Pairs, method: Method) -> Floats:
    """Flow between frames of a volume (T, H, W) of grey values, which are rounded to whole levels for it.

    Args:
        volume: as grey_clip gives it.
        pairs: from the first frame to the last (1 flow), from the first to every other, or from each to the next.
        method: see optical_flow.

    Returns:
        (1 or T - 1, H, W, 2) float32 px, (dx, dy), x right, y down.
    """
    grey = np.rint(volume).astype(np.uint8)
    if pairs == "ends":
        return optical_flows(grey[:1], grey[-1:], method)
    first = grey[:-1] if pairs == "steps" else np.broadcast_to(grey[:1], grey[1:].shape)
    return optical_flows(first, grey[1:], method)
