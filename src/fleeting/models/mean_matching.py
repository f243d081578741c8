"""Kernel mean matching: weights of source clips under which their mean is that of the target; for `iw-svm` and `stm`.

Source: Huang, Smola, Gretton, Borgwardt, Schoelkopf: Correcting Sample Selection Bias by Unlabeled Data, NIPS 2006.
"""

from __future__ import annotations

import numpy as np

from .nonnegative import nonnegative
from .pairwise import Floats64

MOST = 1000.0
"""Largest weight of a clip. Sums are below twice the number of clips, so only more than 500 clips can reach it."""


def match_means(within: Floats64, across: Floats64, losses: Floats64 | None = None) -> Floats64:
    """Minimise w^T K w / 2 - (k - losses)^T w over w >= 0 with a sum near the number of source clips.

    Args:
        within: (N, N) products K of the source clips.
        across: (N, M) products of source and target clips; k is N / M times its row sums.
        losses: (N,) what a clip costs beyond the matching, in units of the first term; None: nothing.

    Returns:
        (N,) weights, cut off at MOST.
    """
    count = len(within)
    pull = count / across.shape[1] * across.sum(1) - (0 if losses is None else losses)
    slack = count * (np.sqrt(count) - 1) / np.sqrt(count)
    weights = nonnegative(within, pull)
    total = np.clip(weights.sum(), count - slack, count + slack)
    if total != weights.sum():
        weights = _of_sum(within, pull, total)
    return np.minimum(weights, MOST)


def _of_sum(within: Floats64, pull: Floats64, total: float) -> Floats64:
    """The minimum among weights of that sum: there, all clips are pulled by one number more, or less."""
    from scipy.optimize import brentq

    def excess(further: float) -> float:
        return float(nonnegative(within, pull + further).sum() - total)

    reach = np.abs(within).max() if excess(0) < 0 else -np.abs(within).max()
    while excess(reach) * np.sign(reach) < 0:
        reach *= 2
    return nonnegative(within, pull + brentq(excess, 0, reach, xtol=1e-9 * abs(reach)))
