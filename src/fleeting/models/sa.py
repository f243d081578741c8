"""`sa`: Fernando et al.: Unsupervised Visual Domain Adaptation Using Subspace Alignment, ICCV 2013.

The principal axes of the source are turned onto those of the target; a linear support vector machine, C = 1, learns on
source vectors in the turned axes and answers on target vectors in their own. Ours: each set is centred at its own mean,
for the normalisation before it is unconfirmed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from .subspaces import principal_axes
from .tca import COUNTS
from .transductive import Floats64, Labels, LinearMap, TransductiveModel


class SA(TransductiveModel):
    """Subspace alignment."""

    grid: ClassVar[Mapping[str, Sequence[Any]]] = {"components": COUNTS}

    class Options(TransductiveModel.Options):
        """Options of `sa`."""

        components: int = Field(30, gt=0)
        """Dimensions of the subspaces; at most the clips of the smaller set less one."""

    def __init__(self, num_classes: int, options: SA.Options) -> None:
        super().__init__(num_classes, options)
        self.settings = options

    def adapt(self, source: Floats64, labels: Labels, target: Floats64) -> LinearMap:
        """Turn the axes and fit the machine in them."""
        count = min(self.settings.components, len(source) - 1, len(target) - 1)
        own, other = principal_axes(source, count), principal_axes(target, count)
        machine = self.machine((source - source.mean(0)) @ own @ (own.T @ other), labels)
        weight = machine.weight @ other.T
        return LinearMap(weight, machine.bias - weight @ target.mean(0))
