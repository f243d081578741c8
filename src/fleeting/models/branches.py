"""Branches: the two-stream baseline of the MiE-X paper (ECCV 2022).

Liu et al.: How to Synthesize a Large-Scale and Trainable Micro-Expression Dataset? The paper gives the
group's challenge winner as its source; that is another network, see nmer.py.

Faithful: two ResNet-18 without shared weights on the onset and on the apex frame (RGB, 224 px), global average
pooling, 1024-128-32-n with ReLU and dropout .5, Xavier normal weights and biases of 0 in the linear layers; 22,488,451
parameters for three classes.
Published (442 clips, 3 subject-wise folds, LAST epoch, UF1 / UAR): real only .436 / .446, MiE-X only .477 / .489,
MiE-X then real .507 / .521.
Training in the paper: ImageNet weights, Adam 1e-4, batch 32, cross-entropy, 80 epochs on real data, 30 on MiE-X.
Resize to 256, rotation up to 10 degrees, colour jitter .2, random crop of 224, drawn apart for onset and apex, and at
test as well.
Ours: nothing in the network; random initial weights unless `weights` names a file.
"""

from __future__ import annotations

import torch
from torch import nn

from .imagenet import TrunkOptions
from .model import Model
from .resnet import ResNet18


class Branches(Model):
    """Onset and apex frame, a trunk of its own for each, one head on both."""

    channels = ("onset.r", "onset.g", "onset.b", "apex.r", "apex.g", "apex.b")

    class Options(TrunkOptions):
        """Options of Branches."""

    def __init__(self, num_classes: int, options: Branches.Options) -> None:
        super().__init__(num_classes, options)
        self.input_shape = (6, options.size, options.size)
        self.onset, self.apex = ResNet18(3, options.width), ResNet18(3, options.width)
        self.head = classifier(self.onset.features + self.apex.features, num_classes)
        self.options = options.apply(self.onset, self.apex)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, 6, size, size) in 0..255 to logits (B, num_classes)."""
        onset, apex = (images / 127.5 - 1).chunk(2, 1)
        pooled = [self.onset(onset).mean((2, 3)), self.apex(apex).mean((2, 3))]
        logits: torch.Tensor = self.head(torch.cat(pooled, 1))
        return logits


def classifier(features: int, num_classes: int) -> nn.Sequential:
    """The head of both MiE-X baselines: (B, features) -> logits (B, num_classes) over 128 and 32 units."""
    layers = nn.Sequential(
        nn.Linear(features, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 32),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(32, num_classes),
    )
    for layer in layers:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_normal_(layer.weight)
            nn.init.zeros_(layer.bias)
    return layers
