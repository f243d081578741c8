"""STSTNet: Liong, Gan, See, Khor, Huang, "Shallow Triple Stream Three-dimensional CNN", FG 2019 (arXiv 1902.03634).

Figure expected: leave-one-subject-out on the 442 clips of MEGC2019, last epoch, UF1 .71-.735 (paper .7353; its printed
UAR is macro precision, the recall of the same predictions is .7186).
The paper's streams of 3, 5 and 8 filters see the same input and are concatenated untouched by one another; one
convolution with 16 filters is the same function with the same initial distribution, and quicker.
Ours: the input is scaled to -1..1 by default (`scaling`). Raw 0..255 values, as in the public script, have a mean near
128, which tends to switch off every filter whose weights happen to sum below zero.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

from ..options import Options as BaseOptions
from .model import Model

FILTERS = 3 + 5 + 8


class STSTNet(Model):
    """One 3 x 3 convolution, two poolings and one linear layer: 1,683 parameters for three classes."""

    input_shape = (3, 28, 28)

    class Options(BaseOptions):
        """Options of STSTNet."""

        scaling: Literal["centred", "raw"] = "centred"
        """"centred" maps 0..255 to -1..1; "raw" is the public script's 0..255."""
        padding: Literal[1, 2] = 2
        """Of the convolution: 2 in the public script (30 x 30 maps), 1 in the paper (28 x 28); pooled sizes agree."""
        dropout: float = 0.5

    def __init__(self, num_classes: int, options: STSTNet.Options) -> None:
        super().__init__(num_classes, options)
        self.scale, self.shift = (1 / 127.5, -1.0) if options.scaling == "centred" else (1.0, 0.0)
        self.features = nn.Sequential(
            nn.Conv2d(3, FILTERS, 3, padding=options.padding),  # (B, 16, 30, 30)
            nn.ReLU(),
            nn.BatchNorm2d(FILTERS),
            nn.MaxPool2d(3, stride=3, padding=1),  # (B, 16, 10, 10)
            nn.Dropout(options.dropout),
            nn.AvgPool2d(2),  # (B, 16, 5, 5)
            nn.Flatten(),
        )
        self.head = nn.Linear(FILTERS * 5 * 5, num_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, 3, 28, 28) in 0..255 to logits (B, num_classes)."""
        logits: torch.Tensor = self.head(self.features(images * self.scale + self.shift))
        return logits
