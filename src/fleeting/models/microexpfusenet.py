"""MicroExpFuseNet, intermediate and late: Reddy, Karri, Dubey, Mukherjee, IJCNN 2019 (paper of MicroExpSTCNN).

Faithful: a strip of the face with both eyes and one with the mouth, grey, 32 x 32 px each over 96 frames (CAS(ME)2) or
18 (SMIC), go through a layer of 3-D convolutions each (as in microexpstcnn.py, with weights of their own).
Intermediate: joined, 1,024 and 128 units without activation, dropout .5 after each, linear layer; 177,088,515
parameters for 96 frames, 6,694,915 for 18. Late: 1,024 and 128 such units for each strip, then joined; 177,221,123 and
6,827,523. (The late script has one more ReLU behind the pooling, of values that are not negative: left out.)
Figures published: accuracy CAS(ME)2 / SMIC .8325 / .5477 intermediate, .7931 / .6482 late, which no one can expect: the
whole data set, training part included, is the test set, best epoch on it, surprise clips twice and some as class 0.
Training in the paper: as MicroExpSTCNN; in the scripts for SMIC batch 4 (intermediate) and 250 epochs.
The strips come one above the other (features/face_parts.py): from landmarks of the onset frame where these are known
(the paper: dlib's), else from where the mean face has them.
Ours: they are resized with averaging; a face of 128 x 128 px; otherwise as in microexpstcnn.py.
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import nn

from ..features.face_parts import FaceParts, Landmarks
from ..options import Options as BaseOptions
from .microexpstcnn import convolution, convolved, last_layer
from .model import Model

SIDE, WIDE, NARROW = 32, 1024, 128
"""Side of a strip, px; units of the fully connected layers."""


class MicroExpFuseNet(Model):
    """What both fusions share: the strips and their convolutions."""

    channels = ("grey",)

    class Options(BaseOptions):
        """Options of MicroExpFuseNet."""

        frames: int = Field(18, ge=17)
        """Frames of a clip; 96 or 18 in the paper."""
        size: int = Field(128, ge=32)
        """Side of the square face that the strips are cut from, px."""
        landmarks: Landmarks = "template"
        """"detected": each clip's strips lie at its own landmarks (extra `faces`)."""

    def __init__(self, num_classes: int, options: MicroExpFuseNet.Options) -> None:
        super().__init__(num_classes, options)
        self.input_shape = (1, options.frames, 2 * SIDE, SIDE)
        self.face_parts = FaceParts("eyes-mouth", options.size, options.landmarks)
        self.convolutions = nn.ModuleList(convolution() for _ in range(2))

    def streams(self, images: torch.Tensor) -> list[torch.Tensor]:
        """The convolved strips (B, values), eyes first, of clips (B, 1, T, 64, 32) in 0..255."""
        strips = (images / 255 - 0.5).chunk(2, -2)
        return [layers(strip) for layers, strip in zip(self.convolutions, strips, strict=True)]


class IntermediateFuseNet(MicroExpFuseNet):
    """Strips joined before the fully connected layers."""

    def __init__(self, num_classes: int, options: MicroExpFuseNet.Options) -> None:
        super().__init__(num_classes, options)
        self.head = nn.Sequential(
            *_dense(2 * convolved(options.frames, SIDE)),
            last_layer(NARROW, num_classes),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map clips (B, 1, frames, 64, 32) in 0..255 to logits (B, num_classes)."""
        logits: torch.Tensor = self.head(torch.cat(self.streams(images), 1))
        return logits


class LateFuseNet(MicroExpFuseNet):
    """Strips joined behind the fully connected layers."""

    def __init__(self, num_classes: int, options: MicroExpFuseNet.Options) -> None:
        super().__init__(num_classes, options)
        self.dense = nn.ModuleList(_dense(convolved(options.frames, SIDE)) for _ in range(2))
        self.head = last_layer(2 * NARROW, num_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map clips (B, 1, frames, 64, 32) in 0..255 to logits (B, num_classes)."""
        values = [layers(stream) for layers, stream in zip(self.dense, self.streams(images), strict=True)]
        logits: torch.Tensor = self.head(torch.cat(values, 1))
        return logits


def _dense(inputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, WIDE), nn.Dropout(0.5), nn.Linear(WIDE, NARROW), nn.Dropout(0.5))
