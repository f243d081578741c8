"""MBH, motion boundary histograms: directions in which the flow changes from place to place, block by block.

Source: Dalal, Triggs and Schmid, ECCV 2006: u and v are each looked at as a picture, and histograms of the gradients of
both are joined. A motion of the whole face adds a constant, which has no gradient, and shares do not tell how strong a
motion is, so that nothing is lost in the flow images of the field, stretched channel by channel (flow_image.py): this
is the one descriptor of motion that such an image, without frames, suffices for.
Ours: the flow image of 28 px, central differences, 4 x 4 blocks that do not overlap, each of sum 1 for u and for v.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import Field

from ..errors import ShapeError
from ..files import text_digest
from ..options import Options
from ..types import Floats, Image
from .block_grid import Grid, block_count, block_histograms, shares
from .flow_image import FlowImage, FlowImageOptions
from .gradients import difference, direction_codes

BLOCKS: Any = ((4, 4),)


class MBHOptions(FlowImageOptions):
    """Options of the feature `mbh`."""

    size: int = Field(28, ge=3)
    """Side of the flow image in px, where it is made of frames; the frames may be of any shape."""
    grid: Grid = BLOCKS
    """Blocks: a list of levels, each a number (8 for 8 x 8) or [rows, columns]; the levels are concatenated."""
    bins: int = Field(8, ge=2, le=256)
    """Directions; the first is centred on right, the others turn down."""


class MBH:
    """Feature `mbh`: frames of one clip or its flow image in; per block 8 directions for u and 8 for v, of sum 1."""

    Options: type[Options] = MBHOptions

    def __init__(self, options: MBHOptions | None = None) -> None:
        self.options = options or MBHOptions()
        self.digest = text_digest("mbh 1", self.options.digest())
        self._flow_image = FlowImage(FlowImageOptions(method=self.options.method, size=self.options.size))

    @property
    def length(self) -> int:
        """Numbers per clip."""
        return block_count(self.options.grid) * 2 * self.options.bins

    def fitted_part(self, seed: int) -> None:
        """None: nothing is fitted on training clips."""

    def compute(self, frames: Image) -> Floats:
        """The vector of one clip, whose first frame is the onset and whose last is the apex.

        Args:
            frames: (T, H, W, 3) uint8 RGB, T of 2 or more.

        Returns:
            (length,) float32.

        Raises:
            ShapeError: not such frames.
        """
        vector: Floats = self.compute_many([frames])[0]
        return vector

    def compute_many(self, clips: Sequence[Image]) -> Floats:
        """The same for several clips: (N, length) float32."""
        return self.of_images(self._flow_image.compute_many(clips))

    def of_images(self, images: Image) -> Floats:
        """(N, length) float32 of flow images (N, rows, columns, 3) uint8 = u, v, strain.

        Raises:
            ShapeError: not such images.
        """
        if images.ndim != 4 or images.shape[-1] != 3 or min(images.shape[1:3]) < 3:
            raise ShapeError("These are no flow images.", expected="(N, H, W, 3), 3 px or more", got=str(images.shape))
        return np.stack([self._of_image(image) for image in images])

    def _of_image(self, image: Image) -> Floats:
        parts = []
        for channel in image[..., :2].transpose(2, 0, 1).astype(np.float64):
            x, y = difference(channel[1:-1], 1)[None], difference(channel[:, 1:-1], 0)[None]
            codes = direction_codes(x, y, self.options.bins, -np.pi / self.options.bins)
            parts.append(shares(block_histograms(codes, self.options.grid, self.options.bins, np.hypot(x, y))))
        return np.concatenate(parts, axis=1).ravel()
