"""A clip in, one vector of a length known beforehand out: what all hand-crafted descriptors share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, cast

import numpy as np
from pydantic import Field

from ..files import text_digest
from ..options import Options
from ..types import Floats, Image
from .block_grid import HIERARCHY, Grid, block_count
from .fitted_part import FittedPart
from .grey_clip import Resample, check_clip, grey_clip
from .magnification import Preset


class DescriptorOptions(Options):
    """Options of every descriptor of a grey clip."""

    frames: int = Field(16, ge=2)
    """Length that clips are brought to; one of this length stays as it is."""
    size: int = Field(112, ge=1)
    """Side that the frames are resized to, px."""
    resample: Resample = "linear"
    """How a clip is brought to that length: linearly between frames, or by TIM, along a curve through all of them."""
    magnify: Preset = ""
    """Eulerian magnification of the resized frames before that, by the preset of this name; empty: none."""
    fewest: int = Field(3, ge=2)
    """A clip of fewer frames is refused, unless it has `frames`. 2: onset and apex alone are let in, and all between
    them is made up."""


class BlockOptions(DescriptorOptions):
    """Options of a descriptor that is the same for every block of a grid."""

    grid: Grid = HIERARCHY
    """Blocks: a list of levels, each a number (8 for 8 x 8) or [rows, columns]; the levels are concatenated."""


class Descriptor(ABC):
    """Base of the descriptors of a clip. Members state `length` and describe one clip."""

    Options: type[Options] = DescriptorOptions
    NAME: ClassVar[str]
    options: DescriptorOptions

    def __init__(self, options: DescriptorOptions | None = None) -> None:
        """Options are those of the member, `Options`; without any they are its defaults."""
        self.options = options or cast(DescriptorOptions, self.Options())
        self.digest = text_digest(f"{self.NAME} 1", self.options.digest())

    @property
    @abstractmethod
    def length(self) -> int:
        """Numbers per clip."""

    def fitted_part(self, seed: int) -> FittedPart | None:
        """What must be fitted on training clips before the vectors can be classified; None for most descriptors."""
        return None

    @abstractmethod
    def compute(self, frames: Image | Floats) -> Floats:
        """The vector of one clip.

        Args:
            frames: RGB (T, H, W, 3) or grey (T, H, W), uint8 or float in 0..255; T as the options say.

        Returns:
            (length,) float32.

        Raises:
            ShapeError: not such frames, or too few.
        """

    def compute_many(self, clips: Sequence[Image | Floats]) -> Floats:
        """The same for several clips: (N, length) float32."""
        vectors = np.empty((len(clips), self.length), np.float32)
        for vector, frames in zip(vectors, clips, strict=True):
            vector[:] = self.compute(frames)
        return vectors

    def _volume(self, frames: Image | Floats) -> Floats:
        """(frames, size, size) grey, as the options say."""
        options = self.options
        check_clip(frames, min(options.fewest, options.frames))
        return grey_clip(frames, options.frames, options.size, options.resample, options.magnify)


class BlockDescriptor(Descriptor):
    """Base of those that are blocks of a grid, one after the other. Members state `block_length`."""

    Options: type[Options] = BlockOptions
    options: BlockOptions

    @property
    @abstractmethod
    def block_length(self) -> int:
        """Numbers per block."""

    @property
    def length(self) -> int:
        """Numbers per clip: blocks * block_length."""
        return block_count(self.options.grid) * self.block_length

    def compute(self, frames: Image | Floats) -> Floats:
        """The vector of one clip, see Descriptor.compute."""
        return self._describe(self._volume(frames))

    @abstractmethod
    def _describe(self, volume: Floats) -> Floats:
        """(length,) of a (frames, size, size) grey volume."""
