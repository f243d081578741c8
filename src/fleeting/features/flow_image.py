"""The 28 x 28 flow image on which most published recognisers of the MEGC2019 composite are trained.

Legacy encoding (`norm_u_v_os`): channels u, v and strain of the onset-to-apex flow, each stretched to 0..255 by its own
minimum and maximum at the size of the frames, then shrunk without averaging. Stretching removes a uniform head shift,
which adds a constant, and the strength of the expression. The order of the two steps is not published: it was found
from the published images, whose extremes seldom reach 0 and 255 (docs/features.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..errors import ShapeError
from ..files import text_digest
from ..options import Options
from ..types import Floats, Image
from .optical_flow import Method, optical_flows
from .optical_strain import optical_strain


class FlowImageOptions(Options):
    """Options of the feature `flow-image`."""

    method: Method = "tvl1"
    """Flow estimator, see optical_flow."""
    size: int = 28
    """Side of the image in px; the frames may be of any shape, as in the legacy images (170 x 140 to 28 x 28)."""


class FlowImage:
    """Feature `flow-image`: frames of one clip in, one u/v/strain image out."""

    Options = FlowImageOptions

    def __init__(self, options: FlowImageOptions | None = None) -> None:
        self.options = options or FlowImageOptions()
        self.digest = text_digest("flow-image 3", self.options.digest())

    def compute(self, frames: Image) -> Image:
        """The flow image from the first frame (onset) to the last (apex).

        Args:
            frames: (T, H, W, 3) uint8 RGB, T of 2 or more.

        Returns:
            (size, size, 3) uint8: u (right +), v (down +), strain; written as PNG in RGB order.

        Raises:
            ShapeError: fewer than two frames, or not (T, H, W, 3).
        """
        image: Image = self.compute_many([frames])[0]
        return image

    def compute_many(self, clips: Sequence[Image]) -> Image:
        """The same for several clips at once: (N, size, size, 3) uint8; clips of one shape share the work.

        Raises:
            ShapeError: as for `compute`.
        """
        for frames in clips:
            if frames.ndim != 4 or len(frames) < 2 or frames.shape[-1] != 3:
                raise ShapeError("A flow image needs a clip.", expected="(T >= 2, H, W, 3)", got=str(frames.shape))
        images = np.empty((len(clips), self.options.size, self.options.size, 3), np.uint8)
        for shape in {frames.shape[1:] for frames in clips}:
            same = [index for index, frames in enumerate(clips) if frames.shape[1:] == shape]
            first, last = (np.stack([clips[index][end] for index in same]) for end in (0, -1))
            flows = optical_flows(first, last, self.options.method)
            for index, flow in zip(same, flows, strict=True):
                images[index] = encode(flow, optical_strain(flow), self.options.size)
        return images


def encode(flow: Floats, strain: Floats, size: int = 28) -> Image:
    """Stretch (H, W, 2) flow and (H, W) strain to 0..255 channel by channel, then shrink to (size, size, 3) uint8.

    A channel without any variation becomes 0.
    """
    image = stretch(np.dstack([flow, strain]))
    if image.shape[:2] != (size, size):
        image = np.asarray(cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)
    return image


def stretch(channels: Floats) -> Image:
    """Min-max stretch of each channel of (..., H, W, C) to uint8 0..255, rounded."""
    planes = np.ascontiguousarray(np.moveaxis(channels, -1, 0))  # numpy reduces long rows many times faster than short
    flat = planes.reshape(*planes.shape[:-2], -1)
    low = flat.min(-1, keepdims=True)
    span = flat.max(-1, keepdims=True) - low
    scaled = np.rint((flat - low) * (255 / np.where(span > 0, span, 1))).astype(np.uint8)
    return np.ascontiguousarray(np.moveaxis(scaled.reshape(planes.shape), 0, -1))
