"""Dual-Inception: Zhou, Mao, Xue, "Dual-Inception Network for Cross-Database Micro-Expression Recognition", FG 2019.

Faithful to Off-TANet's public port, the only source that we could open: unshared streams for u and v at 28 x 28, two
Inception blocks of four paths (6, then 16 maps a path), max pooling after each, one fully connected layer of 1,024.
Ours: the input scaled to -1..1, PyTorch's default initialisation; the sources state no dropout and there is none.
Figure expected: leave-one-subject-out on the 442 clips of MEGC2019, UF1 .7322, UAR .7278 (HTNet's table; selection rule
unknown; the apex of SMIC is the middle frame).
Training in the paper: optimiser, rate, epochs and batch unconfirmed.
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import nn

from ..options import Options as BaseOptions
from .model import Model


class DualInception(Model):
    """Two streams of two Inception blocks: 6,449,867 parameters for three classes."""

    channels = ("u", "v")
    input_shape = (2, 28, 28)

    class Options(BaseOptions):
        """Options of Dual-Inception."""

        units: int = Field(1024, gt=0)
        """Of the fully connected layer, which has most of the weights. The port's is 1,024; fewer is a reduced setting
        for CPUs."""

    def __init__(self, num_classes: int, options: DualInception.Options) -> None:
        super().__init__(num_classes, options)
        self.streams = nn.ModuleList(
            nn.Sequential(
                Inception(1, 6),
                nn.MaxPool2d(2),  # (B, 24, 14, 14)
                Inception(24, 16),
                nn.MaxPool2d(2),  # (B, 64, 7, 7)
                nn.Flatten(),
            )
            for _ in self.channels
        )
        self.joined = nn.Sequential(nn.Linear(2 * 64 * 7 * 7, options.units), nn.ReLU())
        self.head = nn.Linear(options.units, num_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, 2, 28, 28) = u, v in 0..255 to logits (B, num_classes)."""
        parts = (images / 127.5 - 1).chunk(2, 1)
        features = [stream(part) for stream, part in zip(self.streams, parts, strict=True)]  # each (B, 3136)
        logits: torch.Tensor = self.head(self.joined(torch.cat(features, 1)))
        return logits


class Inception(nn.Module):
    """Four paths side by side, (B, C, H, W) -> (B, 4 * maps, H, W); the 1 x 1 path has no ReLU, as in the port."""

    def __init__(self, inputs: int, maps: int) -> None:
        super().__init__()
        self.paths = nn.ModuleList(
            (
                nn.Conv2d(inputs, maps, 1),
                nn.Sequential(_convolution(inputs, maps, 1), _convolution(maps, maps, 3)),
                nn.Sequential(_convolution(inputs, maps, 1), _convolution(maps, maps, 5)),
                nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), _convolution(inputs, maps, 1)),
            )
        )

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Run the paths and join their maps."""
        return torch.cat([path(maps) for path in self.paths], 1)


def _convolution(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2), nn.ReLU())
