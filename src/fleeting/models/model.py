"""What every recogniser offers."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch

from ..options import Options as BaseOptions
from .mirror import Images


class Model(torch.nn.Module):
    """Base of the recognisers: (B, 3, 28, 28) float32 in 0..255 = u, v, strain -> logits (B, num_classes).

    A model scales its input itself, so that callers hand over flow images as they are stored.
    """

    input_shape: ClassVar[tuple[int, int, int]]
    """(channels, rows, columns) of one input."""

    class Options(BaseOptions):
        """The model's own options."""

    def __init__(self, num_classes: int, options: BaseOptions) -> None:
        super().__init__()
        self.num_classes, self.options = num_classes, options

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, *input_shape) float32 to logits (B, num_classes)."""
        raise NotImplementedError

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
