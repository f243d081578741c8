"""`iw-svm`: importance-weighted support vector machine with kernel mean matching (Huang et al., NIPS 2006).

Source clips that look like the target count more: kernel mean matching gives each a weight, by which its C = 1 is
multiplied. Linear kernel; B = 1000 and epsilon = (sqrt(n) - 1) / sqrt(n), as the benchmark.
"""

from __future__ import annotations

from .mean_matching import match_means
from .transductive import Floats64, Labels, LinearMap, TransductiveModel


class IWSVM(TransductiveModel):
    """Importance-weighted support vector machine."""

    class Options(TransductiveModel.Options):
        """Options of `iw-svm`: those of all."""

    def adapt(self, source: Floats64, labels: Labels, target: Floats64) -> LinearMap:
        """Weigh the source clips and fit the machine."""
        return self.machine(source, labels, match_means(source @ source.T, source @ target.T))
