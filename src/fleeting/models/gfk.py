"""`gfk`: Gong, Shi, Sha, Grauman: Geodesic Flow Kernel for Unsupervised Domain Adaptation, CVPR 2012.

The kernel x^T G y integrates over all subspaces between the principal axes of source and target; a support vector
machine, C = 1, on it (as the benchmark; the paper takes the nearest neighbour).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from .subspaces import geodesic_factor, principal_axes
from .tca import COUNTS
from .transductive import Floats64, Labels, LinearMap, TransductiveModel


class GFK(TransductiveModel):
    """Geodesic flow kernel."""

    grid: ClassVar[Mapping[str, Sequence[Any]]] = {"components": COUNTS}

    class Options(TransductiveModel.Options):
        """Options of `gfk`."""

        components: int = Field(30, gt=0)
        """Dimensions of the subspaces; at most the clips of the smaller set less one."""

    options: GFK.Options

    def adapt(self, source: Floats64, labels: Labels, target: Floats64) -> LinearMap:
        """Find the kernel's factor and fit the machine on the source seen through it."""
        count = min(self.options.components, len(source) - 1, len(target) - 1)
        factor = geodesic_factor(principal_axes(source, count), principal_axes(target, count))
        machine = self.machine(source @ factor, labels)
        return LinearMap(machine.weight @ factor.T, machine.bias)
