"""Clips with their images, found by name and never by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt

from ..errors import DatasetError
from ..types import Clip
from .image_files import Images
from .inputs import Feature, Source, input_images
from .mapped_images import MappedImages


@dataclass(frozen=True)
class Pool:
    """Clips and their images."""

    clips: Sequence[Clip]
    images: Images
    """(N, H, W, C) uint8 in the order of `clips`; where they are large, MappedImages stand in for the array."""

    @classmethod
    def of(cls, dataset: Source, feature: Feature, shape: tuple[int, int, int], workers: int) -> Pool:
        """Every clip of a data set, its image of (rows, columns, C) made by `feature`."""
        clips = dataset.clips()
        images = input_images(dataset, clips, feature, shape, workers)
        return cls(clips, cast(Images, MappedImages([images])) if isinstance(images, np.memmap) else images)

    def joined(self, other: Pool | None) -> Pool:
        """Both pools as one.

        Raises:
            DatasetError: they share clips.
        """
        if other is None:
            return self
        both = self._rows.keys() & other._rows.keys()
        if both:
            raise DatasetError(
                f"{len(both)} clips are in the training and in the test data set.",
                got=", ".join(sorted(both)[:10]),
                cure="name two different folders in train.root and test.root",
            )
        parts = (self.images, other.images)
        mapped = any(isinstance(part, MappedImages) for part in parts)
        return Pool([*self.clips, *other.clips], cast(Images, MappedImages(parts)) if mapped else np.concatenate(parts))

    def take(self, clips: Sequence[Clip]) -> tuple[Images, npt.NDArray[np.int64]]:
        """Images and labels of some clips, in their order.

        Of MappedImages these are MappedImages too, still unread.
        """
        rows = np.array([self._rows[clip.key] for clip in clips], np.int64)
        labels = np.array([clip.label for clip in clips], np.int64)
        images: Images | MappedImages = self.images
        chosen = images.take(rows) if isinstance(images, MappedImages) else images[rows]
        return cast(Images, chosen), labels

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {clip.key: row for row, clip in enumerate(self.clips)}
