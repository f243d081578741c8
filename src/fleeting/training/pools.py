"""Clips with their images, volumes or vectors, found by name and never by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt

from ..errors import DatasetError
from ..types import Clip, Inputs
from .inputs import Feature, Source, input_images
from .mapped_images import MappedImages
from .model_input import ModelInput, VectorFeature


@dataclass(frozen=True)
class Pool:
    """Clips and their images or vectors."""

    clips: Sequence[Clip]
    images: Inputs
    """(N, [T,] H, W, C) uint8 or (N, D) float32 in the order of `clips`; where they are large, MappedImages stand in
    for the array."""
    feature: VectorFeature | None = None
    """What the vectors were made by, where something of it has to be fitted on training clips."""

    @classmethod
    def of(cls, dataset: Source, feature: Feature, wanted: ModelInput, workers: int) -> Pool:
        """Every clip of a data set, what `wanted` takes made of it by `feature`."""
        clips = dataset.clips()
        images = input_images(dataset, clips, feature, wanted.shape_from(feature), workers)
        fitting = feature if isinstance(feature, VectorFeature) and feature.fitted_part(0) is not None else None
        return cls(clips, cast(Inputs, MappedImages([images])) if isinstance(images, np.memmap) else images, fitting)

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
        images = cast(Inputs, MappedImages(parts)) if mapped else np.concatenate(parts)
        return Pool([*self.clips, *other.clips], images, self.feature)

    def take(self, clips: Sequence[Clip]) -> tuple[Inputs, npt.NDArray[np.int64]]:
        """Images or vectors and labels of some clips, in their order.

        Of MappedImages these are MappedImages too, still unread.
        """
        rows = np.array([self._rows[clip.key] for clip in clips], np.int64)
        labels = np.array([clip.label for clip in clips], np.int64)
        images: Inputs | MappedImages = self.images
        chosen = images.take(rows) if isinstance(images, MappedImages) else images[rows]
        return cast(Inputs, chosen), labels

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {clip.key: row for row, clip in enumerate(self.clips)}
