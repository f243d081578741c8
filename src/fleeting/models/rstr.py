"""`rstr`: after Zong, Zhang et al.: Cross-Database Micro-Expression Recognition: A Benchmark, IEEE TKDE 2022.

Region-selective transfer regression. Only the abstract could be read, so the problem solved is ours: regress the
classes on regions, each with a contribution b_i >= 0, min ||L - sum b_i C_i^T X_i||^2 + gap * ||distance of the
domains' means in label space||^2 + ridge * sum ||C_i||^2 + sparsity * sum b_i, C and b in turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from .nonnegative import nonnegative
from .transductive import Floats64, Labels, LinearMap, TransductiveModel, check_regions, regression_rows, without_absent

ROUNDS, CLOSE = 30, 1e-4
"""Most rounds, and the change of a contribution below which they end."""


class RSTR(TransductiveModel):
    """Region-selective transfer regression, our reading."""

    pairs = False
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "gap": (0.01, 1.0, 100.0),
        "ridge": (0.01, 0.1, 1.0),
        "sparsity": (0.01, 0.1, 1.0),
    }

    class Options(TransductiveModel.Options):
        """Options of `rstr`."""

        regions: int = Field(85, gt=0)
        """Groups of equally many values that the vector consists of: the blocks of its grid."""
        gap: float = Field(1.0, ge=0)
        """Weight of the distance between the means of source and target."""
        ridge: float = Field(0.1, gt=0)
        """Weight of the squared coefficients."""
        sparsity: float = Field(0.1, ge=0)
        """Weight of the sum of the contributions."""

    options: RSTR.Options

    def adapt(self, source: Floats64, labels: Labels, target: Floats64) -> LinearMap:
        """Find coefficients and contributions in turn, from equal contributions."""
        options = self.options
        check_regions(options.dimension, options.regions)
        rows, wanted = regression_rows(source, labels, target, self.num_classes, options.gap)
        regions = rows.reshape(len(rows), options.regions, -1).transpose(1, 0, 2)  # (K, N, d)
        products = regions @ regions.transpose(0, 2, 1)
        shares, rounds = np.ones(options.regions), 0
        while rounds < ROUNDS:
            rounds += 1
            kernel = np.tensordot(shares**2, products, 1) + options.ridge * np.eye(len(rows))
            duals = np.linalg.solve(kernel, wanted)
            answers = (shares[:, None, None] * (products @ duals)).reshape(options.regions, -1)  # of C_i, without b_i
            before, shares = shares, nonnegative(answers @ answers.T, answers @ wanted.ravel() - options.sparsity / 2)
            if np.abs(shares - before).max() < CLOSE:
                break
        weight = np.repeat(before * shares, rows.shape[1] // options.regions) * (duals.T @ rows)
        return LinearMap(weight, without_absent(np.zeros(self.num_classes), labels), rounds)
