"""MicroExpFuseNet, intermediate and late: Reddy, Karri, Dubey, Mukherjee, IJCNN 2019 (paper of MicroExpSTCNN).

Faithful: a strip of the face with both eyes and one with the mouth, grey, 32 x 32 px each over 96 frames (CAS(ME)2) or
18 (SMIC), go through a layer of 3-D convolutions each (as in microexpstcnn.py, with weights of their own).
Intermediate: joined, 1,024 and 128 units without activation, dropout .5 after each, linear layer; 177,088,515
parameters for 96 frames, 6,694,915 for 18. Late: 1,024 and 128 such units for each strip, then joined; 177,221,123 and
6,827,523. (The late script has one more ReLU behind the pooling, of values that are not negative: left out.)
Figures published: accuracy CAS(ME)2 / SMIC .8325 / .5477 intermediate, .7931 / .6482 late, which no one can expect: the
whole data set, training part included, is the test set, best epoch on it, surprise clips twice and some as class 0.
Training in the paper: as MicroExpSTCNN; in the scripts for SMIC batch 4 (intermediate) and 250 epochs.
Ours: the strips lie at fixed places of the aligned face (`EYES`, `MOUTH`) instead of at dlib's landmarks of each clip,
and are resized with averaging; a face of 128 x 128 px; otherwise as in microexpstcnn.py.
"""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import AfterValidator, Field
from torch import nn
from torch.nn.functional import interpolate

from ..options import Options as BaseOptions
from .microexpstcnn import convolution, convolved, last_layer
from .model import Model

Strip = tuple[float, float, float, float]
"""(top, bottom, left, right), shares of the face's height and width."""
EYES: Strip = (0.11, 0.39, 0.0, 1.0)
"""Rows from landmark 19 (0-based) to 1, columns from 1 to 15, as in the paper's script, for the mean landmarks of
Fleeting's aligned faces (features/mean_landmarks.csv) in its default crop."""
MOUTH: Strip = (0.61, 1.0, 0.0, 1.0)
"""Rows from landmark 2 to 6 (which lies .03 below the crop), columns from 2 to 14."""
SIDE, WIDE, NARROW = 32, 1024, 128


def _inside(strip: Strip) -> Strip:
    top, bottom, left, right = strip
    if not (0 <= top < bottom <= 1 and 0 <= left < right <= 1):
        raise ValueError("a strip is (top, bottom, left, right) with 0 <= top < bottom <= 1 and 0 <= left < right <= 1")
    return strip


class MicroExpFuseNet(Model):
    """What both fusions share: the strips and their convolutions."""

    channels = ("grey",)

    class Options(BaseOptions):
        """Options of MicroExpFuseNet."""

        frames: int = Field(18, ge=17)
        """Frames of a clip; 96 or 18 in the paper."""
        size: int = Field(128, ge=32)
        """Side of the square face that the strips are cut from, px."""
        eyes: Annotated[Strip, AfterValidator(_inside)] = EYES
        """Where the eyes are."""
        mouth: Annotated[Strip, AfterValidator(_inside)] = MOUTH
        """Where the mouth is."""

    def __init__(self, num_classes: int, options: MicroExpFuseNet.Options) -> None:
        super().__init__(num_classes, options)
        self.input_shape = (1, options.frames, options.size, options.size)
        self.strips = options.eyes, options.mouth
        self.convolutions = nn.ModuleList(convolution() for _ in self.strips)

    def regions(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Eyes and mouth (B, 1, T, 32, 32), -.5..0.5, of clips (B, 1, T, H, W) in 0..255."""
        frames = images[:, 0] / 255 - 0.5  # time in the place of channels
        height, width = frames.shape[2:]
        cut = []
        for top, bottom, left, right in self.strips:
            rows, columns = _pixels(top, bottom, height), _pixels(left, right, width)
            strip = interpolate(frames[:, :, rows, columns], (SIDE, SIDE), mode="bilinear", antialias=True)
            cut.append(strip[:, None])
        return cut

    def streams(self, images: torch.Tensor) -> list[torch.Tensor]:
        """The convolved strips (B, values), eyes first."""
        return [layers(strip) for layers, strip in zip(self.convolutions, self.regions(images), strict=True)]


class IntermediateFuseNet(MicroExpFuseNet):
    """Strips joined before the fully connected layers."""

    def __init__(self, num_classes: int, options: MicroExpFuseNet.Options) -> None:
        super().__init__(num_classes, options)
        self.head = nn.Sequential(
            *_dense(2 * convolved(options.frames, SIDE)),
            last_layer(NARROW, num_classes),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map clips (B, 1, frames, size, size) in 0..255 to logits (B, num_classes)."""
        logits: torch.Tensor = self.head(torch.cat(self.streams(images), 1))
        return logits


class LateFuseNet(MicroExpFuseNet):
    """Strips joined behind the fully connected layers."""

    def __init__(self, num_classes: int, options: MicroExpFuseNet.Options) -> None:
        super().__init__(num_classes, options)
        self.dense = nn.ModuleList(_dense(convolved(options.frames, SIDE)) for _ in self.strips)
        self.head = last_layer(2 * NARROW, num_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map clips (B, 1, frames, size, size) in 0..255 to logits (B, num_classes)."""
        values = [layers(stream) for layers, stream in zip(self.dense, self.streams(images), strict=True)]
        logits: torch.Tensor = self.head(torch.cat(values, 1))
        return logits


def _dense(inputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, WIDE), nn.Dropout(0.5), nn.Linear(WIDE, NARROW), nn.Dropout(0.5))


def _pixels(start: float, stop: float, length: int) -> slice:
    """The whole pixels of a share of `length`, one at least."""
    first = min(round(start * length), length - 1)
    return slice(first, max(round(stop * length), first + 1))
