"""ResNet trunks of our own; no members of the family, others build on them.

`ResNet18`: He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, as torch users know it.
`PreactResNet10`: the trunk of Micro-Attention and ATNet from their released Caffe networks: batch normalisation of the
input, four blocks with the normalisation BEFORE the convolutions, a 3 x 3 pooling that rounds up and does not pad.
Parameters are called as in torchvision, so that published files load. Initial weights: He normal by fan-out (ResNet-18)
or by fan-in with the first convolution by fan-out (ResNet-10), as in the sources.
Ours: ResNet-10's first convolution goes without its bias, which the batch normalisation behind it takes away again; its
input normalisation starts from the moments of evenly spread grey values instead of 0 and 1, so that a model is usable
before some twenty training steps.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import relu

STAGES = 4


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut; normalisation after each convolution, ReLU after the sum."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = _conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = _conv(outputs, outputs, 3), nn.BatchNorm2d(outputs)
        self.downsample = (
            nn.Sequential(_conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs)) if stride > 1 else nn.Identity()
        )

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """(B, inputs, H, W) -> (B, outputs, H / stride, W / stride), rounded up."""
        inner = self.bn2(self.conv2(relu(self.bn1(self.conv1(maps)))))
        return relu(inner + self.downsample(maps))


class ResNet18(nn.Module):
    """Everything of ResNet-18 before its global average pooling: 11,176,512 parameters for RGB and width 64."""

    def __init__(self, channels: int = 3, width: int = 64) -> None:
        super().__init__()
        self.features = 8 * width
        self.conv1, self.bn1 = _conv(channels, width, 7, 2), nn.BatchNorm2d(width)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        inputs = width
        for stage in range(STAGES):
            outputs = width << stage
            blocks = BasicBlock(inputs, outputs, 1 if stage == 0 else 2), BasicBlock(outputs, outputs, 1)
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
            inputs = outputs
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(B, channels, H, W) -> (B, 8 width, H / 32, W / 32), rounded up: 7 x 7 maps for 224 px."""
        maps: torch.Tensor = self.maxpool(relu(self.bn1(self.conv1(images))))
        for stage in range(STAGES):
            maps = self.get_submodule(f"layer{stage + 1}")(maps)
        return maps


class PreactBlock(nn.Module):
    """Two 3 x 3 convolutions, each behind its normalisation and ReLU, beside a shortcut.

    The first block has neither a normalisation of its input nor a convolution in its shortcut.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = inputs == outputs
        if not self.first:
            self.bn1 = nn.BatchNorm2d(inputs)
            self.downsample = nn.Sequential(_conv(inputs, outputs, 1, 2))
        self.conv1, self.bn2 = _conv(inputs, outputs, 3, 1 if self.first else 2), nn.BatchNorm2d(outputs)
        self.conv2 = _conv(outputs, outputs, 3)

    def forward(self, maps: torch.Tensor) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        """The block's sum, and what a micro-attention unit looks at: shortcut, first and second convolution's result.

        All have the same shape (B, outputs, h, w).
        """
        before = maps if self.first else relu(self.bn1(maps))
        shortcut = before if self.first else self.downsample(before)
        middle = relu(self.bn2(self.conv1(before)))
        last = self.conv2(middle)
        return last + shortcut, (shortcut, middle, last)


class PreactResNet10(nn.Module):
    """Everything of the pre-activation ResNet-10 before its global average pooling: 4,897,730 parameters for grey."""

    def __init__(self, channels: int = 1, width: int = 64) -> None:
        super().__init__()
        self.features = 8 * width
        self.bn0 = nn.BatchNorm2d(channels)
        self.bn0.running_mean = torch.full((channels,), 127.5)
        self.bn0.running_var = torch.full((channels,), 255**2 / 12)
        self.conv1, self.bn1 = _conv(channels, width, 7, 2), nn.BatchNorm2d(width)
        self.maxpool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        for stage in range(STAGES):
            block = PreactBlock(width << max(stage - 1, 0), width << stage)
            self.add_module(f"layer{stage + 1}", nn.Sequential(block))
        self.norm = nn.BatchNorm2d(self.features)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu")
        nn.init.kaiming_normal_(self.conv1.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: torch.Tensor, gates: Sequence[nn.Module] | nn.ModuleList = ()) -> torch.Tensor:
        """(B, channels, H, W) in 0..255 -> (B, 8 width, h, w), not negative: 7 x 7 maps for 224 px.

        Args:
            images: the input, not scaled: the first layer normalises it.
            gates: none, or one micro-attention unit per block, which gives a mask (B, 1, h, w) to the block's result;
                the last one gates what comes out of the last normalisation and ReLU.
        """
        maps: torch.Tensor = self.maxpool(relu(self.bn1(self.conv1(self.bn0(images)))))
        for stage in range(STAGES):
            maps, parts = self.get_submodule(f"layer{stage + 1}.0")(maps)
            if stage == STAGES - 1:
                maps = relu(self.norm(maps))
            if len(gates):
                maps = maps + maps * gates[stage](parts)
        return maps


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)
