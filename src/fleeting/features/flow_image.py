"""The 28 x 28 flow image on which most published recognisers of the MEGC2019 composite are trained.

Legacy encoding (`norm_u_v_os`): channels u, v and strain of the onset-to-apex flow, each stretched to 0..255 by its own
minimum and maximum at the size of the frames, then shrunk without averaging. Stretching removes a uniform head shift,
which adds a constant, and the strength of the expression. The order of the two steps is not published: it was found
from the published images, whose extremes seldom reach 0 and 255 (docs/features.md).
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from ..options import Options
from ..types import Floats, Image
from .channels import shrink, stretch
from .clip_image import ClipImage, ClipImageOptions
from .optical_flow import Method


class FlowImageOptions(Options):
    """Options of the feature `flow-image`."""

    method: Method = "tvl1"
    """Flow estimator, see optical_flow."""
    size: int = Field(28, ge=1)
    """Side of the image in px; the frames may be of any shape, as in the legacy images (170 x 140 to 28 x 28)."""


class FlowImage(ClipImage):
    """Feature `flow-image`: frames of one clip in, one u/v/strain image out (`clip-image` with its usual channels)."""

    Options = FlowImageOptions

    def __init__(self, options: FlowImageOptions | None = None) -> None:
        options = options or FlowImageOptions()
        super().__init__(ClipImageOptions(method=options.method, size=options.size))


def encode(flow: Floats, strain: Floats, size: int = 28) -> Image:
    """Stretch (H, W, 2) flow and (H, W) strain to 0..255 channel by channel, then shrink to (size, size, 3) uint8.

    A channel without any variation becomes 0.
    """
    return shrink(stretch(np.dstack([flow, strain])), (size, size))


def image_magnitude(image: Image) -> Image:
    """Magnitude of motion as far as a flow image still tells it: (H, W, 3) = u, v, strain -> (H, W), stretched.

    The image keeps neither where a channel's 0 px lay nor how far it was stretched. Ours: rest is the channel's median,
    the motion of most of the face, and u and v count alike.
    """
    motion = image[..., :2].astype(np.float32)
    motion -= np.median(motion, axis=(0, 1))
    return stretch(np.hypot(motion[..., :1], motion[..., 1:]))[..., 0]
