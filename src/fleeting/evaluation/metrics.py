"""UF1, UAR, WAR and their relatives from pooled confusion counts.

Convention: a confusion array is (..., C, C), rows are the truth, columns the prediction; leading axes are batches
(seeds, bootstrap draws). Counts are summed over folds BEFORE any ratio is taken, as the MEGC2019 rules ask: the mean of
per-fold scores is another number, for most folds hold one class only, and it exists here under its own name,
`fold_mean`. Every function takes integer counts or counts that were weighted or averaged (float64).
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
"""What a class that is in neither truth nor prediction does to a mean over classes: it scores 0 and stays ("zero", the
rule for a whole protocol), or it is left out ("leave-out", the rule for one part of the data)."""
Measure = Literal["uf1", "uar", "war"]


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
    """Unweighted F1 (macro F1): the mean over classes of 2 TP / (2 TP + FP + FN).

    Args:
        counts: (..., C, C) confusion counts.
        absent: what a class in neither truth nor prediction does (see `Absent`).

    Returns:
        (...) float64 in 0..1; 0 for no counts at all.
    """
    return score_of(counts, "uf1", absent)


def uar(counts: npt.NDArray[Any], absent: Absent = "zero") -> Ratios:
    """Unweighted average recall: the mean over classes of TP / n.

    Args:
        counts: (..., C, C) confusion counts.
        absent: as for `uf1`; with "leave-out" a class that is predicted but never true still counts as 0.

    Returns:
        (...) float64 in 0..1.
    """
    return score_of(counts, "uar", absent)


def war(counts: npt.NDArray[Any]) -> Ratios:
    """Weighted average recall, which is the accuracy (and the micro F1): hits / clips, (...) float64 in 0..1."""
    return score_of(counts, "war")


def weighted_f1(counts: npt.NDArray[Any]) -> Ratios:
    """The mean over classes of F1, each weighted by its share of the clips, (...) float64 in 0..1.

    A class without clips has no weight, so no rule for absent classes is needed.
    """
    truth = counts.sum(-1)
    return _divide((per_class(counts)["f1"] * truth).sum(-1), truth.sum(-1))


def f1_of_means(counts: npt.NDArray[Any], absent: Absent = "zero") -> Ratios:
    """The harmonic mean of mean precision and mean recall, (...) float64 in 0..1. It is NOT the UF1.

    Some papers print it as "F1" (ELRCN among them); it is at least as large as the UF1 and stands here so
    that their figures can be compared with.
    Source: docs/evaluation.md; inequality from Opitz and Burst, "Macro F1 and Macro F1" (2019).
    """
    values, weights = per_class(counts), _class_weights(counts, absent)
    precision, recall = ((values[name] * weights).sum(-1) for name in ("precision", "recall"))
    return _divide(2 * precision * recall, precision + recall)


def fold_mean(counts: npt.NDArray[Any], measure: Measure = "uf1", absent: Absent = "leave-out") -> Ratios:
    """The mean over folds of each fold's own score: no headline figure, for comparison with papers that print it.

    Args:
        counts: (..., F, C, C) confusion counts per fold; a fold without clips is left out of the mean.
        measure: the score of one fold.
        absent: the rule within a fold. With "leave-out" (scikit-learn's default) a fold that holds one class scores
            high when its few clips are right; with "zero" it can reach 1 / C at most. Neither is meaningful.

    Returns:
        (...) float64 in 0..1.
    """
    tested = counts.sum((-2, -1)) > 0
    return _divide((score_of(counts, measure, absent) * tested).sum(-1), tested.sum(-1))


def subject_mean_accuracy(counts: npt.NDArray[Any]) -> Ratios:
    """The mean over subjects of each subject's accuracy: a subject with one clip weighs as much as one with 39.

    Args:
        counts: (..., S, C, C) confusion counts per subject.

    Returns:
        (...) float64 in 0..1. It differs from `war`, which pools the clips.
    """
    return fold_mean(counts, "war")


def per_class(counts: npt.NDArray[Any]) -> dict[str, Ratios]:
    """F1, recall and precision of every class, each (..., C) float64; 0 where the divisor is 0."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    truth, guesses = counts.sum(-1), counts.sum(-2)
    return {
        "f1": _divide(2 * hits, truth + guesses),
        "recall": _divide(hits, truth),
        "precision": _divide(hits, guesses),
    }


def score_of(counts: npt.NDArray[Any], measure: Measure, absent: Absent = "zero") -> Ratios:
    """The score called `measure`, (...) float64 in 0..1."""
    above, below = ratio_parts(counts, measure)
    return np.asarray((_divide(above, below) * ratio_weights(counts, measure, absent)).sum(-1))


def ratio_parts(counts: npt.NDArray[Any], measure: Measure) -> tuple[Ratios, Ratios]:
    """A score is a weighted mean of ratios above / below; both add up over subjects, which the intervals live on.

    Returns:
        above, below: each (..., J) float64, one ratio per class, or a single one for "war".
    """
    hits = np.diagonal(counts, axis1=-2, axis2=-1).astype(np.float64)
    truth, guesses = counts.sum(-1).astype(np.float64), counts.sum(-2).astype(np.float64)
    if measure == "uf1":
        return 2 * hits, truth + guesses
    if measure == "uar":
        return hits, truth
    return hits.sum(-1, keepdims=True), truth.sum(-1, keepdims=True)


def ratio_weights(counts: npt.NDArray[Any], measure: Measure, absent: Absent) -> Ratios:
    """The weight of every ratio of `ratio_parts` in the score, (..., J) float64."""
    return np.ones((*counts.shape[:-2], 1)) if measure == "war" else _class_weights(counts, absent)


def _class_weights(counts: npt.NDArray[Any], absent: Absent) -> Ratios:
    present = (counts.sum(-1) + counts.sum(-2) > 0) | (absent == "zero")
    return _divide(present, np.broadcast_to(present.sum(-1, keepdims=True), present.shape))


def _divide(above: npt.NDArray[Any], below: npt.NDArray[Any]) -> Ratios:
    out = np.zeros(np.shape(above), np.float64)
    np.divide(above, below, out=out, where=np.asarray(below) > 0)
    return out
