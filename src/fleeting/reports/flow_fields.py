"""Flow images put on a common footing, so that they can be drawn and averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..datasets import Dataset
from ..errors import OptionsError
from ..features import FEATURES, FlowImage, FlowImageOptions
from ..types import LABELS, Clip, Floats, Image

PER_CLASS = 48
"""Clips per class whose flow is estimated for a mean; flow images that are ready are read up to READY of a class."""
READY = 1000


@dataclass(frozen=True, slots=True)
class Means:
    """The mean flow image of each class."""

    title: str
    images: Floats
    """(3, 28, 28, 3) float32: class, row, column, (u, v, strain) as `centred` gives them; NaN for an absent class."""
    clips: tuple[int, ...]
    """Clips behind each class's mean."""


def centred(images: Image) -> Floats:
    """Undo the offset of the legacy encoding.

    The encoding stretches each channel of each clip to 0..255, so the grey level of "no motion" differs from clip to
    clip. Most of a face rests, so its median is taken for rest.

    Args:
        images: (N, H, W, 3) uint8, channels u, v, strain.

    Returns:
        (N, H, W, 3) float32: u and v in -1..1 with rest at 0, strain in 0..1, as shares of the clip's own range.
    """
    values: Floats = images.astype(np.float32) / np.float32(255)
    values[..., :2] -= np.median(values[..., :2], axis=(1, 2), keepdims=True)
    return values


def class_means(title: str, dataset: Dataset, feature: str, options: dict[str, Any]) -> Means:
    """Average the flow images of each class.

    Args:
        title: what the data is called in the figure.
        dataset: recorded or synthetic; of frames the flow is estimated here, for PER_CLASS clips per class.
        feature: name of the feature that the recogniser was fed.
        options: its options, of which the flow estimator is used.

    Raises:
        FleetingError: a clip cannot be read, or the feature gives descriptors.
    """
    tool: FlowImage | None = None
    if dataset.holds == "frames":
        if hasattr(FEATURES.load(feature), "length"):
            raise OptionsError(f"{feature} gives descriptors, which cannot be drawn.")
        # One size and three channels whatever the recogniser takes, so that data sets can stand side by side.
        known = {"method": options["method"]} if "method" in options else {}
        tool = FlowImage(FlowImageOptions.parse(known, "features.options"))
    clips = dataset.clips()
    means, counts = [], []
    for label in range(len(LABELS)):
        chosen = _spread([clip for clip in clips if clip.label == label], PER_CLASS if tool else READY)
        counts.append(len(chosen))
        if not chosen:
            means.append(np.full((28, 28, 3), np.nan, np.float32))
            continue
        frames = [dataset.frames(clip) for clip in chosen]
        images = tool.compute_many(frames) if tool else np.stack(frames)[:, 0]
        means.append(centred(images).mean(axis=0))
    return Means(title, np.stack(means), tuple(counts))


def likeness(first: Means, second: Means) -> npt.NDArray[np.float64]:
    """(3, 3) Pearson correlation of two mean images per class and channel; NaN where one is absent or constant."""
    one, two = (item.images.reshape(len(LABELS), -1, 3).astype(np.float64) for item in (first, second))
    one, two = one - one.mean(axis=1, keepdims=True), two - two.mean(axis=1, keepdims=True)
    below = np.sqrt((one**2).sum(axis=1) * (two**2).sum(axis=1))
    result: npt.NDArray[np.float64] = np.full(below.shape, np.nan)
    np.divide((one * two).sum(axis=1), below, out=result, where=below > 0)
    return result


def _spread(clips: Sequence[Clip], count: int) -> list[Clip]:
    """At most `count` clips, evenly over the list."""
    if len(clips) <= count:
        return list(clips)
    return [clips[int(place)] for place in np.linspace(0, len(clips) - 1, count).round()]
