"""Which epoch a score comes from. The headline is always the last; the other rules stand beside it under their names.

- last: the epoch count is fixed in the recipe before anything is trained.
- inner: the epoch with the best UF1 on validation people of the fold's own training side, found by a second training
  without them; the model of the whole training side is then read at that epoch.
- oracle: for every fold the epoch that is best on the test clips, as much published code does. It is not a result. A
  random guesser with 200 epochs to choose from scores UF1 .74 that way (docs/evaluation.md).

A model that is solved at once has no epochs: where it has a grid of options, the rules choose among these instead, and
`last` are the recipe's own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..evaluation import confusion, uf1

Probabilities = npt.NDArray[np.float64]


def inner_epoch(epochs: Sequence[Probabilities], labels: npt.NDArray[np.int64]) -> int:
    """Index of the epoch with the best UF1 on the validation clips; ties go to the later one.

    Args:
        epochs: per epoch (N, C) probabilities of the validation clips.
        labels: (N,) their classes.
    """
    classes = epochs[0].shape[1]
    return _latest_best([float(uf1(confusion(labels, rows.argmax(1), classes), "leave-out")) for rows in epochs])


def oracle_epoch(epochs: Sequence[Probabilities], labels: npt.NDArray[np.int64]) -> int:
    """Index of the epoch with the most right answers on the test clips of the fold; ties go to the later one."""
    return _latest_best([float((rows.argmax(1) == labels).sum()) for rows in epochs])


def oracle_options(points: Sequence[Probabilities], labels: npt.NDArray[np.int64]) -> int:
    """Index of the options of a solved model with the best UF1 on the test clips, as the authors of CDMER choose them.

    Args:
        points: per point of the grid, then of the recipe's own options, (N, C) probabilities; ties go to the later.
        labels: (N,) classes of the test clips.
    """
    return inner_epoch(points, labels)


def _latest_best(scores: Sequence[float]) -> int:
    best = max(scores)
    return max(index for index, score in enumerate(scores) if score == best)
