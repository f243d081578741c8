"""`svm`: a support vector machine on any descriptor, solved by scikit-learn's SVC. Ours, the yardstick of descriptors.

Source of the chi-square kernel: Zong et al., TMM 2018 (docs/methods.md). Ours: scaling, projection, probabilities.
"""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import nn

from ..errors import DatasetError
from ..options import Options as BaseOptions
from ..types import VECTOR, Inputs
from .model import SolvedModel
from .pairwise import Floats64, Labels, class_scores, first_seen, fit_pairs, pair_count
from .transductive import LBPTOP_85

BLOCK = 1024
"""Values of a vector that are compared at a time: what lies between stays in the processor's cache, 9 times as fast."""


class SVM(SolvedModel):
    """Scaling, projection and the machines of all pairs of classes, whose votes decide."""

    channels = VECTOR
    mean: torch.Tensor
    scale: torch.Tensor
    basis: torch.Tensor
    ranks: torch.Tensor

    class Options(BaseOptions):
        """Options of `svm`."""

        dimension: int = Field(LBPTOP_85, gt=0)
        """Values per vector; left out of a recipe it is that of the data."""
        kernel: Literal["linear", "chi-square"] = "linear"
        """"chi-square": 1 - sum of (x - y)^2 / ((x + y) / 2), for histograms."""
        c: float = Field(1.0, gt=0)
        """Bound of the slack: larger fits the training clips more closely."""
        scaling: Literal["none", "standard"] = "none"
        """"standard": every value less its mean over the training clips, divided by its standard deviation there."""
        components: int = Field(0, ge=0)
        """Principal components of the training clips to project on; 0: none. There are at most clips - 1."""
        whiten: bool = False
        """Divide each component by its standard deviation over the training clips."""
        support: int = Field(0, ge=0)
        """Support vectors of the chi-square kernel; found by solving and not for a recipe."""

        @model_validator(mode="after")
        def _histograms(self) -> Self:
            if self.kernel == "chi-square" and (self.scaling != "none" or self.components):
                raise ValueError("kernel = 'chi-square' compares histograms: leave scaling and components out")
            return self

    def __init__(self, num_classes: int, options: SVM.Options) -> None:
        super().__init__(num_classes, options)
        self.settings = options
        self.input_shape = (options.dimension,)
        width, rows = options.components or options.dimension, pair_count(num_classes)
        linear = options.kernel == "linear"
        self.head = nn.Linear(width, rows, dtype=torch.float64) if linear else Expansion(width, rows, options.support)
        self.register_buffer("mean", torch.zeros(options.dimension, dtype=torch.float64))
        self.register_buffer("scale", torch.ones(options.dimension, dtype=torch.float64))
        basis = (options.components, options.dimension) if options.components else (0, 0)
        self.register_buffer("basis", torch.zeros(basis, dtype=torch.float64))
        self.register_buffer("ranks", torch.arange(num_classes))

    @property
    def fitted_steps(self) -> tuple[str, ...]:
        """Scaler and projection, where they are asked for."""
        asked = {"scaler": self.settings.scaling != "none", "projection": self.settings.components > 0}
        return tuple(name for name, wanted in asked.items() if wanted)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, D) to logits (B, num_classes); computed in float64, so that votes fall as they were solved."""
        values = (images.double() - self.mean) / self.scale
        if self.settings.components:
            values = values @ self.basis.T
        return class_scores(self.head(values), self.ranks).float()

    def solve(self, images: Inputs, labels: Labels, weights: Floats64, *, flip: bool) -> int:
        """Fit scaler and projection, then the machines.

        Args:
            images: (N, D) vectors.
            labels: (N,) classes.
            weights: (N,) factors on C.
            flip: without effect: vectors have no mirror image.

        Returns:
            1.

        Raises:
            DatasetError: fewer than two classes are there, or fewer clips than components need.
        """
        values = self._fit_steps(np.asarray(images, np.float64))
        expanded = isinstance(self.head, Expansion)
        products = chi_square(*(torch.from_numpy(values),) * 2).numpy() if expanded else values @ values.T
        duals, biases = fit_pairs(products, labels, self.num_classes, self.settings.c, weights)
        with torch.no_grad():
            self.ranks.copy_(first_seen(labels, self.num_classes))
            self.head.bias.copy_(torch.from_numpy(biases))
            if isinstance(self.head, Expansion):
                count = self.head.keep(values, duals)
                self.options = self.options.model_copy(update={"support": count})
            else:
                self.head.weight.copy_(torch.from_numpy(duals @ values))
        return 1

    def _fit_steps(self, values: Floats64) -> Floats64:
        """Fit scaler and projection on the training vectors (N, D) and give them as the machines see them."""
        options = self.settings
        with torch.no_grad():
            if options.scaling == "standard":
                spread = values.std(0)
                self.mean.copy_(torch.from_numpy(values.mean(0)))
                self.scale.copy_(torch.from_numpy(np.where(spread > 0, spread, 1)))
                values = (values - self.mean.numpy()) / self.scale.numpy()
            if options.components:
                values = values @ self._fit_projection(values).T
        return values

    def _fit_projection(self, values: Floats64) -> Floats64:
        """The basis (components, D) of the scaled training vectors.

        Projected vectors keep their mean: it moves all alike, which the machines, having a bias, do not see.
        """
        options, centre = self.settings, values.mean(0)
        squares, vectors = np.linalg.eigh((values - centre) @ (values - centre).T)
        squares, vectors = squares[::-1][: options.components], vectors[:, ::-1][:, : options.components]
        if len(squares) < options.components or squares[-1] <= squares[0] * 1e-12:
            raise DatasetError(
                "There are too few training clips for so many components.",
                expected=f"more than {options.components} different clips",
                got=f"{len(values)} clips",
                cure="lower model.options.components",
            )
        basis: Floats64 = vectors.T @ (values - centre) / np.sqrt(squares)[:, None]
        if options.whiten:
            basis *= np.sqrt(len(values) / squares)[:, None]
        self.basis.copy_(torch.from_numpy(basis))
        return basis


class Expansion(nn.Module):
    """Decisions by the chi-square kernel to the support vectors, as many as solving leaves."""

    def __init__(self, width: int, rows: int, count: int) -> None:
        super().__init__()
        self.vectors = nn.Parameter(torch.zeros(count, width, dtype=torch.float64))
        self.duals = nn.Parameter(torch.zeros(rows, count, dtype=torch.float64))
        self.bias = nn.Parameter(torch.zeros(rows, dtype=torch.float64))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(B, D) -> (B, rows)."""
        decisions: torch.Tensor = chi_square(values, self.vectors) @ self.duals.T + self.bias
        return decisions

    def keep(self, values: Floats64, duals: Floats64) -> int:
        """Keep those of the training vectors (N, D) whose dual coefficients (rows, N) are not all 0, and count them."""
        support = np.flatnonzero(duals.any(0))
        self.vectors = nn.Parameter(torch.from_numpy(values[support]))
        self.duals = nn.Parameter(torch.from_numpy(duals[:, support]))
        return len(support)


def chi_square(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """(N, D), (M, D), no value below 0 -> (N, M) of 1 - sum of (x - y)^2 / ((x + y) / 2); 0 / 0 counts as 0."""
    kernel = first.new_ones(len(first), len(second))
    for some, others in zip(torch.split(first, BLOCK, 1), torch.split(second, BLOCK, 1), strict=True):
        for column, other in enumerate(others):
            total = (some + other).clamp_min(1e-300)
            kernel[:, column] -= 2 * ((some - other) ** 2 / total).sum(1)
    return kernel
