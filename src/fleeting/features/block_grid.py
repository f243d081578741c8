"""Blocks of a clip: where their borders lie, and the code histograms of all of them at once.

Convention: a block is as wide as the coded side divided by the count, rounded; the last one takes what is left. Blocks
cut the area that has codes, are numbered row by row, and the levels of a hierarchy follow each other.
Source: the released CDMER features, whose counts of voxels per block show the rounding (docs/handcrafted.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, Field

from ..errors import OptionsError
from ..types import Floats, Image

Integers = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
Level = Annotated[
    tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]],
    BeforeValidator(lambda value: (value, value) if isinstance(value, int) else value),
]
"""(rows, columns) of one grid; a recipe may write 8 for 8 x 8."""
Grid = Annotated[tuple[Level, ...], Field(min_length=1)]
HIERARCHY: Any = ((1, 1), (2, 2), (4, 4), (8, 8))
"""The 85 blocks of the cross-database benchmark."""


def block_count(grid: Sequence[tuple[int, int]]) -> int:
    """Blocks of all levels together."""
    return sum(rows * columns for rows, columns in grid)


def borders(length: int, count: int) -> Integers:
    """The count + 1 borders of `count` blocks along a side of `length` px.

    Example:
        >>> borders(106, 8).tolist()
        [0, 13, 26, 39, 52, 65, 78, 91, 106]

    Raises:
        OptionsError: the last block would be empty.
    """
    width = (2 * length + count) // (2 * count)  # rounded, a half up
    cuts = np.arange(count + 1, dtype=np.int64) * width
    cuts[-1] = length
    if width == 0 or cuts[-1] <= cuts[-2]:
        raise OptionsError(
            f"{length} px cannot be cut into {count} blocks of {width} px.",
            expected="a coarser grid or larger frames",
            got=f"{count} blocks",
            cure="lower grid, or raise size",
        )
    return cuts


def block_histograms(
    codes: Image, grid: Sequence[tuple[int, int]], bins: int, weights: Floats | Doubles | None = None
) -> npt.NDArray[Any]:
    """How often each code stands in each block, or the sum of its weights, all blocks by one count.

    The borders of all levels cut the area into cells; what a block holds is the sum of its cells.

    Args:
        codes: (T, rows, columns) uint8, each below `bins`.
        grid: (rows, columns) of each level.
        bins: number of codes.
        weights: what each voxel counts, as `codes`; None: 1.

    Returns:
        (blocks, bins) int64 counts, or float64 sums of weights.
    """
    _, height, width = codes.shape
    down, across = ([borders(side, level[axis]) for level in grid] for axis, side in ((0, height), (1, width)))
    rows, columns = np.unique(np.concatenate(down)), np.unique(np.concatenate(across))
    cell_of_row = np.repeat(np.arange(len(rows) - 1), np.diff(rows)) * (len(columns) - 1)
    cell_of_column = np.repeat(np.arange(len(columns) - 1), np.diff(columns))
    first_keys = ((cell_of_row[:, None] + cell_of_column) * bins).astype(np.int32)
    keys = (first_keys + codes).ravel()
    shape = len(rows) - 1, len(columns) - 1, bins
    cells = np.bincount(keys, weights if weights is None else weights.ravel(), int(np.prod(shape))).reshape(shape)
    counted = [
        np.add.reduceat(
            np.add.reduceat(cells, np.searchsorted(rows, tall[:-1]), 0), np.searchsorted(columns, wide[:-1]), 1
        ).reshape(-1, bins)
        for tall, wide in zip(down, across, strict=True)
    ]
    return np.concatenate(counted)


def block_means(values: Floats | Doubles, grid: Sequence[tuple[int, int]]) -> Doubles:
    """The mean of each block of (T, rows, columns) values: (blocks,)."""
    codes = np.zeros(values.shape, np.uint8)
    means: Doubles = (block_histograms(codes, grid, 1, values) / block_histograms(codes, grid, 1))[:, 0]
    return means


def shares(counts: npt.NDArray[Any]) -> Floats:
    """Histograms (..., bins) of counts or weights, each divided by its sum; an empty one stays 0."""
    total = counts.sum(-1, keepdims=True)
    result: Floats = (counts / np.where(total > 0, total, 1)).astype(np.float32)
    return result
