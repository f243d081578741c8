"""SSSNet: Varanka, Peng, Zhao, "Micro-expression recognition with noisy labels", HVEI 2021.

IS&T Electronic Imaging: Human Vision and Electronic Imaging 33, 157; layers as in the authors' toolkit meb.
Faithful: u, v and strain at 64 x 64, two convolutions without padding (32 filters of 5 x 5, 64 of 3 x 3), each with
ReLU, max pooling, batch normalisation and dropout of whole channels; one fully connected layer of 256.
Ours: the input scaled to -1..1, PyTorch's default initialisation.
Figure expected: none published on MEGC2019. In meb's leave-one-data-set-out action unit detection it is the best small
network (binary F1 40.5 %, against 31.8 % of STSTNet), with fixed epochs.
Training in meb: Adam 1e-4, weight decay 1e-3, 200 epochs, batch unconfirmed.
"""

from __future__ import annotations

import torch
from torch import nn

from ..options import Options as BaseOptions
from .model import Model


class SSSNet(Model):
    """Two convolutions and two fully connected layers: 1,349,251 parameters for three classes."""

    input_shape = (3, 64, 64)

    class Options(BaseOptions):
        """Options of SSSNet."""

        dropout: float = 0.5
        """Of whole channels after each convolution, of single values after the fully connected layer."""

    def __init__(self, num_classes: int, options: SSSNet.Options) -> None:
        super().__init__(num_classes, options)
        self.features = nn.Sequential(
            nn.Conv2d(3, 32, 5),  # (B, 32, 60, 60)
            nn.ReLU(),
            nn.MaxPool2d(3),
            nn.BatchNorm2d(32),
            nn.Dropout2d(options.dropout),
            nn.Conv2d(32, 64, 3),  # (B, 64, 18, 18)
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.BatchNorm2d(64),
            nn.Dropout2d(options.dropout),
            nn.Flatten(),  # (B, 5184)
            nn.Linear(64 * 9 * 9, 256),
            nn.ReLU(),
            nn.Dropout(options.dropout),
        )
        self.head = nn.Linear(256, num_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, 3, 64, 64) = u, v, strain in 0..255 to logits (B, num_classes)."""
        logits: torch.Tensor = self.head(self.features(images / 127.5 - 1))
        return logits
