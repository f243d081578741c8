"""`stm`: Chu, De la Torre, Cohn: Selective Transfer Machine for Personalized Facial Action Unit Detection, CVPR 2013.

Support vector machine and weights of the source clips are found in turn: the machine with the weights as factors on
C = 1, then the weights by kernel mean matching in which a clip also costs its hinge loss.
Ours: the paper has two classes; here a clip's loss is the sum of its squared hinges over the pairs of its class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from .mean_matching import match_means
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

    def __init__(self, num_classes: int, options: STM.Options) -> None:
        super().__init__(num_classes, options)
        self.settings = options

    def adapt(self, source: Floats64, labels: Labels, target: Floats64) -> LinearMap:
        """Fit machine and weights in turn."""
        within, across = source @ source.T, source @ target.T
        weights, rounds = match_means(within, across), 0
        while rounds < ROUNDS:
            rounds += 1
            machine = self.machine(source, labels, weights)
            losses = self._losses(source @ machine.weight.T + machine.bias, labels)
            before, weights = weights, match_means(within, across, losses / self.settings.strength)
            if np.abs(weights - before).max() < CLOSE * before.max():
                break
        machine = self.machine(source, labels, weights)
        return LinearMap(machine.weight, machine.bias, rounds)

    def _losses(self, decisions: Floats64, labels: Labels) -> Floats64:
        losses = np.zeros(len(labels))
        for column, pair in enumerate(combinations(range(self.num_classes), 2)):
            sides = np.select([labels == pair[0], labels == pair[1]], [1.0, -1.0], 0.0)
            losses += np.where(sides != 0, np.maximum(0, 1 - sides * decisions[:, column]) ** 2, 0)
        return losses
