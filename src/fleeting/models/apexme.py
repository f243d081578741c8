"""ApexME as the MiE-X paper uses it (ECCV 2022).

Liu et al.: How to Synthesize a Large-Scale and Trainable Micro-Expression Dataset? The name is that of Peng, Wu,
Zhang, Chen, FG 2018 (winner of MEGC2018), whose own network is ResNet-10 on the apex frame: the member `resnet-10`.
The main text of MiE-X cites another paper under this name (Li, Huang, Zhao, ICIP 2018); its supplement describes what
stands here.

Faithful: one ResNet-18 on the apex frame (RGB, 224 px), global average pooling, 512-128-32-n with ReLU and dropout .5,
initialised as in Branches; 11,246,403 parameters for three classes.
Published (442 clips, 3 subject-wise folds, LAST epoch, UF1 / UAR): real only .418 / .419, MiE-X then real .469 / .483.
Training in the paper: as Branches. The public fine-tuning scripts feed a flow picture instead of the RGB frame; not
here.
Ours: nothing in the network; random initial weights unless `weights` names a file.
"""

from __future__ import annotations

import torch

from .branches import classifier
from .imagenet import PictureOptions
from .model import Model
from .resnet import ResNet18


class ApexME(Model):
    """Apex frame -> ResNet-18 -> three linear layers."""

    channels: tuple[str, ...] = ("apex.r", "apex.g", "apex.b")

    class Options(PictureOptions):
        """Options of ApexME."""

    def __init__(self, num_classes: int, options: ApexME.Options) -> None:
        super().__init__(num_classes, options)
        self.channels = options.channels(type(self).channels)
        self.input_shape = (len(self.channels), options.size, options.size)
        self.trunk = ResNet18(len(self.channels), options.width)
        self.head = classifier(self.trunk.features, num_classes)
        self.options = options.apply(self.trunk)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, C, size, size) in 0..255 to logits (B, num_classes)."""
        logits: torch.Tensor = self.head(self.trunk(images / 127.5 - 1).mean((2, 3)))
        return logits
