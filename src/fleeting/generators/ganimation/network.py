"""GANimation's two networks: the generator (colour and attention mask) and the critic (patches and action units).

Source: Pumarola et al., "GANimation: anatomically-aware facial animation from a single image", ECCV 2018, section 4,
with what its text leaves open taken from the sizes of the two public implementations' checkpoints (docs/generators.md).
The layers are written from those facts; no code of either is used. Ours: critics for 32 px, and outputs that keep
their axes at a batch of one.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

from ...errors import OptionsError

Norm = Literal["affine", "plain"]
"""affine: instance norm with scale and shift behind convolutions without bias. plain: neither, behind biases."""

LAYERS = 6
"""Halvings of the critic, as published."""
SPREAD = 0.02
"""sd of the first weights."""


class GeneratorNetwork(nn.Module):
    """(image, action units) -> colour and mask: 8,471,296 parameters, 8,467,584 with plain norms.

    Args:
        aus: A, action units asked for.
        width: maps of the first layer; the blocks have four times as many.
        blocks: residual blocks.
        norm: see Norm.
    """

    def __init__(self, aus: int = 17, width: int = 64, blocks: int = 6, norm: Norm = "affine") -> None:
        super().__init__()
        self.aus, self.width, self.blocks, self.norm = aus, width, blocks, norm
        bias = norm == "plain"
        layers: list[nn.Module] = []
        for maps_in, maps, kernel in ((3 + aus, width, 7), (width, 2 * width, 4), (2 * width, 4 * width, 4)):
            stride = 1 if kernel == 7 else 2
            padding = (kernel - stride) // 2
            layers += [nn.Conv2d(maps_in, maps, kernel, stride, padding, bias=bias), *_normed(maps, norm)]
        layers += [Residual(4 * width, norm) for _ in range(blocks)]
        for maps in (2 * width, width):
            layers += [nn.ConvTranspose2d(2 * maps, maps, 4, 2, 1, bias=bias), *_normed(maps, norm)]
        self.trunk = nn.Sequential(*layers)
        self.colour = nn.Conv2d(width, 3, 7, padding=3, bias=False)
        self.mask = nn.Conv2d(width, 1, 7, padding=3, bias=False)
        self.apply(_start)

    def forward(self, images: torch.Tensor, aus: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw the asked-for expression; see `compose`.

        Args:
            images: (B, 3, H, W) float32 RGB in -1..1, H and W multiples of 4.
            aus: (B, A) float32 in 0..1.

        Returns:
            colour (B, 3, H, W) in -1..1 and mask (B, 1, H, W) in 0..1, where 1 keeps the pixel of the image.
        """
        maps = aus[:, :, None, None].expand(-1, -1, *images.shape[2:]).to(images.dtype)
        features = self.trunk(torch.cat((images, maps), dim=1))
        return torch.tanh(self.colour(features)), torch.sigmoid(self.mask(features))


class CriticNetwork(nn.Module):
    """image -> how real its patches look, and its action units: 44,860,352 parameters for 128 px.

    Args:
        image_size: side of the images (px): a multiple of 64, or 32 (ours: one layer less).
        aus: A, action units estimated.
        width: maps of the first layer; every further layer doubles them.

    Raises:
        OptionsError: no critic of this kind takes such images.
    """

    def __init__(self, image_size: int, aus: int = 17, width: int = 64) -> None:
        super().__init__()
        if image_size != 32 and (image_size < 64 or image_size % 64):
            raise OptionsError(
                "The critic cannot take images of this size.",
                expected="a multiple of 64, or 32",
                got=f"{image_size} px",
                where="image_size",
            )
        self.image_size, self.aus, self.width = image_size, aus, width
        depth = LAYERS if image_size >= 64 else LAYERS - 1
        layers: list[nn.Module] = []
        for level in range(depth):
            inputs = 3 if level == 0 else width * 2 ** (level - 1)
            layers += [nn.Conv2d(inputs, width * 2**level, 4, 2, 1), nn.LeakyReLU(0.01)]
        self.trunk = nn.Sequential(*layers)
        maps = width * 2 ** (depth - 1)
        self.patches = nn.Conv2d(maps, 1, 3, padding=1, bias=False)
        self.units = nn.Conv2d(maps, aus, image_size // 2**depth, bias=False)
        self.apply(_start)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Judge (B, 3, S, S) float32 RGB in -1..1.

        Returns:
            patches (B, h, w), higher = more real, without bounds; action units (B, A), trained to be in 0..1.
        """
        features = self.trunk(images)
        return self.patches(features).flatten(0, 1), self.units(features).flatten(1)


class Residual(nn.Module):
    """Two 3 x 3 convolutions with norms beside an identity; nothing behind the sum."""

    def __init__(self, maps: int, norm: Norm) -> None:
        super().__init__()
        first, second = (nn.Conv2d(maps, maps, 3, padding=1, bias=norm == "plain") for _ in range(2))
        self.body = nn.Sequential(first, *_normed(maps, norm), second, _normed(maps, norm)[0])

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        changed: torch.Tensor = self.body(features)
        return features + changed


def compose(images: torch.Tensor, colour: torch.Tensor, mask: torch.Tensor, *, saturate: bool = False) -> torch.Tensor:
    """The frame: mask * image + (1 - mask) * colour, (B, 3, H, W) in -1..1.

    Args:
        images: (B, 3, H, W) in -1..1, what the generator was given.
        colour: (B, 3, H, W) in -1..1.
        mask: (B, 1, H, W) in 0..1.
        saturate: steepen the mask about .5 first: .9 becomes .958 (an option of the authors' code, there called
            do_saturate_mask).
    """
    if saturate:
        mask = (0.55 * torch.tanh(3 * (mask - 0.5)) + 0.5).clamp(0, 1)
    return mask * images + (1 - mask) * colour


def _normed(maps: int, norm: Norm) -> tuple[nn.Module, nn.Module]:
    return nn.InstanceNorm2d(maps, affine=norm == "affine"), nn.ReLU()


def _start(layer: nn.Module) -> None:
    """First weights of a convolution, drawn from torch's generator as every layer's; norms keep 1 and 0."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) and not layer.weight.is_meta:
        # On the meta device there is nothing to draw, and PyTorch would load its compiler to draw it: seconds.
        nn.init.normal_(layer.weight, std=SPREAD)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
