"""Clips with their images in memory, found by name and never by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..datasets import Dataset
from ..errors import DatasetError
from ..types import Clip
from .inputs import Feature, flow_images


@dataclass(frozen=True)
class Pool:
    """Clips and their flow images, (N, 28, 28, 3) uint8 in the same order."""

    clips: Sequence[Clip]
    images: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, dataset: Dataset, feature: Feature, workers: int) -> Pool:
        """Every clip of a data set."""
        clips = dataset.clips()
        return cls(clips, flow_images(dataset, clips, feature, workers))

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
        return Pool([*self.clips, *other.clips], np.concatenate([self.images, other.images]))

    def take(self, clips: Sequence[Clip]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """Images and labels of some clips, in their order."""
        rows = [self._rows[clip.key] for clip in clips]
        return self.images[rows], np.array([clip.label for clip in clips], np.int64)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {clip.key: row for row, clip in enumerate(self.clips)}
