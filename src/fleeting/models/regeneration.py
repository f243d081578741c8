"""Domain regeneration: `tsrg` (DRFS-S), `drfs-t` and `drls`; Zong et al., ACM MM 2017 and IEEE TIP 2018.

One domain's features, or the classes of the source, are regenerated from products with the clips of both domains, by a
sparse matrix P under which the means of both fall together: min ||R - P^T K||^2 + l ||P^T k||^2 + m ||P||_1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from .transductive import Floats64, Labels, LinearMap, TransductiveModel, one_hot, without_absent

START, GROWTH, LARGEST, CLOSE = 1e-3, 1.1, 1e15, 1e-8
"""Weight of the constraint, its factor per step and its bound; the gap at which the solver stops."""


class Regeneration(TransductiveModel):
    """Base: its members differ in what is regenerated."""

    grid: ClassVar[Mapping[str, Sequence[Any]]] = {"balance": (0.01, 1.0, 100.0), "sparsity": (0.001, 0.01, 0.1)}

    class Options(TransductiveModel.Options):
        """Options of `tsrg`, `drfs-t` and `drls`."""

        balance: float = Field(1.0, ge=0)
        """Weight of the distance between the means, l."""
        sparsity: float = Field(0.1, ge=0)
        """Weight of the absolute values of P, m."""

    options: Regeneration.Options

    def matrix(self, own: Floats64, other: Floats64, wanted: Floats64) -> tuple[Floats64, int]:
        """P of a domain `own` (N, D), beside `other` (M, D), that regenerates `wanted` (N, R).

        Returns:
            (N + M, R), and the number of steps.
        """
        both = np.concatenate([own, other])
        near, far = both @ own.T, both @ other.T
        return sparse_map(near, near.mean(1) - far.mean(1), wanted, self.options.balance, self.options.sparsity)


class TSRG(Regeneration):
    """Target sample regenerator: target clips are regenerated in the source's feature space (DRFS-S)."""

    def adapt(self, source: Floats64, labels: Labels, target: Floats64) -> LinearMap:
        """Fit the machine on source vectors; it reads regenerated target vectors."""
        machine = self.machine(source, labels)
        found, steps = self.matrix(source, target, source)
        weight = machine.weight @ found.T @ np.concatenate([source, target])
        return LinearMap(weight, machine.bias, steps)


class DRFST(Regeneration):
    """Domain regeneration in the feature space of the target."""

    def adapt(self, source: Floats64, labels: Labels, target: Floats64) -> LinearMap:
        """Fit the machine on regenerated source vectors; it reads target vectors as they are."""
        found, steps = self.matrix(target, source, target)
        machine = self.machine(source @ np.concatenate([target, source]).T @ found, labels)
        return LinearMap(machine.weight, machine.bias, steps)


class DRLS(Regeneration):
    """Domain regeneration in the label space: the largest regenerated class wins."""

    pairs = False
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "balance": (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0),
        "sparsity": (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0),
    }

    def adapt(self, source: Floats64, labels: Labels, target: Floats64) -> LinearMap:
        """Regenerate the classes of the source."""
        found, steps = self.matrix(source, target, one_hot(labels, self.num_classes))
        weight = found.T @ np.concatenate([source, target])
        return LinearMap(weight, without_absent(np.zeros(self.num_classes), labels), steps)


def sparse_map(
    products: Floats64, gap: Floats64, wanted: Floats64, balance: float, sparsity: float
) -> tuple[Floats64, int]:
    """Minimise ||wanted.T - P^T products||^2 + balance * ||P^T gap||^2 + sparsity * ||P||_1.

    By the inexact augmented Lagrangian of the authors' code; P and the multiplier start at ones.

    Args:
        products: (n, N).
        gap: (n,).
        wanted: (N, R).
        balance: weight of the distance between the means.
        sparsity: weight of the absolute values.

    Returns:
        P (n, R), and the number of steps.
    """
    wide = np.concatenate([products, np.sqrt(balance) * gap[:, None]], axis=1)
    values, basis = np.linalg.eigh(wide @ wide.T)
    values = np.maximum(values, 0)
    pull = products @ wanted
    found, multiplier, weight, steps = np.ones_like(pull), np.ones_like(pull), START, 0
    while True:
        steps += 1
        solving = (basis / (values + weight / 2)) @ basis.T
        free = solving @ (pull + (weight * found + multiplier) / 2)
        moved = free - multiplier / weight
        found = moved - np.clip(moved, -sparsity / weight, sparsity / weight)
        gaps = found - free
        multiplier += weight * gaps
        weight = min(GROWTH * weight, LARGEST)
        if max(gaps.max(), -gaps.min()) < CLOSE:
            return found, steps
