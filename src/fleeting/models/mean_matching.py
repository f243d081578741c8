"""Kernel mean matching: weights of source clips under which their mean is that of the target; for `iw-svm` and `stm`.

Source: Huang, Smola, Gretton, Borgwardt, Schoelkopf: Correcting Sample Selection Bias by Unlabeled Data, NIPS 2006.
"""

from __future__ import annotations

import numpy as np

from ..errors import DatasetError
from .pairwise import Floats64

MOST = 1000.0
"""Largest weight of a clip."""


def match_means(within: Floats64, across: Floats64, losses: Floats64 | None = None) -> Floats64:
    """Minimise w^T K w / 2 - (k - losses)^T w for 0 <= w <= MOST and a sum near the number of source clips.

    Args:
        within: (N, N) products K of the source clips.
        across: (N, M) products of source and target clips; k is N / M times its row sums.
        losses: (N,) what a clip costs beyond the matching, in units of the first term; None: nothing.

    Returns:
        (N,) weights.

    Raises:
        DatasetError: the solver found none.
    """
    from scipy.optimize import minimize

    count = len(within)
    pull = count / across.shape[1] * across.sum(1) - (0 if losses is None else losses)
    slack = count * (np.sqrt(count) - 1) / np.sqrt(count)
    unit, ones = np.abs(within).max(), np.ones(count)
    limits = [
        {"type": "ineq", "fun": lambda w: w.sum() - count + slack, "jac": lambda _: ones},
        {"type": "ineq", "fun": lambda w: count + slack - w.sum(), "jac": lambda _: -ones},
    ]
    found = minimize(
        lambda w: (w @ within @ w / 2 - pull @ w) / unit,
        ones,
        jac=lambda w: (within @ w - pull) / unit,
        method="SLSQP",
        bounds=[(0, MOST)] * count,
        constraints=limits,
        options={"maxiter": 500, "ftol": 1e-10},
    )
    if not found.success:
        raise DatasetError("Kernel mean matching has no solution here.", got=str(found.message))
    weights: Floats64 = np.clip(found.x, 0, MOST)
    return weights
