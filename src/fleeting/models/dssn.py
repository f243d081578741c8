"""SSSN and DSSN: Khor, See, Liong, Phan, Lin, "Dual-stream shallow networks ...", ICIP 2019.

Faithful to the authors' code: a stream is the first two convolutions of AlexNet in the order convolution, ReLU, max
pooling, local response normalisation; the last maps get a border of zeros before they are flattened. SSSN has one
stream, DSSN two without shared weights, merged by multiplying or adding their maps or by joining them. Image input at
227 x 227, ImageNet's mean taken off, divided by 255. The classifier starts from He's normal distribution.
Ours: the convolutions start from PyTorch's default, where the authors load ImageNet weights of AlexNet; which kinds of
image a stream sees by default; a single map (magnitude, strain, grey) is repeated three times.
Figures expected (leave-one-subject-out on each data set, one epoch for all folds picked on the test result): DSSN
accuracy / F1 SMIC .6341 / .6462, CASME II in 5 classes .7078 / .7297, SAMM .5735 / .4644; of SSSN unconfirmed.
Training in the paper's code: Adam 1e-4, decay 1e-7, batch 60, 100 epochs, no augmentation.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import nn

from ..options import Options as BaseOptions
from .model import Model

Kind = Literal["flow-magnitude", "flow-strain", "magnitude", "strain", "grey"]
KINDS: dict[Kind, tuple[str, str, str]] = {
    "flow-magnitude": ("u", "v", "magnitude"),
    "flow-strain": ("u", "v", "strain"),
    "magnitude": ("magnitude",) * 3,
    "strain": ("strain",) * 3,
    "grey": ("apex.grey",) * 3,
}
"""The three channels of a stream's image."""
IMAGENET_MEAN = (123.68, 116.779, 103.939)


class ShallowOptions(BaseOptions):
    """What both networks can be told."""

    size: int = Field(227, ge=67, le=4096)
    """Side of the square input, px. The paper's is 227; anything smaller is a reduced setting for CPUs."""
    width: int = Field(96, ge=6, le=960, multiple_of=6)
    """Filters of a stream's first convolution; the second has 8/3 times as many. The paper's is 96, AlexNet's."""
    dropout: float = 0.5


class SSSN(Model):
    """Single-stream shallow network: 630,405 parameters for five classes, 515,203 for three."""

    class Options(ShallowOptions):
        """Options of SSSN."""

        stream: Kind = "flow-strain"
        """What the stream sees."""

    def __init__(self, num_classes: int, options: SSSN.Options) -> None:
        super().__init__(num_classes, options)
        self.channels = _channels(options.stream)
        self.input_shape = (len(self.channels), options.size, options.size)
        self.stream = Stream(options.stream, self.channels, options.width)
        self.head = _head(self.stream.values(options.size), num_classes, options.dropout)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, C, size, size) in 0..255, C as `channels` says, to logits (B, num_classes)."""
        logits: torch.Tensor = self.head(self.stream(images))
        return logits


class DSSN(Model):
    """Dual-stream shallow network: 972,805 parameters for five classes, 1,260,805 with `merge = "concat"`."""

    class Options(ShallowOptions):
        """Options of DSSN."""

        first: Kind = "flow-magnitude"
        """What one stream sees."""
        second: Kind = "flow-strain"
        """What the other sees."""
        merge: Literal["multiply", "add", "concat"] = "multiply"
        """How the maps of the streams are put together; "multiply" is the authors' default."""

    def __init__(self, num_classes: int, options: DSSN.Options) -> None:
        super().__init__(num_classes, options)
        self.channels = _channels(options.first, options.second)
        self.input_shape = (len(self.channels), options.size, options.size)
        kinds, self.merge = (options.first, options.second), options.merge
        self.first, self.second = (Stream(kind, self.channels, options.width) for kind in kinds)
        values = self.first.values(options.size) * (2 if self.merge == "concat" else 1)
        self.head = _head(values, num_classes, options.dropout)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, C, size, size) in 0..255, C as `channels` says, to logits (B, num_classes)."""
        first, second = self.first(images), self.second(images)
        if self.merge == "concat":
            merged = torch.cat([first, second], 1)  # the same as joining the flattened maps
        else:
            merged = first * second if self.merge == "multiply" else first + second
        logits: torch.Tensor = self.head(merged)
        return logits


class Stream(nn.Module):
    """Picks its three channels and maps (B, C, 227, 227) to (B, 256, 15, 15); 342,400 parameters."""

    mean: torch.Tensor

    def __init__(self, kind: Kind, channels: tuple[str, ...], width: int) -> None:
        super().__init__()
        self.maps = width * 8 // 3
        self.picks = [channels.index(name) for name in KINDS[kind]]
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.layers = nn.Sequential(
            nn.Conv2d(3, width, 11, stride=4),  # (B, 96, 55, 55)
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),  # (B, 96, 27, 27)
            _normalisation(),
            nn.Conv2d(width, self.maps, 5, padding=2, groups=2),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),  # (B, 256, 13, 13)
            _normalisation(),
            nn.ZeroPad2d(1),
        )

    def values(self, size: int) -> int:
        """How many values the maps of an image of `size` px have: 57,600 for 227 px and 96 filters."""
        pooled = ((size - 11) // 4 - 2) // 2 + 1
        return self.maps * ((pooled - 3) // 2 + 3) ** 2

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Run the layers on the stream's channels."""
        maps: torch.Tensor = self.layers((images[:, self.picks] - self.mean) / 255)
        return maps


def _channels(*kinds: Kind) -> tuple[str, ...]:
    """The channels that the streams need, each once, in the order of their first use."""
    return tuple(dict.fromkeys(name for kind in kinds for name in KINDS[kind]))


def _normalisation() -> nn.Module:
    # The authors' alpha of 1e-4 multiplies the sum over five maps, PyTorch's the mean.
    return nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)


def _head(inputs: int, num_classes: int, dropout: float) -> nn.Sequential:
    linear = nn.Linear(inputs, num_classes)
    nn.init.kaiming_normal_(linear.weight)
    nn.init.zeros_(linear.bias)
    return nn.Sequential(nn.Flatten(), nn.Dropout(dropout), linear)
