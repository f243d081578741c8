"""What the transductive recognisers share.

They see source clips with labels and target clips without, and answer on the latter. All of them end in a linear map
of the descriptor, since every kernel is linear.

Source: the CDMER protocol (docs/cross_database.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import nn

from ..errors import OptionsError
from ..options import Options as BaseOptions
from ..types import VECTOR, Inputs
from .model import SolvedModel
from .pairwise import class_scores, first_seen, fit_pairs, pair_count

Floats64 = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
LBPTOP_85 = 15_045
"""Values of LBP-TOP R3P8 of the 85 blocks."""


@dataclass(frozen=True, slots=True)
class LinearMap:
    """What a method finds: decisions are x @ weight.T + bias."""

    weight: Floats64
    """(rows, D); a row per class, or per pair of classes where the method ends in a support vector machine."""
    bias: Floats64
    """(rows,)."""
    steps: int = 1
    """Of the solver."""


class TransductiveModel(SolvedModel):
    """Base: a linear layer that `adapt` computes."""

    channels = VECTOR
    transductive = True
    pairs: ClassVar[bool] = True
    """Whether rows are pairs of classes that vote, or classes of which the largest wins."""
    ranks: torch.Tensor

    class Options(BaseOptions):
        """Options of every transductive recogniser."""

        dimension: int = Field(LBPTOP_85, gt=0)
        """Values per vector; left out of a recipe it is that of the data."""

    def __init__(self, num_classes: int, options: BaseOptions) -> None:
        super().__init__(num_classes, options)
        assert isinstance(options, TransductiveModel.Options)
        self.input_shape = (options.dimension,)
        rows = pair_count(num_classes) if self.pairs else num_classes
        self.head = nn.Linear(options.dimension, rows, dtype=torch.float64)
        self.register_buffer("ranks", torch.arange(num_classes))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, D) to logits (B, num_classes); computed in float64, so that votes fall as they were solved."""
        decisions = self.head(images.double())
        return (class_scores(decisions, self.ranks) if self.pairs else decisions).float()

    def solve_for(self, images: Inputs, labels: Labels, weights: Floats64, target: Inputs) -> int:
        """Set the weights.

        Args:
            images: (N, D) source vectors.
            labels: (N,) their classes.
            weights: (N,) weights in the loss; only ones are taken.
            target: (M, D) vectors of the clips that will be answered on.

        Returns:
            The number of steps that the solver took.

        Raises:
            OptionsError: class weights are asked for.
        """
        if not (weights == 1).all():
            raise OptionsError(f"{type(self).__name__} has no class weights.", cure='set train.class_weights = "none"')
        found = self.adapt(np.asarray(images, np.float64), labels, np.asarray(target, np.float64))
        with torch.no_grad():
            self.ranks.copy_(first_seen(labels, self.num_classes))
            self.head.weight.copy_(torch.from_numpy(found.weight))
            self.head.bias.copy_(torch.from_numpy(found.bias))
        return found.steps

    def adapt(self, source: Floats64, labels: Labels, target: Floats64) -> LinearMap:
        """The method itself: (N, D), (N,) and (M, D) in, a linear map for target vectors out."""
        raise NotImplementedError

    def machine(self, features: Floats64, labels: Labels, weights: Floats64 | None = None) -> LinearMap:
        """The linear support vector machine, C = 1, that most of the methods end in: a map of `features` (N, d)."""
        duals, biases = fit_pairs(features @ features.T, labels, self.num_classes, 1.0, weights)
        return LinearMap(duals @ features, biases)


def check_regions(dimension: int, regions: int) -> None:
    """Refuse vectors that do not consist of `regions` equal parts.

    Raises:
        OptionsError: they do not.
    """
    if dimension % regions:
        raise OptionsError(
            f"{dimension} values are not {regions} equal regions.",
            cure="set model.options.regions to the number of blocks of the descriptor",
        )


def one_hot(labels: Labels, classes: int) -> Floats64:
    """(N, classes) of zeros and ones."""
    return np.eye(classes)[labels]


def regression_rows(
    source: Floats64, labels: Labels, target: Floats64, classes: int, gap: float
) -> tuple[Floats64, Floats64]:
    """What a regression of the classes learns from: the source clips, and the distance of the means, wanted to be 0.

    Returns:
        (N + 1, D) vectors, the last sqrt(gap) * (mean of the source - mean of the target), and (N + 1, classes).
    """
    rows = np.concatenate([source, np.sqrt(gap) * (source.mean(0) - target.mean(0))[None]])
    return rows, np.concatenate([one_hot(labels, classes), np.zeros((1, classes))])


def without_absent(bias: Floats64, labels: Labels) -> Floats64:
    """The biases (classes,) with those of classes that have no clips so low that they never win."""
    return np.where(np.bincount(labels, minlength=len(bias)) > 0, bias, -1e4)
