"""OFF-ApexNet: Gan, Liong, Yau, Huang, Tan, "OFF-ApexNet on micro-expression recognition system", 2019.

Signal Processing: Image Communication 74, 129-139.
Faithful: two unshared streams for u and v of the onset-to-apex flow at 28 x 28, each with convolutions of 6 and 16
filters of 5 x 5 and two max poolings; joined, then two fully connected layers of 1,024 and the classifier.
Ours (not stated in a source that we could open): ReLU after the convolutions (`activation`; meb has it, the public
port of Off-TANet has none), the input scaled to -1..1, PyTorch's default initialisation.
`version = "meb"` is the smaller build of the public toolkit meb: one stream over u and v, 3 x 3 filters, one fully
connected layer with dropout before and after it; ReLU after the convolutions.
Figure expected: leave-one-subject-out on the 442 clips of MEGC2019, last epoch, UF1 .7032 (meb's re-run; .8390 with the
best epoch picked on each test subject). STSTNet's authors print .7196 / .7096, rule unknown.
Training: the paper's schedule is unconfirmed; meb: Adam 1e-4, weight decay 1e-3, 3,000 epochs.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
from torch import nn

from ..options import Options as BaseOptions
from .model import Model

STREAM = 16 * 7 * 7


class OffApexNet(Model):
    """Two small convolutional streams: 2,664,475 parameters for three classes (meb's build: 807,909)."""

    channels = ("u", "v")
    input_shape = (2, 28, 28)

    class Options(BaseOptions):
        """Options of OFF-ApexNet."""

        version: Literal["two-stream", "meb"] = "two-stream"
        """"two-stream" is the paper's, "meb" the single-stream build of the toolkit meb."""
        activation: Literal["relu", "none"] = "relu"
        """After each convolution."""
        dropout: float = 0.5
        """After each fully connected layer but the last; meb's build has it before the first one too."""

    def __init__(self, num_classes: int, options: OffApexNet.Options) -> None:
        super().__init__(num_classes, options)
        paper = options.version == "two-stream"
        inputs, kernel, layers = (1, 5, 2) if paper else (2, 3, 1)
        self.streams = nn.ModuleList(_stream(inputs, kernel, options.activation) for _ in range(2 // inputs))
        widths = [len(self.streams) * STREAM] + [1024] * layers
        joined: list[nn.Module] = [] if paper else [nn.Dropout(options.dropout)]
        for before, after in pairwise(widths):
            joined += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(options.dropout)]
        self.joined = nn.Sequential(*joined)
        self.head = nn.Linear(1024, num_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, 2, 28, 28) = u, v in 0..255 to logits (B, num_classes)."""
        parts = (images / 127.5 - 1).chunk(len(self.streams), 1)
        features = [stream(part) for stream, part in zip(self.streams, parts, strict=True)]  # each (B, 784)
        logits: torch.Tensor = self.head(self.joined(torch.cat(features, 1)))
        return logits


def _stream(inputs: int, kernel: int, activation: str) -> nn.Sequential:
    act: type[nn.Module] = nn.ReLU if activation == "relu" else nn.Identity
    return nn.Sequential(
        nn.Conv2d(inputs, 6, kernel, padding="same"),
        act(),
        nn.MaxPool2d(2),  # (B, 6, 14, 14)
        nn.Conv2d(6, 16, kernel, padding="same"),
        act(),
        nn.MaxPool2d(2),  # (B, 16, 7, 7)
        nn.Flatten(),
    )
