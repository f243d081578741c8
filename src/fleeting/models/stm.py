"""`stm`: Chu, De la Torre, Cohn: Selective Transfer Machine for Personalized Facial Action Unit Detection, CVPR 2013.

Support vector machine and weights of the source clips are found in turn: the machine with the weights as factors on
C = 1, then the weights by kernel mean matching in which a clip also costs its hinge loss. The first weights are those
of the matching alone. The paper has two classes; here every pair of classes has a machine with weights of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from .mean_matching import match_means
from .pairwise import fit_pairs
from .transductive import Floats64, Labels, LinearMap, TransductiveModel

ROUNDS, CLOSE = 10, 1e-3
"""Most rounds, and the change of a weight, as a share of the largest, below which they end."""


class STM(TransductiveModel):
    """Selective transfer machine."""

    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "strength": (0.01, 0.03, 0.1, 0.3, 1.0, 2.0, 4.0, 8.0, 15.0),
    }

    class Options(TransductiveModel.Options):
        """Options of `stm`."""

        strength: float = Field(1.0, gt=0)
        """Weight of the matching beside the loss, lambda."""

    options: STM.Options

    def adapt(self, source: Floats64, labels: Labels, target: Floats64) -> LinearMap:
        """Fit the machines of all pairs, each beside its weights."""
        within, across = source @ source.T, source @ target.T
        pairs = list(combinations(range(self.num_classes), 2))
        duals, biases, rounds = np.zeros((len(pairs), len(source))), np.zeros(len(pairs)), 0
        for row, (first, second) in enumerate(pairs):
            own = np.flatnonzero((labels == first) | (labels == second))
            if not len(own):
                continue
            sides = np.where(labels[own] == first, 1.0, -1.0)
            duals[row, own], biases[row], taken = self._pair(within[np.ix_(own, own)], across[own], sides)
            rounds = max(rounds, taken)
        return LinearMap(duals @ source, biases, rounds)

    def _pair(self, within: Floats64, across: Floats64, sides: Floats64) -> tuple[Floats64, float, int]:
        """Dual coefficients (N,) and bias of the machine of clips on two sides, 1 and -1, and the rounds it took."""
        weights, rounds = match_means(within, across), 0
        while rounds < ROUNDS:
            rounds += 1
            duals, bias = _machine(within, sides, weights)
            losses = np.maximum(0, 1 - sides * (within @ duals + bias))
            before, weights = weights, match_means(within, across, losses / self.options.strength)
            if np.abs(weights - before).max() < CLOSE * before.max():
                break
        return *_machine(within, sides, weights), rounds


def _machine(within: Floats64, sides: Floats64, weights: Floats64) -> tuple[Floats64, float]:
    """As fit_pairs for one pair; where the clips of a side are absent or weigh nothing, the other side always wins."""
    left = np.unique(sides[weights > 0])
    if len(left) < 2:
        return np.zeros(len(sides)), float(left.sum())
    duals, biases = fit_pairs(within, (sides < 0).astype(np.int64), 2, 1.0, weights)
    return duals[0], float(biases[0])
