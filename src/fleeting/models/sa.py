"""`sa`: Fernando et al.: Unsupervised Visual Domain Adaptation Using Subspace Alignment, ICCV 2013.

The principal axes of the source are turned onto those of the target; a linear support vector machine, C = 1, learns on
source vectors in the turned axes and answers on target vectors in their own. The axes are those of the centred sets;
what is projected on them is not centred, which gives the benchmark's figures (docs/cross_database.md).
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

    options: SA.Options

    def adapt(self, source: Floats64, labels: Labels, target: Floats64) -> LinearMap:
        """Turn the axes and fit the machine in them."""
        count = min(self.options.components, len(source) - 1, len(target) - 1)
        own, other = principal_axes(source, count), principal_axes(target, count)
        machine = self.machine(source @ own @ (own.T @ other), labels)
        return LinearMap(machine.weight @ other.T, machine.bias)
