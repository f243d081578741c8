"""Frames of one clip as a grey volume of a stated length and size, the input of every hand-crafted descriptor."""

from __future__ import annotations

from typing import Literal, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from ..errors import ShapeError
from ..types import Floats, Image
from .channels import average
from .magnification import Preset, magnified
from .tim import tim

Resample = Literal["linear", "tim"]
Numbers = TypeVar("Numbers", Floats, npt.NDArray[np.float64])

PAIRS = (
    'recorded frames: test.dataset_options.frames = "rise" or "all"; synthetic: action_units.frames = 10; '
    "features.options.fewest = 2 lets pairs in and interpolates them"
)
"""What to do where onset and apex are not enough."""
LEVELS = 64
"""Steps per grey level that made-up values are rounded to: sums of them are exact, so no rounding error sets a bit."""


def grey_clip(
    frames: Image | Floats,
    count: int,
    size: int | tuple[int, int],
    resample: Resample = "linear",
    magnify: Preset = "",
) -> Floats:
    """The clip in grey, resized, magnified if asked for, then resampled in time where its length differs.

    Args:
        frames: RGB (T, H, W, 3) or grey (T, H, W), uint8 or float in 0..255; T of 2 or more.
        count: frames wanted; first and last frame stay.
        size: side wanted, or (rows, columns), px; by area where the frames shrink, linearly where they grow.
        resample: linearly between two frames, or by TIM (tim.py).
        magnify: preset of magnification.py; empty: none.

    Returns:
        (count, rows, columns) float32 in 0..255, multiples of 1/64, cut off at 0 and 255 where TIM or magnification
        goes beyond; a clip of that length and size is unchanged, unless magnified.

    Raises:
        ShapeError: the frames are no clip.
    """
    check_clip(frames, 2)
    if frames.ndim == 4:
        frames = _grey(frames if frames.dtype == np.uint8 else frames.astype(np.float32))
    volume: Floats = frames.astype(np.float32)
    shape = (size, size) if isinstance(size, int) else size
    if volume.shape[1:] != shape:
        volume = np.stack([average(frame, shape) for frame in volume])
    if magnify:
        volume = magnified(volume, magnify)
    volume = tim(volume, count) if resample == "tim" else resampled(volume, count)
    rounded: Floats = np.rint(np.clip(volume, 0, 255) * np.float32(LEVELS)) / np.float32(LEVELS)
    return rounded


def check_clip(frames: Image | Floats, fewest: int) -> None:
    """Refuse what is no clip, and one of which too little was given.

    Args:
        frames: as grey_clip.
        fewest: frames that are needed, 2 or more.

    Raises:
        ShapeError: not such frames.
    """
    shaped = (frames.ndim == 4 and frames.shape[-1] == 3) or (frames.ndim == 3 and frames.shape[-1] != 3)
    if shaped and len(frames) >= fewest and 0 not in frames.shape:
        return
    pair = shaped and len(frames) == 2
    raise ShapeError(
        "A clip of two frames is onset and apex alone: all between them would be made up."
        if pair
        else "These frames are no clip.",
        expected=f"(T >= {fewest}, H, W, 3), or grey (T >= {fewest}, H, W)",
        got=str(frames.shape),
        cure=PAIRS if pair else "",
    )


def resampled(values: Numbers, count: int) -> Numbers:
    """(T, ...) floats, T of 2 or more, to (count, ...) by linear interpolation; the first and the last stay."""
    if len(values) == count:
        return values
    places = np.linspace(0, len(values) - 1, count)
    before = np.minimum(places.astype(np.intp), len(values) - 2)
    share = (places - before).astype(values.dtype).reshape(-1, *[1] * (values.ndim - 1))
    result: Numbers = values[before] + share * (values[before + 1] - values[before])
    return result


def _grey(frames: Image | Floats) -> Image | Floats:
    count, rows, columns, _ = frames.shape
    tall = np.ascontiguousarray(frames).reshape(count * rows, columns, 3)
    grey: Image | Floats = cv2.cvtColor(tall, cv2.COLOR_RGB2GRAY).reshape(count, rows, columns)
    return grey
