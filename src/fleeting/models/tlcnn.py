"""TLCNN: Wang et al., "Micro-expression recognition with small sample size by transferring ...", Neurocomputing 2018.

The title goes on "long-term convolutional neural network" (Neurocomputing 312, 251-262). A DESIGN OF OURS, for we could
open no more of the paper than its abstract. Confirmed by it: a deep CNN sees each frame, an LSTM the clip; two transfer
steps, from macro-expressions, then from single frames of micro-expressions as a larger set of images. From STSTNet's
paper: TIM to 32 or 64 frames, about 80 million parameters.
Ours, all else: 32 grey frames of 128 x 128 px; ResNet-18 for each frame, 512 values; LSTM of 256 units, last state,
dropout .5, linear layer; `trunk = "vgg-m"`: five convolutions in the manner of VGG-M and two fully connected layers of
4,096 instead, 80.2 million parameters in all. Frame network and LSTM learn as in framewise.py, which is the second
transfer step; the first one is a training on macro-expressions before it.
Figures published (a survey's table, read in MiE-X's paper; protocol and rule unconfirmed): accuracy MMEW .694 and SAMM
.735.
Training in the paper: unconfirmed.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator
from torch import nn

from .framewise import FramewiseModel, LastState
from .imagenet import TrunkOptions
from .resnet import ResNet18
from .vgg import he_normal

UNITS = 256
VGG_M_SIDE, VGG_M_UNITS = 128, 4096


class TLCNN(FramewiseModel):
    """A CNN for each frame, an LSTM over the clip."""

    class Options(TrunkOptions):
        """Options of TLCNN; `width` and `weights` are of the ResNet-18."""

        size: int = Field(128, ge=32)
        """Side of the square input, px; 128 for "vgg-m"."""
        frames: int = Field(32, ge=1)
        """Frames of a clip."""
        trunk: Literal["resnet-18", "vgg-m"] = "resnet-18"
        """The network for each frame; "vgg-m" makes a model about as large as the paper's."""

        @model_validator(mode="after")
        def _large_as_it_is(self) -> Self:
            if self.trunk == "vgg-m" and (self.size, self.width, self.weights) != (VGG_M_SIDE, 64, ""):
                raise ValueError(f'trunk "vgg-m" takes size = {VGG_M_SIDE} and neither width nor weights')
            return self

    def __init__(self, num_classes: int, options: TLCNN.Options) -> None:
        super().__init__(num_classes, options, ("grey",), (options.frames, options.size, options.size))
        trunk, values = _vgg_m() if options.trunk == "vgg-m" else _resnet(options.width)
        temporal = nn.Sequential(LastState(values, UNITS), nn.Dropout(0.5), nn.Linear(UNITS, num_classes))
        self.build({self.channels: (trunk, values)}, temporal, dropout=0.0)
        self.options = options.apply(trunk[0])


def _resnet(width: int) -> tuple[nn.Sequential, int]:
    """(B, 1, H, W) -> (B, values), and how many values."""
    trunk = ResNet18(1, width)
    return nn.Sequential(trunk, nn.AdaptiveAvgPool2d(1), nn.Flatten()), trunk.features


def _vgg_m() -> tuple[nn.Sequential, int]:
    """(B, 1, 128, 128) -> (B, 4096), and 4096."""
    layers = nn.Sequential(
        nn.Conv2d(1, 96, 7, stride=2),  # (B, 96, 61, 61)
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),  # 30 x 30
        nn.Conv2d(96, 256, 5),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),  # 12 x 12
        nn.Conv2d(256, 512, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(512, 512, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(512, 512, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),  # (B, 512, 5, 5)
        nn.Flatten(),
        nn.Linear(512 * 5**2, VGG_M_UNITS),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(VGG_M_UNITS, VGG_M_UNITS),
        nn.ReLU(),
    )
    he_normal(layers)
    return layers, VGG_M_UNITS
