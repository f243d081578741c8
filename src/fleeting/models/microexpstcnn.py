"""MicroExpSTCNN: Reddy, Karri, Dubey, Mukherjee, "Spontaneous Facial Micro-Expression Recognition ...", IJCNN 2019.

The paper's title goes on "using 3D Spatiotemporal Convolutional Neural Networks"; arXiv 1904.01390.
Faithful: the grey face at 64 x 64 px over 96 frames (CAS(ME)2) or 18 (SMIC); one layer of 32 convolutions of 3 x 3 px
and 15 frames with ReLU, 3 x 3 x 3 max pooling, dropout .5, 128 units with ReLU, dropout .5, linear layer with normal
initial weights. 44,241,667 parameters for 96 frames, 1,643,267 for 18.
Figures published: accuracy CAS(ME)2 .878 (36 of 41 clips), SMIC .6875 (22 of 32), of ONE random split that does not
keep people apart, best epoch on test; mean of epochs 91-100 .822 and .625. No figure to expect.
Training in the paper: SGD .01 without momentum, 100 epochs, batch 8 (16 in the code), no augmentation.
Ours: 18 frames by default; input x / 255 - .5, where the code takes mean and maximum of all clips, the tested ones too;
torch's initial weights but for the last layer's, whose sd is Keras's .05.
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import nn

from ..options import Options as BaseOptions
from .model import Model

FILTERS, KERNEL, POOL = 32, (15, 3, 3), 3


class MicroExpSTCNN(Model):
    """3-D convolution of the whole face."""

    channels = ("grey",)

    class Options(BaseOptions):
        """Options of MicroExpSTCNN."""

        frames: int = Field(18, ge=17)
        """Frames of a clip; 96 or 18 in the paper."""
        size: int = Field(64, ge=5)
        """Side of the square input, px; 64 in the paper."""

    def __init__(self, num_classes: int, options: MicroExpSTCNN.Options) -> None:
        super().__init__(num_classes, options)
        self.input_shape = (1, options.frames, options.size, options.size)
        self.layers = nn.Sequential(
            *convolution(),
            nn.Linear(convolved(options.frames, options.size), 128),
            nn.ReLU(),
            nn.Dropout(0.5),
            last_layer(128, num_classes),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map clips (B, 1, frames, size, size) in 0..255 to logits (B, num_classes)."""
        logits: torch.Tensor = self.layers(images / 255 - 0.5)
        return logits


def convolution() -> nn.Sequential:
    """(B, 1, T, side, side) -> (B, `convolved(T, side)`), not negative."""
    layer = nn.Conv3d(1, FILTERS, KERNEL)
    return nn.Sequential(layer, nn.ReLU(), nn.MaxPool3d(POOL), nn.Dropout(0.5), nn.Flatten())


def convolved(frames: int, side: int) -> int:
    """Number of values that `convolution` gives."""
    return FILTERS * ((frames - KERNEL[0] + 1) // POOL) * ((side - KERNEL[1] + 1) // POOL) ** 2


def last_layer(inputs: int, num_classes: int) -> nn.Linear:
    """The classifier: normal weights with sd .05, no bias to start with."""
    layer = nn.Linear(inputs, num_classes)
    nn.init.normal_(layer.weight, std=0.05)
    nn.init.zeros_(layer.bias)
    return layer
