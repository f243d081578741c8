"""HTNet: Wang, Zhang, Luo, Sankaranarayana, "HTNet for micro-expression recognition", Neurocomputing 2024.

Faithful: the flow image (u, v, strain) is put together anew from four 14 x 14 parts around the eyes and lip corners,
cut in 7 x 7 patches, and goes through three levels of transformer blocks (256, 512, 1,024 values a token; 3, 6, 12
heads; 2, 2, 10 blocks) with a convolution and a max pooling in between, each level seeing a quarter as many, larger
areas. One learned number a place is added to all values of a token.
Ours: the parts lie at fixed places (`CENTRES`: the mean ones of published 28 x 28 flow images) instead of at landmarks
found in each apex frame (whose x the public code takes for the row); the input scaled to -1..1.
As published, each area of each level holds ONE token, so the attention's weights are constant 1 and the network is a
perceptron per patch. `attention = "real"` (ours) cuts 16 x 16 parts in 2 x 2 patches: 16 tokens in each area of each
level, with the same weights but for the patch embedding and the places.
Figure published: leave-one-subject-out on the 442 clips of MEGC2019, UF1 .8603, UAR .8475, but with the epoch picked on
each test subject; no clean figure is known.
Training in the paper's code: Adam 5e-5, batch 256, 800 epochs, cross-entropy, no shuffling.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from ..options import Options as BaseOptions
from .model import Model

CENTRES = ((11, 7), (11, 21), (21, 9), (21, 19))
"""(row, column) of the parts: the person's right eye and left eye, right lip corner and left lip corner; a part of side
s covers rows row - s / 2 to row + s / 2 - 1. Eyes: docs/features.md; lips: 1.03 eye distances below the eyes and .38 to
the side, the mean over 419 recorded faces, moved up until the part lies inside the image."""
PARTS: dict[str, tuple[int, int]] = {"published": (14, 7), "real": (16, 2)}
"""Side of a part and of a patch in px."""


class HTNet(Model):
    """Hierarchical transformer on four face parts: 139,582,982 parameters for three classes."""

    input_shape = (3, 28, 28)

    class Options(BaseOptions):
        """Options of HTNet."""

        attention: Literal["published", "real"] = "published"
        """"published" has one token per area, "real" sixteen."""
        dim: int = Field(256, gt=0)
        """Values of a token at the first level; doubled at each next level."""
        heads: int = Field(3, gt=0)
        """Attention heads at the first level; doubled at each next level."""
        depths: tuple[int, int, int] = (2, 2, 10)
        """Transformer blocks of each level."""

    def __init__(self, num_classes: int, options: HTNet.Options) -> None:
        super().__init__(num_classes, options)
        self.part, self.patch = PARTS[options.attention]
        tokens = (2 * self.part // self.patch // 4) ** 2
        dims, heads = [options.dim * 2**level for level in range(3)], [options.heads * 2**level for level in range(3)]
        self.embed = nn.Conv2d(3, dims[0], self.patch, stride=self.patch)
        self.levels = nn.ModuleList(
            Level(dims[index], heads[index], options.depths[index], tokens) for index in range(3)
        )
        self.merges = nn.ModuleList(_merge(dims[index], dims[index + 1]) for index in range(2))
        self.norm, self.head = ChannelNorm(dims[-1]), nn.Linear(dims[-1], num_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, 3, 28, 28) = u, v, strain in 0..255 to logits (B, num_classes)."""
        maps = self.embed(self.rearrange(images / 127.5 - 1))  # (B, dim, S, S), S = 4 or 16
        for index, level in enumerate(self.levels):
            areas = 4 // 2**index
            maps = _whole(level(_areas(maps, areas)), areas)
            if index < 2:
                maps = self.merges[index](maps)  # half the side, twice the values
        logits: torch.Tensor = self.head(self.norm(maps).mean((2, 3)))
        return logits

    def rearrange(self, images: torch.Tensor) -> torch.Tensor:
        """Put the image together from its parts, two by two: (B, 3, 28, 28) -> (B, 3, 2 s, 2 s), s the part's side."""
        half = self.part // 2
        parts = []
        for centre in CENTRES:
            row, column = (min(max(value, half), 28 - half) for value in centre)
            parts.append(images[:, :, row - half : row + half, column - half : column + half])
        return torch.cat([torch.cat(parts[:2], 3), torch.cat(parts[2:], 3)], 2)


class Level(nn.Module):
    """Transformer blocks inside each area: (B, C, S, S) -> the same, B counting areas."""

    def __init__(self, dim: int, heads: int, depth: int, tokens: int) -> None:
        super().__init__()
        self.places = nn.Parameter(torch.randn(tokens))
        self.blocks = nn.ModuleList(nn.ModuleList((Attention(dim, heads), _perceptron(dim))) for _ in range(depth))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Add the places, then each block's attention and perceptron to what goes in."""
        maps = maps + self.places.view(maps.shape[2:])
        for block in self.blocks:
            for layer in block.children():
                maps = maps + layer(maps)
        return maps


class Attention(nn.Module):
    """Normalisation and multi-head self-attention over the places of an area; a head is dim // heads wide."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads, width = heads, dim // heads * heads
        self.norm = ChannelNorm(dim)
        self.query_key_value = nn.Conv2d(dim, 3 * width, 1, bias=False)
        self.out = nn.Conv2d(width, dim, 1)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Map (B, C, S, S) to what attention adds to it."""
        count, _, rows, columns = maps.shape
        joint = self.query_key_value(self.norm(maps)).reshape(count, 3, self.heads, -1, rows * columns)
        query, key, value = joint.transpose(3, 4).unbind(1)  # each (B, heads, S * S, width of a head)
        mixed = scaled_dot_product_attention(query, key, value)
        added: torch.Tensor = self.out(mixed.transpose(2, 3).reshape(count, -1, rows, columns))
        return added


class ChannelNorm(nn.Module):
    """Layer normalisation over the C values of each place of (B, C, H, W)."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Normalise."""
        normalised: torch.Tensor = self.norm(maps.movedim(1, -1)).movedim(-1, 1)
        return normalised


def _perceptron(dim: int) -> nn.Sequential:
    return nn.Sequential(ChannelNorm(dim), nn.Conv2d(dim, 4 * dim, 1), nn.GELU(), nn.Conv2d(4 * dim, dim, 1))


def _merge(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1), ChannelNorm(after), nn.MaxPool2d(3, stride=2, padding=1)
    )


def _areas(maps: torch.Tensor, areas: int) -> torch.Tensor:
    """Cut maps into areas x areas squares: (B, C, S, S) -> (B * areas**2, C, S / areas, S / areas)."""
    count, dim, side, _ = maps.shape
    cut = maps.reshape(count, dim, areas, side // areas, areas, side // areas)
    return cut.permute(0, 2, 4, 1, 3, 5).reshape(-1, dim, side // areas, side // areas)


def _whole(maps: torch.Tensor, areas: int) -> torch.Tensor:
    """Undo `_areas`."""
    _, dim, side, _ = maps.shape
    cut = maps.reshape(-1, areas, areas, dim, side, side)
    return cut.permute(0, 3, 1, 4, 2, 5).reshape(-1, dim, areas * side, areas * side)
