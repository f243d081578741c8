"""Convolution, ReLU, batch normalisation and max pooling of many folds on one and the same input, in one go (ours).

What plain layers write and read again at full resolution for every fold stays in small chunks here:

- The patches of the input are cut out once for all folds; all filters of all folds are one matrix product.
- Batch normalisation with a positive scale keeps the order of values, so pooling comes first and normalisation acts on
  the pooled maps; its statistics need only the sums of y and y^2 over the fold's own clips.
- Backwards, the gradient at full resolution is `unpooled + level + slope * y` where y > 0: the maps are computed again,
  chunk by chunk, and one more matrix product with the patches gives the gradient of all filters.

Where llvmlite is installed, machine code does the same without products of patches (compiled.py).
Elsewhere (a GPU, a scale that is not positive, an input that differs between folds) the same layers run one by one.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from typing import Any

import torch
from torch import nn
from torch.nn.functional import conv2d, max_pool2d, pad, relu

from ..layers import Context, PoolDropout, Shared, member_statistics
from . import compiled
from .normalisation import gradients, statistics
from .sizes import Sizes

PER_CHANNEL = (PoolDropout, nn.ReLU, nn.AvgPool2d, nn.MaxPool2d)
"""Layers behind the four that treat every channel alike and alone."""
FUSED = True
"""Tests switch it off to compare with the plain layers."""
ONEDNN = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")  # type: ignore[no-untyped-call]
"""Its products are twice as fast as those of torch.mm on AMD, and clamp at zero on the way."""
PART = 16
"""Clips of pooled maps at a time."""
CHUNK = 2
"""Clips at a time: the maps of 20 folds and 16 filters then take 2.3 MB and stay in the cache."""


class Stem(nn.Sequential):
    """An nn.Sequential that starts with the four layers; `stems` turns those of a network into this class."""

    context: Context
    number: int

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """As nn.Sequential, with the fold's own batch statistics during training."""
        layers: list[Any] = list(self)
        convolution, _, norm, pool = layers[:4]
        sizes = (convolution.padding, convolution.kernel_size, pool.kernel_size, pool.padding)
        padding, kernel, side, border = map(_one, sizes)
        geometry = Geometry(padding, kernel, side, border, self.number)
        after = list(takewhile(lambda layer: isinstance(layer, PER_CHANNEL), layers[4:]))
        weights = (convolution.weight, convolution.bias, norm.weight, norm.bias)
        context = self.context
        maps: torch.Tensor
        maps, mean, variance = _Stacked.apply(  # type: ignore[no-untyped-call]  # torch's stub
            images, *weights, context.members, context.shared, geometry, norm.eps, after
        )
        context.fresh.append((norm, mean, variance))
        for layer in layers[4 + len(after) :]:
            maps = layer(maps)
        return maps


@dataclass(frozen=True, slots=True)
class Geometry:
    """Sizes in px; convolution and pooling are square, the pooling's stride is its side."""

    padding: int
    kernel: int
    side: int
    border: int
    number: int = 0
    """Which stem of the network: each has an input and memory of its own."""

    def sizes(self, images: torch.Tensor, average: int, filters: int) -> Sizes:
        """All sizes, for images (B, C, H, W)."""
        _, channels, height, width = images.shape
        return Sizes(
            height, width, channels, self.padding, self.kernel, self.side, self.border, average=average, filters=filters
        )


def find_stems(model: nn.Module) -> list[nn.Sequential]:
    """The parts of a network that the fused layers can stand for."""
    return [part for part in model.modules() if type(part) is nn.Sequential and _fits(list(part))]


def _fits(layers: list[nn.Module]) -> bool:
    kinds = [nn.Conv2d, nn.ReLU, nn.BatchNorm2d, nn.MaxPool2d]
    if len(layers) < 4 or any(type(layer) is not kind for layer, kind in zip(layers, kinds, strict=False)):
        return False
    convolution, _, norm, pool = layers[:4]
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(pool, nn.MaxPool2d)
    square = [convolution.kernel_size, convolution.padding, pool.kernel_size, pool.padding, pool.stride]
    return (
        all(isinstance(size, int) or (isinstance(size, tuple) and len(set(size)) == 1) for size in square)
        and convolution.stride == convolution.dilation == (1, 1)
        and convolution.groups == 1
        and convolution.bias is not None
        and bool(getattr(norm, "affine", False))
        and _one(pool.stride) == _one(pool.kernel_size)
        and _one(pool.dilation) == 1
        and not pool.ceil_mode
        and not pool.return_indices
    )


class _Stacked(torch.autograd.Function):
    """The door for torch.vmap: with one input and many weights the fused layers run, else the plain ones."""

    @staticmethod
    def forward(*_: Any) -> Any:
        """Refuse: a single fold needs no stack."""
        raise NotImplementedError

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Nothing is kept: the vmap rule is differentiated as it stands."""

    @staticmethod
    def vmap(info: Any, in_dims: Any, images: Any, *rest: Any) -> Any:
        """(pooled (G, B, C, Y, X), mean (G, C), unbiased variance (G, C)) of G folds."""
        *weights, members, shared, geometry, eps, after = rest
        scale = weights[2]
        after = [layer for layer in after if getattr(layer, "p", 1) > 0]  # dropout of nothing draws no mask
        if in_dims[0] is not None or images.device.type != "cpu" or not bool((scale > 0).all()) or not FUSED:
            plain = torch.vmap(lambda *given: _plain(*given, geometry, eps, after), (in_dims[0], 0, 0, 0, 0, 0))
            return plain(images, *weights, members), (0, 0, 0)
        folds, filters = scale.shape
        kernels, biases, scale, shift = weights
        flat = torch.cat([kernels.permute(0, 1, 3, 4, 2).reshape(folds * filters, -1), biases.reshape(-1, 1)], 1)
        wide = members.t().repeat_interleave(filters, 1)
        given = (flat, scale.reshape(-1), shift.reshape(-1), wide, eps)
        dropout, average, count = compiled.included(after)
        sizes = geometry.sizes(images, average, filters)
        behind = _Rest(after, folds, len(images), shared, geometry.number)
        if compiled.fits(images, sizes):
            job = compiled.prepare(images, sizes, dropout, geometry, shared)
            maps, mean, variance = compiled.Compiled.apply(job, *given)  # type: ignore[no-untyped-call]  # torch's stub
            behind.layers = after[count:]
            maps = behind(maps, slice(None))
        else:
            patches = shared.get(("patches", geometry), lambda: cut_patches(images, geometry))
            maps, mean, variance = _Fused.apply(patches, behind, *given)  # type: ignore[no-untyped-call]
        maps = maps.unflatten(1, (folds, filters)).transpose(0, 1)
        total = members.sum(1, keepdim=True) * (sizes.map[0] * sizes.map[1])
        unbiased = variance.view(folds, filters) * (total / (total - 1).clamp(min=1))
        return (maps, mean.view(folds, filters), unbiased), (0, 0, 0)


def _plain(images: Any, *given: Any) -> Any:
    """The same for one fold with torch's layers."""
    kernels, biases, scale, shift, members, geometry, eps, after = given
    maps = relu(conv2d(images, kernels, biases, padding=geometry.padding))
    mean, variance, unbiased = member_statistics(maps, members)
    factor = scale * torch.rsqrt(variance + eps)
    maps = maps * factor[:, None, None] + (shift - mean * factor)[:, None, None]
    maps = max_pool2d(maps, geometry.side, padding=geometry.border)
    for layer in after:
        maps = layer(maps)
    return maps, mean.detach(), unbiased.detach()


@dataclass(frozen=True)
class Patches:
    """What the convolution sees at each of its places, for a batch; shared by all folds."""

    rows: list[torch.Tensor]
    """Per chunk of clips (clips * places, K): the K - 1 values of a patch in the order (y, x, channel), and a 1."""
    columns: list[torch.Tensor]
    """Per chunk (K, clips * places)."""
    map: tuple[int, int]
    """Rows and columns of the convolution's output."""
    pooled: tuple[int, int]
    """Rows and columns after pooling."""
    pool: tuple[list[int], list[int], list[int]]
    """Side, stride and padding of the pooling, as torch's functions take them."""

    @property
    def places(self) -> int:
        """Places of the convolution's output."""
        return self.map[0] * self.map[1]


def cut_patches(images: torch.Tensor, geometry: Geometry) -> Patches:
    """The patches of (B, C, H, W)."""
    kernel, side = geometry.kernel, [geometry.side] * 2
    padded = pad(images, [geometry.padding] * 4).permute(0, 2, 3, 1).contiguous()  # (B, H, W, C)
    batch, height, width, channels = padded.shape
    height, width = height - kernel + 1, width - kernel + 1
    line = kernel * channels
    shape = (batch, height, width, kernel, line)
    step = padded.stride()
    views = padded.as_strided(shape, (step[0], step[1], step[2], step[1], 1))
    rows, columns = [], []
    for part in torch.split(views, CHUNK):
        cut = part.new_ones(len(part), height, width, kernel * line + 1)
        cut[..., :-1].view(*part.shape).copy_(part)
        turned = part.new_ones(kernel * line + 1, len(part), height, width)
        turned[:-1].view(kernel, line, len(part), height, width).copy_(part.permute(3, 4, 0, 1, 2))
        rows.append(cut.view(-1, kernel * line + 1))
        columns.append(turned.view(kernel * line + 1, -1))
    down, across = ((size + 2 * geometry.border - geometry.side) // geometry.side + 1 for size in (height, width))
    return Patches(rows, columns, (height, width), (down, across), (side, side, [geometry.border] * 2))


@dataclass
class _Rest:
    """The per-channel layers behind the four, for some clips of a batch at a time; all folds are further channels."""

    layers: list[Any]
    folds: int
    clips: int
    shared: Shared
    stem: int
    masks: dict[int, torch.Tensor] = field(default_factory=dict)

    def __call__(self, maps: torch.Tensor, here: slice) -> torch.Tensor:
        """Map (b, folds * C, Y, X), which are the clips `here` of the batch."""
        for number, layer in enumerate(self.layers):
            if not isinstance(layer, PoolDropout):
                maps = layer(maps)
                continue
            if number not in self.masks:
                channels = maps.shape[1] // self.folds
                mask = layer.mask((self.clips, channels, *maps.shape[2:]))
                self.masks[number] = self.shared.get(
                    ("wide", self.stem, number, self.folds), partial(_repeat, mask, self.folds)
                )
            maps = maps * self.masks[number][here]
        return maps


def _repeat(mask: torch.Tensor, folds: int) -> torch.Tensor:
    """(B, C, Y, X) -> (B, folds * C, Y, X), channels last in memory."""
    return mask.repeat(1, folds, 1, 1).contiguous(memory_format=torch.channels_last)


class _Fused(torch.autograd.Function):
    """Patches, layers behind, filters (F, K), scale, shift (F,), members (B, F) -> maps (B, F, Y, X), mean, var."""

    @staticmethod
    def forward(
        ctx: Any, patches: Patches, rest: _Rest, filters: Any, scale: Any, shift: Any, members: Any, eps: float
    ) -> Any:
        sums, squares, width = [], [], len(filters)
        top = _scratch(f"top{rest.stem}", (len(members), *patches.pooled, width))
        places = []
        for rows, here in zip(patches.rows, _slices(len(members), CHUNK), strict=True):
            maps = relu_product(rows, filters).view(-1, patches.places, width)
            place = torch.empty(len(maps), *patches.pooled, width, dtype=torch.int64).permute(0, 3, 1, 2)
            torch.ops.aten.max_pool2d_with_indices.out(
                _image(maps, patches.map), *patches.pool, out=top[here].permute(0, 3, 1, 2), indices=place
            )
            places.append(place)
            ones = maps.new_ones(len(maps), 1, patches.places)
            sums.append(torch.bmm(ones, maps)[:, 0])
            squares.append(torch.bmm(ones, torch.mul(maps, maps, out=_scratch("full", maps.shape)))[:, 0])
        count, mean, variance = statistics(torch.cat(sums), torch.cat(squares), members, patches.places)
        steep = torch.rsqrt(variance + eps)
        ctx.patches, ctx.rest, ctx.places, ctx.top = patches, rest, places, top
        ctx.save_for_backward(filters, members, shift, mean, steep, scale, count)
        ctx.mark_non_differentiable(mean, variance)
        slope, level = steep * scale, shift - mean * steep * scale
        parts = [rest(_normalised(top[here], slope, level), here) for here in _slices(len(members), PART)]
        return torch.cat(parts), mean, variance

    @staticmethod
    def backward(ctx: Any, grad: Any, *_: Any) -> Any:
        filters, members, shift, *given = ctx.saved_tensors
        mean, steep, scale, _ = given
        patches, top, factor = ctx.patches, ctx.top, scale * steep
        grad = grad.contiguous(memory_format=torch.channels_last)  # or torch's pooling turns it round, slowly
        gate = _scratch("gate", top.shape)
        shifted, scaled = torch.zeros_like(mean), torch.zeros_like(mean)
        for here in _slices(len(members), PART):
            maps = _normalised(top[here], factor, shift - mean * factor).requires_grad_()
            with torch.enable_grad():
                (part,) = torch.autograd.grad(ctx.rest(maps, here), maps, grad[here])
            part = part.permute(0, 2, 3, 1)
            shifted += part.sum((0, 1, 2))
            scaled += torch.mul(part, top[here], out=_scratch("part", part.shape)).sum((0, 1, 2))
            torch.mul(part, factor, out=gate[here])
        scaled, slope, level = gradients(shifted, scaled, tuple(given))
        slope, level = slope * members[:, None], level * members[:, None]  # (B, 1, F)
        out = torch.zeros(filters.shape[1], len(filters), dtype=grad.dtype)
        for rows, columns, place, here in zip(
            patches.rows, patches.columns, ctx.places, _slices(len(members), CHUNK), strict=True
        ):
            maps = relu_product(rows, filters).view(-1, patches.places, len(filters))
            delta = torch.addcmul(level[here], maps, slope[here], out=_scratch("full", maps.shape))
            unpooled = _scratch("unpooled", maps.shape)
            torch.ops.aten.max_pool2d_with_indices_backward.grad_input(
                gate[here].permute(0, 3, 1, 2),
                _image(maps, patches.map),
                *patches.pool,
                [1, 1],
                False,
                place,
                grad_input=_image(unpooled, patches.map),
            )
            delta.add_(unpooled)
            torch.ops.aten.threshold_backward.grad_input(delta, maps, 0, grad_input=delta)
            out += product(columns, delta.view(-1, len(filters)))
        return None, None, out.t(), scaled, shifted, None, None


def _normalised(top: torch.Tensor, slope: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
    """The pooled maps (b, Y, X, F) after batch normalisation, as (b, F, Y, X)."""
    return torch.addcmul(level, top, slope, out=_scratch("normalised", top.shape)).permute(0, 3, 1, 2)


def _slices(clips: int, size: int) -> list[slice]:
    return [slice(start, min(start + size, clips)) for start in range(0, clips, size)]


_kept: Any = threading.local()


def _scratch(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """Memory that a thread uses again and again: fresh pages from the system cost more than the arithmetic."""
    size = math.prod(shape)
    kept = getattr(_kept, name, None)
    if kept is None or kept.numel() < size:
        kept = torch.empty(size)
        setattr(_kept, name, kept)
    found: torch.Tensor = kept[:size].view(shape)
    return found


def relu_product(rows: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
    """max(rows @ filters.T, 0) for (R, K) and (F, K)."""
    if ONEDNN:
        result: torch.Tensor = torch.ops.mkldnn._linear_pointwise(rows, filters, None, "relu", [], "")
        return result
    return torch.mm(rows, filters.t()).clamp_(min=0)


def product(columns: torch.Tensor, delta: torch.Tensor) -> torch.Tensor:
    """Columns @ delta for (K, R) and (R, F)."""
    if ONEDNN:
        result: torch.Tensor = torch.ops.mkldnn._linear_pointwise(columns, delta.t(), None, "none", [], "")
        return result
    return torch.mm(columns, delta)


def _image(maps: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """(B, Y * X, F) seen as (B, F, Y, X)."""
    return maps.view(len(maps), *size, -1).permute(0, 3, 1, 2)


def _one(value: Any) -> int:
    return int(value if isinstance(value, int) else value[0])
