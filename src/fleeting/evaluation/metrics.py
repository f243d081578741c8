"""UF1, UAR and WAR from pooled confusion counts.

Convention: a confusion array is (..., C, C), rows are the truth, columns the prediction; leading axes are batches
(seeds, bootstrap draws). Counts are summed over folds BEFORE any ratio is taken, as the MEGC2019 rules ask: the mean of
per-fold scores is another, meaningless number, since most folds hold one class only.
Source: MEGC2019 recognition rules; see docs/evaluation.md. Checked against scikit-learn in the tests.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import ShapeError

Counts = npt.NDArray[np.int64]
Ratios = npt.NDArray[np.float64]
Absent = Literal["zero", "leave-out"]


def confusion(truth: npt.ArrayLike, prediction: npt.ArrayLike, classes: int = 3) -> Counts:
    """Count the pairs (truth, prediction).

    Args:
        truth: (N,) integers in 0..classes-1.
        prediction: (N,) integers in 0..classes-1.
        classes: number of classes C.

    Returns:
        (C, C) int64, rows are the truth.

    Raises:
        ShapeError: lengths differ, or a value is no class index.

    Example:
        >>> confusion([0, 0, 1], [0, 1, 1], classes=2)
        array([[1, 1],
               [0, 1]])
    """
    true, guess = np.asarray(truth), np.asarray(prediction)
    if true.ndim != 1 or true.shape != guess.shape:
        raise ShapeError("Truth and prediction must be two lists of one length.", got=f"{true.shape} and {guess.shape}")
    for name, values in (("truth", true), ("prediction", guess)):
        if values.size and not (
            np.issubdtype(values.dtype, np.integer) and 0 <= values.min() <= values.max() < classes
        ):
            raise ShapeError(
                f"A {name} is no class index.", expected=f"integers in 0..{classes - 1}", got=str(values[:10])
            )
    pairs = true.astype(np.int64) * classes + guess.astype(np.int64)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes).astype(np.int64)


def uf1(counts: npt.NDArray[Any], absent: Absent = "zero") -> Ratios:
    """Unweighted F1: the mean over classes of 2 TP / (2 TP + FP + FN).

    Args:
        counts: (..., C, C) confusion counts.
        absent: a class that is in neither truth nor prediction scores 0 and stays in the mean ("zero", the rule for a
            whole protocol), or is left out of it ("leave-out", the rule for one part of the data).

    Returns:
        (...) float64 in 0..1; 0 for no counts at all.
    """
    hits = np.diagonal(counts, axis1=-2, axis2=-1).astype(np.float64)
    seen = counts.sum(-1) + counts.sum(-2)
    return _mean(_divide(2 * hits, seen), seen > 0, absent)


def uar(counts: npt.NDArray[Any], absent: Absent = "zero") -> Ratios:
    """Unweighted average recall: the mean over classes of TP / n.

    Args:
        counts: (..., C, C) confusion counts.
        absent: as for `uf1`; with "leave-out" a class that is predicted but never true still counts as 0.

    Returns:
        (...) float64 in 0..1.
    """
    hits = np.diagonal(counts, axis1=-2, axis2=-1).astype(np.float64)
    return _mean(_divide(hits, counts.sum(-1)), counts.sum(-1) + counts.sum(-2) > 0, absent)


def war(counts: npt.NDArray[Any]) -> Ratios:
    """Weighted average recall, which is the accuracy: hits / clips, (...) float64 in 0..1."""
    return _divide(np.trace(counts, axis1=-2, axis2=-1), counts.sum((-2, -1)))


def per_class(counts: npt.NDArray[Any]) -> dict[str, Ratios]:
    """F1, recall and precision of every class, each (..., C) float64; 0 where the divisor is 0."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1).astype(np.float64)
    truth, guesses = counts.sum(-1), counts.sum(-2)
    return {
        "f1": _divide(2 * hits, truth + guesses),
        "recall": _divide(hits, truth),
        "precision": _divide(hits, guesses),
    }


def _divide(above: npt.NDArray[Any], below: npt.NDArray[Any]) -> Ratios:
    out = np.zeros(np.shape(above), np.float64)
    np.divide(above, below, out=out, where=np.asarray(below) > 0)
    return out


def _mean(values: Ratios, present: npt.NDArray[np.bool_], absent: Absent) -> Ratios:
    if absent == "zero":
        return np.asarray(values.mean(-1))
    return _divide((values * present).sum(-1), present.sum(-1))
