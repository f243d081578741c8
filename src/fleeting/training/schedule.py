"""The order of a training: which clips of the pool are seen in which step, mirrored or not, and its dropout masks.

It is drawn over ALL clips of the pool, from the seed alone; a fold leaves out what is not on its training side. So
folds that are trained together and folds that are trained one by one see the same images at the same step, and the
training of one fold does not depend on which others there are (ours).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..seeds import derive, stream
from .recipe import TrainTable

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Step:
    """One batch of the pool."""

    rows: Rows
    """(B,) places in the pool."""
    turned: npt.NDArray[np.bool_]
    """(B,) which of them are shown mirrored."""
    seed: int
    """Of the dropout masks of this step."""
    progress: float
    """Share of the training that is over, 0..1."""

    def mask(self, layer: int, shape: tuple[int, ...], drop: float) -> npt.NDArray[np.float32]:
        """The dropout mask of a layer for the whole batch, all folds alike: 0, or 1 / (1 - drop).

        Args:
            layer: number of the dropout layer in the network, in the order in which they are called.
            shape: (B, ...) of the mask.
            drop: probability of a zero.
        """
        if drop >= 1:
            return np.zeros(shape, np.float32)
        draws = stream(self.seed, layer).random(shape, np.float32)
        return (draws >= drop).astype(np.float32) / np.float32(1 - drop)


def epoch_steps(clips: int, options: TrainTable, seed: int, epoch: int) -> Iterator[Step]:
    """The steps of one epoch over a pool of `clips` clips.

    Args:
        clips: clips in the pool.
        options: batch_size, flip and epochs are used. A fold's batch is smaller by the clips that it may not see.
        seed: of the training.
        epoch: counted from 0.
    """
    rng = stream(seed, "order", epoch)
    order = rng.permutation(clips)
    flips = rng.random(clips) < 0.5 if options.flip else np.zeros(clips, bool)
    parts = batches(order, options.batch_size)
    for number, rows in enumerate(parts):
        progress = (epoch + number / len(parts)) / options.epochs
        yield Step(rows, flips[rows], derive(seed, "dropout", epoch, number), progress)


def batches(order: Rows, size: int) -> list[Rows]:
    """Batches of `size`; a single image at the end joins the batch before it: batch normalisation needs two."""
    return np.split(order, range(size, len(order) - 1, size))
