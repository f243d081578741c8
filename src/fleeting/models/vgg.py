"""The VGG trunk of ELRCN; no member of the family.

Source: Simonyan, Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015, network D
(VGG-16) without its last layer. Parameters are called as in torchvision.
Ours: He normal initial weights in all layers, without which so deep a network does not start to learn; `SMALL`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

POOLS = 5


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of a VGG trunk."""

    filters: tuple[int, int, int, int, int]
    """Of the convolutions of each of the five stages; a 2 x 2 max pooling ends a stage."""
    convolutions: tuple[int, int, int, int, int]
    """Convolutions of each stage."""
    units: int
    """Of both fully connected layers, and so the values of a feature vector."""


VGG_16 = Sizes((64, 128, 256, 512, 512), (2, 2, 3, 3, 3), 4096)
SMALL = Sizes((16, 32, 64, 64, 64), (1, 1, 1, 1, 1), 256)
"""For CPUs (ours)."""


class VGG(nn.Module):
    """Convolutions and the two hidden fully connected layers: 134,260,544 parameters for VGG-16, RGB and 224 px."""

    def __init__(self, channels: int, side: int, sizes: Sizes = VGG_16) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = channels
        for filters, count in zip(sizes.filters, sizes.convolutions, strict=True):
            for _ in range(count):
                layers += [nn.Conv2d(inputs, filters, 3, padding=1), nn.ReLU()]
                inputs = filters
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(inputs * (side >> POOLS) ** 2, sizes.units),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(sizes.units, sizes.units),
            nn.ReLU(),
        )
        he_normal(self)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(B, channels, side, side) -> features (B, units), not negative."""
        values: torch.Tensor = self.classifier(self.features(images).flatten(1))
        return values


def he_normal(network: nn.Module) -> None:
    """Give the layers of a network without normalisation He's normal weights, and no bias to start with."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.get_parameter("bias"))
