"""`tkl`: transfer kernel learning after Long, Wang, Sun, Yu: Domain Invariant Transfer Kernel Learning, IEEE TKDE 2015.

The eigenvectors of the target's kernel are carried over to the source by Nystroem's rule; their eigenvalues are chosen
anew so that the source's kernel comes out again, each at least `damping` times the next; a support vector machine,
C = 1, on the new kernel. The benchmark's details are unconfirmed; what stands here is our reading: linear kernel, no
normalisation, eigenvalues below 1e-8 of the largest left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from .transductive import Floats64, Labels, LinearMap, TransductiveModel


class TKL(TransductiveModel):
    """Transfer kernel learning."""

    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "damping": (0.1, 0.3, 0.5, 0.7, 0.9, 1.0, 1.1, 1.2, 1.5, 2.0, 3.0, 5.0),
    }

    class Options(TransductiveModel.Options):
        """Options of `tkl`."""

        damping: float = Field(1.1, gt=0)
        """How much larger an eigenvalue is than the next one at least, zeta."""

    options: TKL.Options

    def adapt(self, source: Floats64, labels: Labels, target: Floats64) -> LinearMap:
        """Learn the eigenvalues and fit the machine on the source's side of the kernel."""
        values, vectors = np.linalg.eigh(target @ target.T)
        real = values > values.max() * 1e-8
        carried = (target.T @ vectors[:, real] / values[real])[:, ::-1]  # x @ carried: the eigenvectors at x
        at_source = source @ carried
        spectrum = damped_spectrum(at_source, source @ source.T, self.options.damping)
        factor = carried * np.sqrt(spectrum)
        machine = self.machine(source @ factor, labels)
        return LinearMap(machine.weight @ factor.T, machine.bias)


def damped_spectrum(vectors: Floats64, kernel: Floats64, damping: float) -> Floats64:
    """Minimise ||vectors @ diag(s) @ vectors.T - kernel|| over s >= 0 with s[i] >= damping * s[i + 1].

    With s[i] = t[i] + damping * s[i + 1] that is a least squares problem in t >= 0.

    Args:
        vectors: (N, r).
        kernel: (N, N).
        damping: at least 0.

    Returns:
        (r,) eigenvalues.
    """
    from scipy.optimize import nnls

    planes = np.einsum("ir,jr->ijr", vectors, vectors).reshape(-1, vectors.shape[1])
    summed = np.zeros_like(planes)
    units = np.ones(vectors.shape[1])
    for place in range(len(units)):  # column t[i]: plane i and, by the rule, the larger ones before it
        own = planes[:, place] if place == 0 else planes[:, place] + damping * summed[:, place - 1] * units[place - 1]
        units[place] = np.linalg.norm(own)
        summed[:, place] = own / units[place]
    steps = nnls(summed, kernel.ravel())[0] / units
    spectrum: Floats64 = np.zeros_like(steps)
    behind = 0.0
    for place in range(len(steps))[::-1]:
        behind = spectrum[place] = steps[place] + damping * behind
    return spectrum
