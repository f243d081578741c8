"""`tgsr`: Jiang, Zong, Zheng, Liu, Wei: Seeking Salient Facial Regions for Cross-Database MER, ICPR 2022.

Regression of the classes on groups of features, one group a facial region, of which kappa are kept; the mean of source
and target in label space are drawn together by xi. The map of the kept regions is drawn by reports/region_map.py.
Source: the paper's problem, solved by the inexact augmented Lagrangian of the authors' code, whose sign of the
multiplier differs from the printed one. Exact on the authors' logged scores (docs/cross_database.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from .transductive import Floats64, Labels, LinearMap, TransductiveModel, check_regions, regression_rows, without_absent

START, GROWTH, LARGEST, CLOSE = 1e-3, 1.1, 1e15, 1e-8
"""Weight of the constraint, its factor per step and its bound; the gap at which the solver stops."""


class TGSR(TransductiveModel):
    """Transfer group sparse regression."""

    pairs = False
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "kappa": (2, 6, 12, 30, 62, 85),
        "xi": (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0),
    }

    class Options(TransductiveModel.Options):
        """Options of `tgsr`."""

        regions: int = Field(85, gt=0)
        """Groups of equally many values that the vector consists of: the blocks of its grid."""
        kappa: int = Field(30, gt=0)
        """Regions that are kept. With all of them nothing is selected, and the answer is that of one ridge step."""
        xi: float = Field(1.0, ge=0)
        """Weight of the distance between the means of source and target."""

    options: TGSR.Options

    def adapt(self, source: Floats64, labels: Labels, target: Floats64) -> LinearMap:
        """Regress the classes of the source on its groups."""
        options = self.options
        check_regions(options.dimension, options.regions)
        rows, wanted = regression_rows(source, labels, target, self.num_classes, options.xi)
        weight, steps = group_regression(rows, wanted, options.regions, min(options.kappa, options.regions))
        return LinearMap(weight.T, without_absent(np.zeros(self.num_classes), labels), steps)


def group_regression(rows: Floats64, wanted: Floats64, groups: int, kept: int) -> tuple[Floats64, int]:
    """Minimise ||wanted - rows @ W||^2 + lambda * sum of the groups' norms, lambda such that `kept` groups survive.

    Each step solves (mu I + 2 X X^T) F = mu W + 2 X L^T - T for X = rows.T; with the thin singular value decomposition
    of X that takes two products with an (r, D) matrix, r <= N, instead of a D x D system.

    Args:
        rows: (N, D).
        wanted: (N, C).
        groups: how many groups of D / groups values there are.
        kept: how many survive.

    Returns:
        W (D, C), zero in the groups that are left out, and the number of steps.
    """
    basis, squares = _thin(rows)
    pull = 2 * rows.T @ wanted
    weight, multiplier, mu, steps = np.ones_like(pull), np.zeros_like(pull), START, 0
    while True:
        steps += 1
        right = weight + (pull - multiplier) / mu
        inside = basis @ right
        free = right + basis.T @ (inside / (2 * squares / mu + 1)[:, None] - inside)
        weight = _shrunk(free + multiplier / mu, groups, kept)
        gap = free - weight
        multiplier += mu * gap
        mu = min(GROWTH * mu, LARGEST)
        if np.abs(gap).max() < CLOSE:
            return weight, steps


def _thin(rows: Floats64) -> tuple[Floats64, Floats64]:
    """Right singular vectors (r, D) and squared singular values (r,), by the N x N products."""
    squares, vectors = np.linalg.eigh(rows @ rows.T)
    real = squares > squares.max() * 1e-12
    return (vectors[:, real].T @ rows) / np.sqrt(squares[real])[:, None], squares[real]


def _shrunk(weight: Floats64, groups: int, kept: int) -> Floats64:
    """Every group shortened by the (kept + 1)-th largest norm; what is no longer than that vanishes."""
    blocks = weight.reshape(groups, -1)
    norms = np.sqrt((blocks**2).sum(1))
    threshold = np.sort(norms)[::-1][kept] if kept < groups else 0.0
    factors = np.maximum(0, 1 - threshold / np.maximum(norms, np.finfo(float).tiny))
    shrunk: Floats64 = blocks * factors[:, None]
    return shrunk.reshape(weight.shape)
