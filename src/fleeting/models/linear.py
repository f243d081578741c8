"""`linear`: logistic regression on the 2,352 values of a flow image. Ours; the yardstick that a network has to beat.

Figure expected: leave-one-subject-out on the 442 clips of MEGC2019, UF1 .70-.73.
Solved exactly by scikit-learn's L-BFGS instead of gradient steps, so it is deterministic and has no schedule to tune.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import nn

from ..errors import DatasetError
from ..options import Options as BaseOptions
from ..types import Inputs
from .mirror import Images, mirrored
from .model import SolvedModel


class Linear(SolvedModel):
    """One linear layer on x / 255 - 0.5: 7,059 parameters for three classes."""

    input_shape = (3, 28, 28)

    class Options(BaseOptions):
        """Options of the logistic regression."""

        c: float = Field(0.01, gt=0)
        """Inverse strength of the L2 penalty, scikit-learn's C: smaller is smoother."""
        iterations: int = Field(1000, gt=0)
        """Upper limit of L-BFGS steps; scikit-learn warns where it is reached."""

    def __init__(self, num_classes: int, options: Linear.Options) -> None:
        super().__init__(num_classes, options)
        self.settings = options
        self.head = nn.Linear(int(np.prod(self.input_shape)), num_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, 3, 28, 28) in 0..255 to logits (B, num_classes)."""
        logits: torch.Tensor = self.head((images / 255 - 0.5).flatten(1))
        return logits

    def solve(
        self, images: Inputs, labels: npt.NDArray[np.int64], weights: npt.NDArray[np.float64], *, flip: bool
    ) -> int:
        """Put the optimum of the penalised cross-entropy into the layer.

        Args:
            images: (N, 28, 28, 3) uint8 = u, v, strain.
            labels: (N,) class indices.
            weights: (N,) weight of each image in the loss.
            flip: count every image half as it is and half mirrored.

        Returns:
            The number of L-BFGS steps. A class without images gets a logit that never wins.

        Raises:
            DatasetError: fewer than two classes are there.
        """
        from sklearn.linear_model import LogisticRegression  # takes a second to import

        present = np.unique(labels)
        if len(present) < 2:
            raise DatasetError("A recogniser needs images of two classes or more.", got=f"classes {present.tolist()}")
        views = cast(Images, images)
        inputs = _centred(views)
        if flip:
            # On centred values mirroring is linear and its own inverse. The optimum over both views is unique, hence
            # mirror-symmetric, and sees the mean of the two views only: half the rows give the same weights.
            inputs = (inputs + _centred(mirrored(views))) / np.float32(2)
        solver = LogisticRegression(C=self.settings.c, max_iter=self.settings.iterations)
        solver.fit(inputs, labels, sample_weight=weights)
        coefficients, intercepts = solver.coef_, solver.intercept_
        if len(present) == 2:  # scikit-learn keeps one row for two classes
            coefficients = np.concatenate([-coefficients, coefficients]) / 2
            intercepts = np.concatenate([-intercepts, intercepts]) / 2
        with torch.no_grad():
            self.head.weight.zero_()
            self.head.bias.fill_(-1e4)
            self.head.weight[present] = torch.from_numpy(coefficients).float()
            self.head.bias[present] = torch.from_numpy(intercepts).float()
        return int(solver.n_iter_.max())


def _centred(images: Images) -> npt.NDArray[np.float32]:
    """(N, 28, 28, 3) -> (N, 2352) in -0.5..0.5, channels first as `forward` flattens; float32 to save memory."""
    return images.transpose(0, 3, 1, 2).reshape(len(images), -1).astype(np.float32) / np.float32(255) - np.float32(0.5)
