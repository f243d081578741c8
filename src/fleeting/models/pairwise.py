"""Linear support vector machines of all pairs of classes, as scikit-learn's SVC solves them, on a matrix of products.

Convention: row p of what is fitted belongs to the pair (a, b), a < b, in the order (0, 1), (0, 2), ..., (1, 2), ...; a
positive decision is a vote for a. The class with most votes wins; of equals, as in libsvm, the one whose clips come
first in the training data.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import torch

from ..errors import DatasetError

Floats64 = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def pair_count(classes: int) -> int:
    """The number of pairs."""
    return classes * (classes - 1) // 2


def fit_pairs(
    products: Floats64, labels: Labels, classes: int, c: float, weights: Floats64 | None = None
) -> tuple[Floats64, Floats64]:
    """Solve the machines of all pairs.

    Args:
        products: (N, N) kernel of the training clips.
        labels: (N,) classes.
        classes: how many there are; one without clips loses all its pairs.
        c: bound of the slack, C.
        weights: (N,) factors on C, 0 leaves a clip out; None: all 1.

    Returns:
        (pairs, N) dual coefficients and (pairs,) biases: decisions are duals @ kernel(training, x) + biases.

    Raises:
        DatasetError: fewer than two classes are there.
    """
    from sklearn.svm import SVC

    kept = np.arange(len(labels)) if weights is None else np.flatnonzero(weights > 0)
    everyone, labels = len(labels), labels[kept]
    present = np.unique(labels)
    if len(present) < 2:
        raise DatasetError("A recogniser needs clips of two classes or more.", got=f"classes {present.tolist()}")
    solver = SVC(C=c, kernel="precomputed").fit(
        products[np.ix_(kept, kept)], labels, sample_weight=None if weights is None else weights[kept]
    )
    sign = -1.0 if len(present) == 2 else 1.0  # scikit-learn turns the decision of two classes round
    duals, biases = np.zeros((pair_count(classes), everyone)), np.zeros(pair_count(classes))
    own = np.searchsorted(present, labels[solver.support_])  # place of each support vector's class among those there
    fitted = {pair: number for number, pair in enumerate(combinations(range(len(present)), 2))}
    place = {int(label): number for number, label in enumerate(present)}
    for row, (first, second) in enumerate(combinations(range(classes), 2)):
        if first not in place or second not in place:
            biases[row] = float(first in place) - float(second in place)
            continue
        a, b = place[first], place[second]
        coefficients = np.where(own == a, solver.dual_coef_[b - 1], np.where(own == b, solver.dual_coef_[a], 0))
        duals[row, kept[solver.support_]] = sign * coefficients
        biases[row] = sign * solver.intercept_[fitted[a, b]]
    return duals, biases


def first_seen(labels: Labels, classes: int) -> torch.Tensor:
    """(classes,) rank of each class by its first clip; classes without clips follow.

    Example:
        >>> first_seen(np.array([1, 1, 0, 2]), 3).tolist()
        [1, 0, 2]
    """
    places = [int(np.argmax(labels == label)) if label in labels else len(labels) for label in range(classes)]
    return torch.from_numpy(np.argsort(np.argsort(places, kind="stable"), kind="stable"))


def class_scores(decisions: torch.Tensor, ranks: torch.Tensor) -> torch.Tensor:
    """Votes of the pairs as scores of the classes; the largest is the class that libsvm predicts.

    A score is the number of votes plus the sum of the class's decisions pressed into -1/3..1/3, as scikit-learn's
    one-versus-rest decisions. Where votes are equal, the winner is raised above the others. What a softmax makes of
    scores is no calibrated probability (ours).

    Args:
        decisions: (B, pairs).
        ranks: (classes,): of classes with equal votes the lowest wins.

    Returns:
        (B, classes).
    """
    votes = decisions.new_zeros(len(decisions), len(ranks))
    sums = decisions.new_zeros(len(decisions), len(ranks))
    for column, (first, second) in enumerate(combinations(range(len(ranks)), 2)):
        decision = decisions[:, column]
        votes[:, first] += decision > 0
        votes[:, second] += decision <= 0
        sums[:, first] = sums[:, first] + decision
        sums[:, second] = sums[:, second] - decision
    scores = votes + sums / (3 * (sums.abs() + 1))
    winner = (votes * len(ranks) - ranks).argmax(1, keepdim=True)
    best = scores.detach().amax(1, keepdim=True)
    gap = best - scores.detach().gather(1, winner)
    return scores.scatter_add(1, winner, torch.where(gap > 0, gap + 1e-3, 0))
