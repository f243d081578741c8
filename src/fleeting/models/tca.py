"""`tca`: Pan, Tsang, Kwok, Yang: Domain Adaptation via Transfer Component Analysis, IEEE TNN 2011.

Components of both sets together, on which their means lie close and their variance is kept; linear kernel; a linear
support vector machine, C = 1, on the components. Each component has length 1 in the coefficients, as the public code
of the benchmark's authors leaves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from .transductive import Floats64, Labels, LinearMap, TransductiveModel

COUNTS = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 30, 38, 46, 60, 75, 92, 120)
"""Dimensions of a subspace that `test.also` chooses among, for every method that has one."""


class TCA(TransductiveModel):
    """Transfer component analysis."""

    grid: ClassVar[Mapping[str, Sequence[Any]]] = {"components": COUNTS}

    class Options(TransductiveModel.Options):
        """Options of `tca`."""

        components: int = Field(30, gt=0)
        """Dimensions that are kept; at most the clips of both sets together."""
        mu: float = Field(1.0, gt=0)
        """Weight of the coefficients' length."""

    options: TCA.Options

    def adapt(self, source: Floats64, labels: Labels, target: Floats64) -> LinearMap:
        """Find the components and fit the machine on them."""
        from scipy.linalg import eigh

        both = np.concatenate([source, target])
        products = both @ both.T
        side = np.concatenate([np.full(len(source), 1 / len(source)), np.full(len(target), -1 / len(target))])
        gap = products @ side
        centred = products - products.mean(0)
        _, found = eigh(products @ centred, np.outer(gap, gap) + self.options.mu * np.eye(len(both)))
        chosen = found[:, ::-1][:, : self.options.components]
        chosen = chosen / np.linalg.norm(chosen, axis=0)
        machine = self.machine(products[: len(source)] @ chosen, labels)
        return LinearMap(machine.weight @ chosen.T @ both, machine.bias)
