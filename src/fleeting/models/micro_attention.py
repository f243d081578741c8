"""Micro-Attention (Neurocomputing 2020), and its trunk alone as `resnet-10`.

Wang, Peng, Bi, Chen: Micro-Attention for Micro-Expression Recognition, Neurocomputing 410 (2020) 354-362 (arXiv
1811.02360).

Faithful: the pre-activation ResNet-10 on one grey apex frame, one attention unit per block, the sigmoid of the
released network (the paper's equation has none); parameter counts for five classes 5,944,775 and, without units,
4,900,295. The paper's text speaks of ten residual blocks, its network has four, that is ten layers with weights.
Published: MEGC2018 holdout WAR .559 / .584 and UAR .427 / .341 on SAMM / CASME II; leave-one-subject-out accuracy
CASME II (5 classes) .659, SAMM .485, SMIC .494; selection rule unconfirmed. On MEGC2019, re-run by the same
laboratory, UF1 .508.
Training in the paper: ImageNet, then macro-expressions, then SGD, momentum .9, rate 1e-3 (single data set; batch 10,
weight decay 5e-4) divided by 10 every 10 epochs; classes resampled to the largest.
Ours: He initialisation of the units' convolutions; no layer of the paper is missing.
"""

from __future__ import annotations

import torch
from torch import nn

from .imagenet import PictureOptions
from .model import Model
from .resnet import STAGES, PreactResNet10


class MicroAttentionUnit(nn.Module):
    """A mask over the plane from the three sets of maps of a residual block with C channels: 3 C^2 weights."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(3 * channels, channels, 1, bias=False)
        nn.init.kaiming_normal_(self.mix.weight, nonlinearity="relu")

    def forward(self, parts: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> torch.Tensor:
        """Three times (B, C, H, W) -> mask (B, 1, H, W) in 0..1."""
        return torch.sigmoid(self.mix(torch.cat(parts, 1)).mean(1, keepdim=True))


class ResNet10(Model):
    """Grey apex frame -> pre-activation ResNet-10 -> global average -> one linear layer."""

    channels: tuple[str, ...] = ("apex.grey",)

    class Options(PictureOptions):
        """Options of both networks."""

    def __init__(self, num_classes: int, options: ResNet10.Options) -> None:
        super().__init__(num_classes, options)
        self.channels = options.channels(type(self).channels)
        self.input_shape = (len(self.channels), options.size, options.size)
        self.trunk = PreactResNet10(len(self.channels), options.width)
        self.gates = nn.ModuleList()
        self.head = nn.Linear(self.trunk.features, num_classes)
        self.options = options.apply(self.trunk)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, C, size, size) in 0..255 to logits (B, num_classes)."""
        logits: torch.Tensor = self.head(self.trunk(images, self.gates).mean((2, 3)))
        return logits


class MicroAttention(ResNet10):
    """The same with a micro-attention unit on each of the four blocks: a block's result T becomes T + T * mask."""

    def __init__(self, num_classes: int, options: ResNet10.Options) -> None:
        super().__init__(num_classes, options)
        self.gates.extend(MicroAttentionUnit(options.width << stage) for stage in range(STAGES))
