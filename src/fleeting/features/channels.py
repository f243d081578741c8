"""The channels that a recogniser can ask for: their names, and how each is made of frames and flow.

Convention: every channel is uint8 0..255. Motion channels of the onset-to-apex flow and the flow picture are stretched
to that range clip by clip; frames keep their grey levels; a flow of one step keeps its px, 128 + 100 px of the image.

- u (right +), v (down +), strain, magnitude: stretched at the size of the frames, then shrunk without averaging, as in
  the published flow images (flow_image.py).
- onset.r, .g, .b, .grey and apex.*: the first and the last frame, shrunk by averaging.
- flow.r, .g, .b: hue = direction of the flow, saturation = that of the apex frame, value = magnitude, stretched.
- flowK.u, flowK.v: the flow of step K of the K_max steps that end at the apex, between neighbouring frames.

Source: flow.*: Liu et al., NMER (FG 2019). Ours: the levels and the cut-off at 1.27 px of flowK.*, averaging by area.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Floats, Image
from .optical_strain import optical_strain

MOTION = ("u", "v", "strain", "magnitude")
FLOW_PICTURE = ("flow.r", "flow.g", "flow.b")
FRAMES = tuple(f"{frame}.{part}" for frame in ("onset", "apex") for part in ("r", "g", "b", "grey"))
STEP = re.compile(r"flow([1-9][0-9]*)\.([uv])")
NO_MOTION, LEVELS_PER_PX = 128, 100

Planes = dict[str, Image]
"""Channel -> (rows, columns) uint8."""
Pixels = TypeVar("Pixels", Image, Floats)


def unknown(channels: Iterable[str]) -> list[str]:
    """The names that are no channel's."""
    return [name for name in channels if name not in (*MOTION, *FLOW_PICTURE, *FRAMES) and not STEP.fullmatch(name)]


def needs_flow(channels: Iterable[str]) -> bool:
    """Whether the onset-to-apex flow is behind one of them."""
    return any(name in (*MOTION, *FLOW_PICTURE) for name in channels)


def step_count(channels: Iterable[str]) -> int:
    """The greatest K of the flowK.u and flowK.v; 0 where there are none."""
    return max((int(found[1]) for name in channels if (found := STEP.fullmatch(name))), default=0)


def motion_planes(flow: Floats, channels: Sequence[str], shape: tuple[int, int]) -> Planes:
    """Those of u, v, strain and magnitude that are asked for, of one (H, W, 2) flow in px.

    They are shrunk three at a time, as in the flow image: halving 1, 2 or 4 channels, OpenCV rounds in another way, and
    what a channel shows shall not depend on the channels beside it.
    """
    planes: Planes = {}
    if any(name in MOTION[:3] for name in channels):
        image = shrink(stretch(np.dstack([flow, optical_strain(flow)])), shape)
        planes |= {name: image[..., index] for index, name in enumerate(MOTION[:3])}
    if "magnitude" in channels:
        planes["magnitude"] = shrink(stretch(np.dstack([_magnitude(flow)] * 3)), shape)[..., 0]
    return planes


def flow_picture_planes(flow: Floats, apex: Image, channels: Sequence[str], shape: tuple[int, int]) -> Planes:
    """Those of flow.r, flow.g, flow.b that are asked for, of a flow and the apex frame (H, W, 3)."""
    if not any(name in FLOW_PICTURE for name in channels):
        return {}
    saturation = cv2.cvtColor(apex, cv2.COLOR_RGB2HSV)[..., 1]
    picture = average(coloured(flow, saturation, stretch(_magnitude(flow)[..., None])[..., 0]), shape)
    return {name: picture[..., index] for index, name in enumerate(FLOW_PICTURE)}


def coloured(flow: Floats, saturation: npt.ArrayLike, value: npt.ArrayLike) -> Image:
    """RGB (H, W, 3) of a flow (H, W, 2): hue = direction, red is right, green 120 degrees clockwise.

    Args:
        flow: px.
        saturation: (H, W) in 0..255.
        value: (H, W) in 0..255.
    """
    angle = np.arctan2(flow[..., 1], flow[..., 0]) % (2 * np.pi)
    hue = np.rint(angle * (90 / np.pi)).astype(np.int64) % 180  # OpenCV counts hue in steps of 2 degrees
    planes = np.dstack([hue, saturation, value]).astype(np.uint8)
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_HSV2RGB), np.uint8)


def frame_planes(frames: Image, channels: Sequence[str], shape: tuple[int, int]) -> Planes:
    """Those of the onset.* and apex.* that are asked for, of the frames (T, H, W, 3)."""
    planes: Planes = {}
    for name, frame in (("onset", frames[0]), ("apex", frames[-1])):
        if any(f"{name}.{part}" in channels for part in "rgb"):
            small = average(frame, shape)
            planes |= {f"{name}.{part}": small[..., index] for index, part in enumerate("rgb")}
        if f"{name}.grey" in channels:
            planes[f"{name}.grey"] = average(np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8), shape)
    return planes


def step_planes(flows: Floats, shape: tuple[int, int]) -> Planes:
    """flow1.u, flow1.v, ... of the (K, H, W, 2) flows of K steps; px become px of the small image."""
    planes: Planes = {}
    rows, columns = shape
    for number, flow in enumerate(flows, start=1):
        small = average(flow, shape) * np.array([columns / flow.shape[1], rows / flow.shape[0]], np.float32)
        levels = np.clip(np.rint(NO_MOTION + LEVELS_PER_PX * small), 1, 255).astype(np.uint8)  # 1 mirrors 255
        planes |= {f"flow{number}.{axis}": levels[..., index] for index, axis in enumerate("uv")}
    return planes


def stretch(channels: Floats) -> Image:
    """Min-max stretch of each channel of (..., H, W, C) to uint8 0..255, rounded; one without variation becomes 0."""
    planes = np.ascontiguousarray(np.moveaxis(channels, -1, 0))  # numpy reduces long rows many times faster than short
    flat = planes.reshape(*planes.shape[:-2], -1)
    low = flat.min(-1, keepdims=True)
    span = flat.max(-1, keepdims=True) - low
    scaled = np.rint((flat - low) * (255 / np.where(span > 0, span, 1))).astype(np.uint8)
    return np.ascontiguousarray(np.moveaxis(scaled.reshape(planes.shape), 0, -1))


def shrink(image: Image, shape: tuple[int, int]) -> Image:
    """Resize (H, W, 3) to (rows, columns, 3), linearly and without averaging."""
    if image.shape[:2] == shape:
        return image
    return np.asarray(cv2.resize(image, shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def average(image: Pixels, shape: tuple[int, int]) -> Pixels:
    """Resize (H, W) or (H, W, C) to (rows, columns[, C]): by area, or linearly where a side grows."""
    if image.shape[:2] == shape:
        return image
    shrinks = image.shape[0] >= shape[0] and image.shape[1] >= shape[1]
    small = cv2.resize(image, shape[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    resized: Pixels = small.astype(image.dtype, copy=False)
    return resized


def _magnitude(flow: Floats) -> Floats:
    values: Floats = np.hypot(flow[..., 0], flow[..., 1])
    return values
