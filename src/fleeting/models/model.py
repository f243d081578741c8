"""What every recogniser offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import cross_entropy

from ..features.face_parts import FaceParts
from ..options import Options as BaseOptions
from ..types import Inputs

FLOW = ("u", "v", "strain")
"""Channels of the flow images of the field."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one training step sees."""

    images: torch.Tensor
    """(B, C, H, W) float32 in 0..255, or vectors (B, D)."""
    labels: torch.Tensor
    """(B,) int64 class indices."""
    weights: torch.Tensor
    """(B,) float32 weight of each image in the loss."""
    domains: torch.Tensor
    """(B,) int64: 0 for recorded micro-expressions, 1 for synthetic and macro data."""
    progress: float
    """Share of the training that is over, 0..1."""

    def mean(self, losses: torch.Tensor) -> torch.Tensor:
        """The mean of one loss (B,) per image, each with its weight."""
        return (losses * self.weights).sum() / self.weights.sum()


class Model(torch.nn.Module):
    """Base of the recognisers: (B, C, H, W) float32 in 0..255, or vectors (B, D) -> logits (B, num_classes).

    A model scales its input itself, so that callers hand over images as they are stored.
    """

    channels: tuple[str, ...] = FLOW
    """What the C channels show: u, v, strain, magnitude (of the onset-to-apex flow), onset.r, apex.g, apex.grey, ...;
    types.VECTOR where it takes vectors. Such a model has an option `dimension`, which training sets."""
    input_shape: tuple[int, ...]
    """(channels, rows, columns) of one image, or (D,); an instance may differ from its class by its options."""
    face_parts: FaceParts | None = None
    """The parts of the face that the images are put together from; None: the whole face."""
    transductive: ClassVar[bool] = False
    """Whether it is handed the clips to be tested, without labels, before it answers on them."""
    licence: str = "own code, Apache-2.0; no weights shipped"
    """Of the code, and of published weights where a model has some."""

    class Options(BaseOptions):
        """The model's own options."""

    def __init__(self, num_classes: int, options: BaseOptions) -> None:
        super().__init__()
        self.num_classes, self.options = num_classes, options

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, *input_shape) float32 to logits (B, num_classes)."""
        raise NotImplementedError

    def loss(self, batch: Batch) -> torch.Tensor:
        """The training loss: weighted mean cross-entropy; models with further terms override it."""
        return batch.mean(cross_entropy(self(batch.images), batch.labels, reduction="none"))

    def count_parameters(self) -> int:
        """The number of trainable values."""
        return sum(weight.numel() for weight in self.parameters() if weight.requires_grad)


class SolvedModel(Model):
    """A model whose weights are computed from all training images at once instead of by gradient steps."""

    grid: ClassVar[Mapping[str, Sequence[Any]]] = {}
    """Option -> values among which `test.also` may choose; {} where there is nothing to choose."""

    @property
    def fitted_steps(self) -> tuple[str, ...]:
        """What is fitted before the classifier, on the same clips: "scaler", "projection", ..."""
        return ()

    def variants(self) -> Iterator[tuple[dict[str, Any], Self]]:
        """Every point of the grid with an unsolved model that has these options, in a fixed order."""
        points = product(*self.grid.values()) if self.grid else ()
        for values in points:
            chosen = dict(zip(self.grid, values, strict=True))
            with torch.random.fork_rng():
                model = type(self)(self.num_classes, self.options.model_copy(update=chosen))
            yield chosen, model

    def solve(
        self, images: Inputs, labels: npt.NDArray[np.int64], weights: npt.NDArray[np.float64], *, flip: bool
    ) -> int:
        """Set the weights.

        Args:
            images: (N, H, W, C) uint8 as `channels` say, or vectors (N, D).
            labels: (N,) class indices.
            weights: (N,) weight of each image in the loss.
            flip: count every image half as it is and half mirrored.

        Returns:
            The number of steps that the solver took.
        """
        raise NotImplementedError
