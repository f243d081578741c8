"""How far a score would move had other people been recorded: a bootstrap over subjects.

Clips of one subject resemble each other, so drawing clips would promise too narrow an interval: whole subjects are
drawn. The seeds of a run share each draw, and the score of a draw is the mean over the seeds, as in the
headline figure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ShapeError
from .metrics import uf1

Score = Callable[[npt.NDArray[Any]], npt.NDArray[np.float64]]


def subject_interval(
    counts: npt.NDArray[Any],
    rng: np.random.Generator,
    *,
    measure: Score = uf1,
    draws: int = 2000,
    level: float = 0.95,
) -> tuple[float, float]:
    """The percentile interval of a score under re-drawing subjects with replacement.

    Args:
        counts: (K, S, C, C) confusion counts per seed and subject, rows are the truth.
        rng: where the draws come from.
        measure: maps (..., C, C) pooled counts to (...) scores.
        draws: number of draws.
        level: share of draws inside the interval, in 0..1.

    Returns:
        (low, high). A class that a draw leaves out scores 0 there, so with few subjects the interval leans low.

    Raises:
        ShapeError: counts are not (K, S, C, C), or there is no subject.
    """
    if counts.ndim != 4 or counts.shape[2] != counts.shape[3] or not counts.shape[1]:
        raise ShapeError("The counts are not per seed and subject.", expected="(K, S>0, C, C)", got=str(counts.shape))
    seeds, subjects, classes, _ = counts.shape
    times = rng.multinomial(subjects, np.full(subjects, 1 / subjects), size=draws).astype(np.float64)
    flat = counts.transpose(1, 0, 2, 3).reshape(subjects, -1).astype(np.float64)
    pooled = (times @ flat).reshape(draws, seeds, classes, classes)
    scores = measure(pooled).mean(axis=1)
    low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
