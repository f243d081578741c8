"""All frames of a clip, brought to one length, with the channels that a video recogniser asks for, frame by frame.

Convention: every channel is uint8 0..255, image t of the volume belongs to frame t of the resampled clip.

- grey: frame t, its grey levels kept.
- u (right +), v (down +), magnitude: the flow from frame t to frame t + 1 and its length, 127.5 + gain * px of the
  image, rounded, cut off at 0 and 255.
- strain: its optical strain; the largest value of the clip becomes 255, so that growth over time is kept.
- flow.r, .g, .b: hue = direction, saturation = length, full at 127.5 / gain px; no motion is white.

Where one of them is made of flow, the clip is brought to one frame more than there are images.

Source: 128 + 16 px, flow between the frames of a resampled clip, and that it has one frame more: ELRCN (FG 2018; the
authors' code). Flow as a colour wheel: DTSCNN (2017). Ours: 127.5 in the place of 128, so that 255 - u is the mirror
image; 100 levels per px, for steps are small; the common scale of strain, averaging by area.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator

from ..files import text_digest
from ..options import Options
from ..types import Floats, Image
from .channels import FLOW_PICTURE, MOTION, average, coloured
from .clip_flow import clip_flows
from .grey_clip import Resample, check_clip, grey_clip
from .magnification import Preset
from .optical_flow import Method
from .optical_strain import optical_strain

CHANNELS = ("grey", *MOTION, *FLOW_PICTURE)
NO_MOTION = 127.5


class ClipVolumeOptions(Options):
    """Options of the feature `clip-volume`."""

    method: Method = "tvl1"
    """Flow estimator, see optical_flow."""
    channels: tuple[str, ...] = Field(("grey",), min_length=1)
    """What each image shows, in this order; a recipe that leaves features.name empty takes the model's."""
    frames: int = Field(10, ge=1)
    """Images of the volume."""
    size: int = Field(64, ge=1)
    """Rows of an image, px; the frames may be of any shape."""
    width: int | None = Field(None, ge=1)
    """Columns of an image, px; empty: square."""
    resample: Resample = "linear"
    """How a clip is brought to one length: linearly between frames, or by TIM, along a curve through all of them."""
    magnify: Preset = ""
    """Eulerian magnification before that, by the preset of this name; empty: none."""
    gain: float = Field(100, gt=0)
    """Levels per px of flow, px of the image; 16 in ELRCN's code."""
    fewest: int = Field(3, ge=2)
    """A clip of fewer frames is refused. 2: onset and apex alone are let in, and all between them is made up."""

    @field_validator("channels")
    @classmethod
    def _known(cls, channels: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [name for name in channels if name not in CHANNELS]:
            raise ValueError(f"no channel of a volume is called {', '.join(wrong)}: expected {', '.join(CHANNELS)}")
        return channels

    def shape(self) -> tuple[int, int]:
        """(rows, columns) of an image."""
        return self.size, self.width if self.width is not None else self.size


class ClipVolume:
    """Feature `clip-volume`: frames of one clip in, a volume of images out."""

    Options: type[Options] = ClipVolumeOptions

    def __init__(self, options: ClipVolumeOptions | None = None) -> None:
        self.options = options or ClipVolumeOptions()
        self.channels = self.options.channels
        self.digest = text_digest("clip-volume 1", self.options.digest())

    def compute(self, frames: Image) -> Image:
        """The volume of a clip, which may have any length: its first and its last frame stay.

        Args:
            frames: (T', H, W, 3) uint8 RGB or (T', H, W) grey, T' of `options.fewest` or more.

        Returns:
            (T, rows, columns, C) uint8, T as `options.frames`, C as `options.channels`.

        Raises:
            ShapeError: too few frames, or not of that shape.
        """
        self.check(frames)
        chosen, shape = self.options, self.options.shape()
        moves = any(name != "grey" for name in self.channels)
        count = chosen.frames + moves
        # flow is estimated at the size of the frames; a length of 1 is the first frame
        side = frames.shape[1:3] if moves else shape
        grey = grey_clip(frames, max(count, 2), side, chosen.resample, chosen.magnify)
        planes = {"grey": _levels(np.stack([average(frame, shape) for frame in grey[: chosen.frames]]))}
        if moves:
            planes |= self._motion(clip_flows(grey, "steps", chosen.method))
        return np.stack([planes[name] for name in self.channels], axis=-1)

    def compute_many(self, clips: Sequence[Image]) -> Image:
        """The same for several clips: (N, T, rows, columns, C) uint8.

        Raises:
            ShapeError: as for `compute`.
        """
        return np.stack([self.compute(frames) for frames in clips])

    def check(self, frames: Image) -> None:
        """Refuse what is no clip, and one of which too little was given.

        Raises:
            ShapeError: as for `compute`.
        """
        check_clip(frames, self.options.fewest)

    def _motion(self, flows: Floats) -> dict[str, Image]:
        """All channels of motion, (T, rows, columns) each, of flows (T, H, W, 2) in px of the frames."""
        rows, columns = shape = self.options.shape()
        scale = np.array([columns / flows.shape[2], rows / flows.shape[1]], np.float32)
        small = np.stack([average(flow, shape) for flow in flows]) * scale
        length = np.hypot(small[..., 0], small[..., 1])
        gain = np.float32(self.options.gain)
        planes = {"u": small[..., 0], "v": small[..., 1], "magnitude": length}
        images = {name: _levels(NO_MOTION + gain * values) for name, values in planes.items()}
        if "strain" in self.channels:
            strain = np.stack([average(plane, shape) for plane in optical_strain(flows)])
            images["strain"] = _levels(strain * (255 / max(float(strain.max()), 1e-9)))
        if any(name in FLOW_PICTURE for name in self.channels):
            full = np.full(shape, 255)
            fill = np.rint(255 * np.minimum(gain / NO_MOTION * length, 1))
            wheel = [coloured(flow, saturation, full) for flow, saturation in zip(small, fill, strict=True)]
            images |= {name: np.stack(wheel)[..., index] for index, name in enumerate(FLOW_PICTURE)}
        return images


def _levels(values: npt.NDArray[np.floating]) -> Image:
    levels: Image = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return levels
