"""NMER: Liu, Du, Zheng, Gedeon, A Neural Micro-Expression Recognizer, FG 2019; winner of MEGC2019.

Faithful: ResNet-18 on a flow picture; its last maps cut into an upper part (rows 0 to 2 of 7) and a lower one (rows 3
to 6), each averaged, then 512-64 with tanh and dropout .1; three classifiers (both parts, upper, lower), the first
answers; a domain discriminator 128-64-32-1 behind a gradient reversal; loss = three cross-entropies and the domain's
binary one, all of weight 1; Xavier normal weights in all linear layers; 11,253,322 parameters for three classes, all
modules.
The picture: hue = direction of the onset-to-apex flow (Farneback), value = its magnitude stretched by minimum and
maximum, saturation = that of the apex frame, turned into RGB.
Published: leave-one-subject-out on the 442 clips of MEGC2019 UF1 .7885, UAR .7824, with the epoch of the best F1 on
each TEST subject and random transforms at test; no honest figure is known.
Training in the paper's code: converted weights with 1,000 classes (so ImageNet), Adam, trunk 1e-5, heads 1e-3 halved
every 10 epochs, weight decay 1e-6, batch 32, 100 epochs, gradient norm clipped to 1, CK+ as second domain.
Ours: the reversal's strength runs over our training as the paper's over 10,000 iterations (in the released code one
counter runs on through all folds, so that only the first folds see the ramp); the share 3 / 7 of the rows for other
input sizes; one learning rate for trunk and heads, as our training has one.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from pydantic import Field
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from .imagenet import PictureOptions
from .model import Batch, Model
from .resnet import ResNet18

UNITS = 64


class GradientReversal(torch.autograd.Function):
    """Gives its input as it is, and its gradient times -strength: what follows learns, what precedes unlearns."""

    @staticmethod
    def forward(context: Any, values: torch.Tensor, strength: float) -> torch.Tensor:
        """Pass `values` on."""
        context.strength = strength
        return values.view_as(values)

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Turn the gradient's sign."""
        return -context.strength * gradients[0], None


class NMER(Model):
    """Flow picture -> ResNet-18 -> upper and lower part of the face -> classes, and domain during training."""

    channels: tuple[str, ...] = ("flow.r", "flow.g", "flow.b")

    class Options(PictureOptions):
        """Options of NMER."""

        size: int = Field(224, ge=33, le=4096)
        """Side of the square input, px, 224 in the paper; from 33 on the last maps have two rows to cut apart."""

    def __init__(self, num_classes: int, options: NMER.Options) -> None:
        super().__init__(num_classes, options)
        self.channels = options.channels(type(self).channels)
        self.input_shape = (len(self.channels), options.size, options.size)
        self.trunk = ResNet18(len(self.channels), options.width)
        self.upper, self.lower = (
            nn.Sequential(nn.Linear(self.trunk.features, UNITS), nn.Tanh(), nn.Dropout(0.1)) for _ in range(2)
        )
        self.head = nn.Linear(2 * UNITS, num_classes)
        self.upper_head, self.lower_head = (nn.Linear(UNITS, num_classes) for _ in range(2))
        self.discriminator = nn.Sequential(
            nn.Linear(2 * UNITS, 64),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(64, 32),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(32, 1),
        )
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_normal_(module.weight)
                nn.init.zeros_(module.bias)
        self.options = options.apply(self.trunk)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, C, size, size) in 0..255 to logits (B, num_classes) of the classifier that sees both parts."""
        logits: torch.Tensor = self.head(torch.cat(self.parts(images), 1))
        return logits

    def loss(self, batch: Batch) -> torch.Tensor:
        """Cross-entropy of the three classifiers (weighted as by default) and of the domain (plain mean)."""
        upper, lower = self.parts(batch.images)
        both = torch.cat([upper, lower], 1)
        answers = [self.head(both), self.upper_head(upper), self.lower_head(lower)]
        losses = torch.stack([cross_entropy(logits, batch.labels, reduction="none") for logits in answers]).sum(0)
        reversed_both = GradientReversal.apply(both, reversal_strength(batch.progress))  # type: ignore[no-untyped-call]
        domain = binary_cross_entropy_with_logits(self.discriminator(reversed_both)[:, 0], batch.domains.float())
        return batch.mean(losses) + domain

    def parts(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The features (B, 64) of the upper and of the lower part of the face, in -1..1 before dropout."""
        maps = self.trunk(images / 127.5 - 1)
        cut = rows_above(maps.shape[2])
        return self.upper(maps[:, :, :cut].mean((2, 3))), self.lower(maps[:, :, cut:].mean((2, 3)))


def rows_above(rows: int) -> int:
    """How many of the map's rows are the upper part: 3 of 7, and that share, at least one, of other numbers."""
    return max(1, round(rows * 3 / 7))


def reversal_strength(progress: float) -> float:
    """2 / (1 + exp(-10 p)) - 1: from 0 at the start of training to almost 1 at its end."""
    return 2 / (1 + math.exp(-10 * progress)) - 1
