"""Rows of files of images or vectors that are too large for the memory, in any order: read when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..types import Inputs
from .image_files import value_type


class MappedImages:
    """What training needs of an array (N, H, W, C) uint8 or (N, D) float32, over one or more memory-mapped ones.

    It has `shape`, `dtype` and a length; a slice or an index array reads those images, and numpy.asarray reads all.
    """

    def __init__(self, parts: Sequence[Inputs], places: npt.NDArray[np.int64] | None = None) -> None:
        """Take all rows of `parts` in order, or the rows `places` (N, 2): which part, which of its rows."""
        self.parts = tuple(parts)
        self.places = places if places is not None else _all(parts)
        self.shape = (len(self.places), *self.parts[0].shape[1:])
        self.dtype = value_type(self.shape)

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, chosen: slice | npt.NDArray[np.int64]) -> Inputs:
        """Read some rows, (n, H, W, C) or (n, D)."""
        places = self.places[chosen]
        images = np.empty((len(places), *self.shape[1:]), self.dtype)
        for index, part in enumerate(self.parts):
            here = places[:, 0] == index
            images[here] = part[places[here, 1]]
        return images

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[np.generic]:
        """Read all images."""
        images: npt.NDArray[np.generic] = self[:] if dtype is None else self[:].astype(dtype)
        return images

    def take(self, rows: npt.NDArray[np.int64]) -> MappedImages:
        """These rows, still unread."""
        return MappedImages(self.parts, self.places[rows])


def _all(parts: Sequence[Inputs]) -> npt.NDArray[np.int64]:
    return np.concatenate([np.stack([np.full(len(part), n), np.arange(len(part))], 1) for n, part in enumerate(parts)])
