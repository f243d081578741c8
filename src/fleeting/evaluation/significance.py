"""Is one run better than another? A permutation test that is paired by subject, and Holm's correction for many tests.

Two runs on the same clips are no better than each other if it does not matter which of the two a subject was tested by.
So the predictions of the two runs are swapped subject by subject at random, and the observed difference is compared
with the differences after swapping. Clips of one subject stay together, for they are not independent.

Source: paired randomisation test: Fisher, The Design of Experiments, 1935; p = (1 + extremer) / (1 + draws): Phipson
and Smyth 2010, "Permutation p-values should never be zero"; Holm 1979. Swapping whole subjects and pairing the seeds
is ours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import DatasetError, OptionsError
from .metrics import Measure, Ratios
from .predictions import CLIP, check_predictions, class_names, subject_counts
from .uncertainty import BLOCK, PooledScore, difference_interval

ROUNDING = 1e-12
"""Differences nearer than this are equal: sums in another order differ in the last digit."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference of two runs, first minus second, of the mean over seeds of the pooled score."""

    measure: Measure
    difference: float
    """In -1..1."""
    interval: tuple[float, float]
    """95 %, over subjects (`difference_interval`)."""
    p: float
    """Two-sided; the smallest possible value is 1 / (1 + draws), or 2 / 2^subjects where all swaps are tried."""
    subjects: int
    clips: int


def paired_permutation(
    table_a: pd.DataFrame,
    table_b: pd.DataFrame,
    rng: np.random.Generator,
    *,
    draws: int = 10_000,
    measure: Measure = "uf1",
) -> Comparison:
    """Compare two runs on the same clips.

    A swap exchanges all seeds of a subject together. Seeds are paired in sorted order; where the runs have K and L of
    them, each is repeated until there are lcm(K, L) on both sides, which leaves the mean over seeds as it is. The
    test is exact where the runs have equally many seeds and nearly so where not, for the mean of more seeds is the
    steadier one.

    Args:
        table_a: predictions of the first run.
        table_b: predictions of the second run.
        rng: where swaps and draws come from.
        draws: random swaps, and draws of the interval; where 2^subjects is not more, all swaps are tried instead.
        measure: the score.

    Raises:
        DatasetError: a table cannot be scored, the runs were not tested on the same clips, or labels or classes
            differ.
    """
    first, second = check_predictions(table_a, "first run"), check_predictions(table_b, "second run")
    classes = class_names(first)
    if classes != class_names(second):
        raise DatasetError(
            "The two runs have different classes.", expected=", ".join(classes), got=", ".join(class_names(second))
        )
    clips = _same_clips(first, second)
    counts_a, subjects = subject_counts(first, len(classes))
    counts_b, _ = subject_counts(second, len(classes))
    many = math.lcm(len(counts_a), len(counts_b))
    counts_a, counts_b = (counts.repeat(many // len(counts), axis=0) for counts in (counts_a, counts_b))
    score_a, score_b = PooledScore.of(counts_a, measure), PooledScore.of(counts_b, measure)
    difference = score_a - score_b
    return Comparison(
        measure,
        difference.value(),
        difference_interval(difference, rng, draws=draws),
        _p_value(score_a, score_b, rng, draws),
        len(subjects),
        clips,
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction: adjusted p values in the order given; reject where one is below the level.

    Args:
        p_values: each in 0..1.

    Raises:
        OptionsError: a value is not in 0..1.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    values = np.asarray(p_values, np.float64)
    if values.size and not (0 <= values.min() <= values.max() <= 1):  # also refuses not-a-number
        raise OptionsError("A p value is outside 0..1.", got=str(list(p_values)))
    order = np.argsort(values, kind="stable")
    steps = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(steps, 1)
    return [float(value) for value in adjusted]


def _same_clips(first: pd.DataFrame, second: pd.DataFrame) -> int:
    """The number of clips, which both runs must have tested once per seed with one label."""
    labels = []
    for name, table in (("first", first), ("second", second)):
        times = table.groupby(list(CLIP)).agg(
            seeds=("seed", "size"), labels=("label", "nunique"), label=("label", "first")
        )
        odd = times[(times["seeds"] != table["seed"].nunique()) | (times["labels"] != 1)]
        if len(odd):
            raise DatasetError(
                f"{len(odd)} clips were not tested by every seed of the {name} run under one label.",
                got=_names(odd.index),
                cure="compare runs on recorded clips, or seeds that share one synthetic test set",
            )
        labels.append(times["label"])
    one, other = labels
    unmatched = one.index.symmetric_difference(other.index)
    if len(unmatched):
        raise DatasetError(
            f"The two runs were not tested on the same clips: {len(unmatched)} are in one of them only.",
            expected=f"{len(one)} clips, as in the first run",
            got=_names(unmatched),
            cure="predict the same clips in both runs",
        )
    differing = one.index[one != other.reindex(one.index)]
    if len(differing):
        raise DatasetError(f"{len(differing)} clips have another label in the second run.", got=_names(differing))
    return len(one)


def _names(clips: pd.Index) -> str:
    return ", ".join("/".join(map(str, clip)) for clip in clips[:10])


def _p_value(one: PooledScore, other: PooledScore, rng: np.random.Generator, draws: int) -> float:
    subjects = len(one.above)
    exact = 2**subjects <= draws
    total = 2**subjects if exact else draws
    observed = abs(one.value() - other.value()) - ROUNDING
    extremer, size = 0, max(1, BLOCK // max(subjects, len(one.weights)))
    for start in range(0, total, size):
        rows = min(size, total - start)
        if exact:
            swapped = (np.arange(start, start + rows)[:, None] >> np.arange(subjects)) & 1
        else:
            swapped = rng.integers(2, size=(rows, subjects))
        extremer += int((np.abs(_swapped(one, other, swapped.astype(np.float64))) >= observed).sum())
    return extremer / total if exact else (1 + extremer) / (1 + total)


def _swapped(one: PooledScore, other: PooledScore, swapped: npt.NDArray[np.float64]) -> Ratios:
    """The difference after swapping the subjects marked 1 in each row of (B, S)."""
    above, below = swapped @ (other.above - one.above), swapped @ (other.below - one.below)
    first = one.ratio_mean(one.above.sum(0) + above, one.below.sum(0) + below)
    return first - other.ratio_mean(other.above.sum(0) - above, other.below.sum(0) - below)
