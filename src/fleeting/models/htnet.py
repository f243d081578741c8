"""HTNet: Wang, Zhang, Luo, Sankaranarayana, "HTNet for micro-expression recognition", Neurocomputing 2024.

Faithful: the flow image (u, v, strain) is put together anew from four 14 x 14 parts around the eyes and lip corners,
cut in 7 x 7 patches, and goes through three levels of transformer blocks (256, 512, 1,024 values a token; 3, 6, 12
heads; 2, 2, 10 blocks) with a convolution and a max pooling in between, each level seeing a quarter as many, larger
areas. One learned number a place is added to all values of a token.
The image comes put together (features/face_parts.py): the parts lie at landmarks of the onset frame where these are
known (the paper: of the apex frame; its public code takes their x for the row), else where the mean face has them.
Ours: the input scaled to -1..1.
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

from ..features.face_parts import FaceParts, Landmarks
from ..options import Options as BaseOptions
from .model import Model

FACE = 28
"""Side of the face that the parts are cut from, px."""
CUTS: dict[str, tuple[int, int]] = {"published": (14, 7), "real": (16, 2)}
"""Side of a part and of a patch in px."""


class HTNet(Model):
    """Hierarchical transformer on four face parts: 139,582,982 parameters for three classes."""

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
        landmarks: Landmarks = "template"
        """"detected": each clip's parts lie at its own landmarks, for which frames are needed (extra `faces`)."""

    def __init__(self, num_classes: int, options: HTNet.Options) -> None:
        super().__init__(num_classes, options)
        part, patch = CUTS[options.attention]
        self.input_shape = (3, 2 * part, 2 * part)
        self.face_parts = FaceParts("eyes-lip-corners", FACE, options.landmarks)
        tokens = (2 * part // patch // 4) ** 2
        dims, heads = [options.dim * 2**level for level in range(3)], [options.heads * 2**level for level in range(3)]
        self.embed = nn.Conv2d(3, dims[0], patch, stride=patch)
        self.levels = nn.ModuleList(
            Level(dims[index], heads[index], options.depths[index], tokens) for index in range(3)
        )
        self.merges = nn.ModuleList(Merge(dims[index], dims[index + 1]) for index in range(2))
        self.norm, self.head = nn.LayerNorm(dims[-1]), nn.Linear(dims[-1], num_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, 3, 28, 28), with real attention (B, 3, 32, 32), = u, v, strain in 0..255 to logits (B, num_classes).

        The images show two eyes above two lip corners, see face_parts.py.
        """
        maps = self.embed(images / 127.5 - 1).movedim(1, -1)  # (B, S, S, dim), S = 4 or 16
        for index, level in enumerate(self.levels):
            areas = 4 // 2**index
            maps = _whole(level(_areas(maps, areas)), areas)
            if index < 2:
                maps = self.merges[index](maps)  # half the side, twice the values
        logits: torch.Tensor = self.head(self.norm(maps).mean((1, 2)))
        return logits


class Level(nn.Module):
    """Transformer blocks inside each area: (B, S, S, C) -> the same, B counting areas."""

    def __init__(self, dim: int, heads: int, depth: int, tokens: int) -> None:
        super().__init__()
        self.places = nn.Parameter(torch.randn(tokens))
        self.blocks = nn.ModuleList(nn.ModuleList((Attention(dim, heads), _perceptron(dim))) for _ in range(depth))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Add the places, then each block's attention and perceptron to what goes in."""
        maps = maps + self.places.view(*maps.shape[1:3], 1)
        for block in self.blocks:
            for layer in block.children():
                maps = maps + layer(maps)
        return maps


class Attention(nn.Module):
    """Normalisation and multi-head self-attention over the places of an area; a head is dim // heads wide."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads, width = heads, dim // heads * heads
        self.norm = nn.LayerNorm(dim)
        self.query_key_value = nn.Linear(dim, 3 * width, bias=False)
        self.out = nn.Linear(width, dim)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Map (B, S, S, C) to what attention adds to it."""
        count, rows, columns, _ = maps.shape
        joint = self.query_key_value(self.norm(maps)).reshape(count, rows * columns, 3, self.heads, -1)
        query, key, value = joint.permute(2, 0, 3, 1, 4)  # each (B, heads, S * S, width of a head)
        # the weight of a single token is 1, whatever query and key are
        mixed = value if rows * columns == 1 else scaled_dot_product_attention(query, key, value)
        added: torch.Tensor = self.out(mixed.transpose(1, 2).reshape(count, rows, columns, -1))
        return added


class Merge(nn.Module):
    """From one level to the next: (B, S, S, before) -> (B, S / 2, S / 2, after)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(before, after, 3, padding=1)
        self.norm, self.pool = nn.LayerNorm(after), nn.MaxPool2d(3, stride=2, padding=1)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Convolve, normalise, keep the largest."""
        normalised = self.norm(self.convolution(maps.movedim(-1, 1)).movedim(1, -1))
        merged: torch.Tensor = self.pool(normalised.movedim(-1, 1)).movedim(1, -1)
        return merged


def _perceptron(dim: int) -> nn.Sequential:
    return nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))


def _areas(maps: torch.Tensor, areas: int) -> torch.Tensor:
    """Cut maps into areas x areas squares: (B, S, S, C) -> (B * areas**2, S / areas, S / areas, C)."""
    count, side, _, dim = maps.shape
    cut = maps.reshape(count, areas, side // areas, areas, side // areas, dim)
    return cut.permute(0, 1, 3, 2, 4, 5).reshape(-1, side // areas, side // areas, dim)


def _whole(maps: torch.Tensor, areas: int) -> torch.Tensor:
    """Undo `_areas`."""
    _, side, _, dim = maps.shape
    cut = maps.reshape(-1, areas, areas, side, side, dim)
    return cut.permute(0, 1, 3, 2, 4, 5).reshape(-1, areas * side, areas * side, dim)
