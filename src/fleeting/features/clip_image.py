"""One image per clip with the channels that a recogniser asks for: flow, strain, magnitude, frames (channels.py)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import Field, field_validator

from ..errors import ShapeError
from ..files import text_digest
from ..options import Options
from ..types import Floats, Image
from .channels import (
    FLOW_PICTURE,
    FRAMES,
    MOTION,
    flow_picture_planes,
    frame_planes,
    motion_planes,
    needs_flow,
    step_count,
    step_planes,
    unknown,
)
from .optical_flow import Method, optical_flows


class ClipImageOptions(Options):
    """Options of the feature `clip-image`."""

    method: Method = "tvl1"
    """Flow estimator of all flow channels, see optical_flow."""
    channels: tuple[str, ...] = Field(("u", "v", "strain"), min_length=1)
    """What the image shows, in this order; a recipe that leaves features.name empty takes the model's."""
    size: int = Field(28, ge=1)
    """Rows of the image, px; the frames may be of any shape."""
    width: int | None = Field(None, ge=1)
    """Columns of the image, px; empty: square."""

    @field_validator("channels")
    @classmethod
    def _known(cls, channels: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := unknown(channels):
            known = ", ".join((*MOTION, *FRAMES, *FLOW_PICTURE, "flowK.u", "flowK.v"))
            raise ValueError(f"no channel is called {', '.join(wrong)}: expected {known}")
        return channels

    def shape(self) -> tuple[int, int]:
        """(rows, columns) of the image."""
        return self.size, self.width if self.width is not None else self.size


class ClipImage:
    """Feature `clip-image`: frames of one clip in, one image with any of the channels out."""

    Options: type[Options] = ClipImageOptions

    def __init__(self, options: ClipImageOptions | None = None) -> None:
        self.options = options or ClipImageOptions()
        self.channels = self.options.channels
        self.digest = text_digest("clip-image 1", self.options.digest())

    def compute(self, frames: Image) -> Image:
        """The image of a clip, whose first frame is the onset and whose last is the apex.

        Args:
            frames: (T, H, W, 3) uint8 RGB, T of 2 or more, and of K + 1 or more for the channels flowK.u and flowK.v.

        Returns:
            (rows, columns, C) uint8, C as `options.channels`.

        Raises:
            ShapeError: too few frames, or not (T, H, W, 3).
        """
        image: Image = self.compute_many([frames])[0]
        return image

    def compute_many(self, clips: Sequence[Image]) -> Image:
        """The same for several clips at once: (N, rows, columns, C) uint8; clips of one shape share the work.

        Raises:
            ShapeError: as for `compute`.
        """
        for frames in clips:
            self._check(frames)
        images = np.empty((len(clips), *self.options.shape(), len(self.channels)), np.uint8)
        for shape in {frames.shape[1:] for frames in clips}:
            same = [index for index, frames in enumerate(clips) if frames.shape[1:] == shape]
            flows: Sequence[Floats | None] = [None] * len(same)
            if needs_flow(self.channels):
                first, last = (np.stack([clips[index][end] for index in same]) for end in (0, -1))
                flows = list(optical_flows(first, last, self.options.method))
            for index, flow in zip(same, flows, strict=True):
                images[index] = self._image(clips[index], flow)
        return images

    def _image(self, frames: Image, flow: Floats | None) -> Image:
        shape, steps = self.options.shape(), step_count(self.channels)
        planes = frame_planes(frames, self.channels, shape)
        if flow is not None:
            planes |= motion_planes(flow, self.channels, shape)
            planes |= flow_picture_planes(flow, frames[-1], self.channels, shape)
        if steps:
            window = frames[-steps - 1 :]
            planes |= step_planes(optical_flows(window[:-1], window[1:], self.options.method), shape)
        return np.dstack([planes[name] for name in self.channels])

    def _check(self, frames: Image) -> None:
        if frames.ndim != 4 or len(frames) < 2 or frames.shape[-1] != 3:
            raise ShapeError("These frames are no clip.", expected="(T >= 2, H, W, 3)", got=str(frames.shape))
        steps = step_count(self.channels)
        if len(frames) <= steps:
            raise ShapeError(
                f"The channel flow{steps}.u needs {steps + 1} frames of a clip.",
                expected=f"{steps + 1} frames or more",
                got=f"{len(frames)} frames" + ("; onset and apex only" if len(frames) == 2 else ""),
                cure="ask for fewer steps (model.options.steps), for all frames of recorded clips "
                '(test.dataset_options.frames = "rise"), or make longer clips (action_units.frames)',
            )
