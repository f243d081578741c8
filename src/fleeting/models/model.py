"""What every recogniser offers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import cross_entropy

from ..options import Options as BaseOptions
from .mirror import Images

FLOW = ("u", "v", "strain")
"""Channels of the flow images of the field."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one training step sees."""

    images: torch.Tensor
    """(B, C, H, W) float32 in 0..255."""
    labels: torch.Tensor
    """(B,) int64 class indices."""
    weights: torch.Tensor
    """(B,) float32 weight of each image in the loss."""
    domains: torch.Tensor
    """(B,) int64: 0 for recorded micro-expressions, 1 for synthetic and macro data."""
    progress: float
    """Share of the training that is over, 0..1."""


class Model(torch.nn.Module):
    """Base of the recognisers: (B, C, H, W) float32 in 0..255 -> logits (B, num_classes).

    A model scales its input itself, so that callers hand over images as they are stored.
    """

    channels: tuple[str, ...] = FLOW
    """What the C channels show: u, v, strain, magnitude (of the onset-to-apex flow), onset.r, apex.g, apex.grey, ..."""
    input_shape: tuple[int, int, int]
    """(channels, rows, columns) of one input; an instance may differ from its class by its options."""
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
        losses = cross_entropy(self(batch.images), batch.labels, reduction="none")
        return (losses * batch.weights).sum() / batch.weights.sum()

    def count_parameters(self) -> int:
        """The number of trainable values."""
        return sum(weight.numel() for weight in self.parameters() if weight.requires_grad)


class SolvedModel(Model):
    """A model whose weights are computed from all training images at once instead of by gradient steps."""

    def solve(
        self, images: Images, labels: npt.NDArray[np.int64], weights: npt.NDArray[np.float64], *, flip: bool
    ) -> int:
        """Set the weights.

        Args:
            images: (N, 28, 28, 3) uint8 = u, v, strain.
            labels: (N,) class indices.
            weights: (N,) weight of each image in the loss.
            flip: count every image half as it is and half mirrored.

        Returns:
            The number of steps that the solver took.
        """
        raise NotImplementedError
