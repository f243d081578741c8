"""Quadratic problems over numbers that are 0 or more; for `rstr`, `iw-svm` and `stm`."""

from __future__ import annotations

import numpy as np

from .pairwise import Floats64


def nonnegative(squares: Floats64, pull: Floats64) -> Floats64:
    """Minimise b^T squares b - 2 pull^T b over b >= 0; a small multiple of the unit matrix makes the minimum unique."""
    from scipy.optimize import nnls

    raised = squares + 1e-8 * np.trace(squares) / len(squares) * np.eye(len(squares))
    root = np.linalg.cholesky(raised + 1e-12 * np.eye(len(squares))).T
    found: Floats64 = nnls(root, np.linalg.solve(root.T, pull))[0]
    return found
