"""The fused stem of many folds in machine code (stem_code.py), where llvmlite is installed: the extra `fast`.

It also takes in what comes first behind the pooling: dropout, then averaging. Both are linear, with one mask for all
folds, and normalisation with a positive scale is a straight line that goes upwards. So the code pools, drops out and
averages plain values, and a normalised cell is `slope * cell + level * sum of the cell's coefficients`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import torch
from torch import nn
from torch.nn.functional import avg_pool2d, pad

from ..layers import PoolDropout, Shared
from .normalisation import gradients, statistics
from .sizes import Sizes

INSTALLED = find_spec("llvmlite") is not None
"""Tests switch it off to compare with the other ways."""
WIDEST, MOST_WINDOWS = 128, 1024
"""Columns of the map, whose loop is unrolled, and windows, which lie on the thread's stack."""


@dataclass(frozen=True)
class Job:
    """What all folds of a step have in common."""

    code: Any
    """A stem_code.StemCode."""
    sizes: Sizes
    images: torch.Tensor
    """(B * sizes.clip + a few,): zeros around the images, and behind the last one."""
    coefficients: torch.Tensor
    """(B, windows, period, lanes): share of a pooled value in its cell."""
    totals: torch.Tensor
    """(B, cells, period, lanes): sums of the coefficients of a cell."""
    lists: torch.Tensor
    counts: torch.Tensor
    """See stem_code.ListWindows."""


def included(after: list[Any]) -> tuple[PoolDropout | None, int, int]:
    """Of the layers behind the pooling: the dropout, the side of the averages (1: none), how many layers that makes."""
    dropout = after[0] if after and isinstance(after[0], PoolDropout) else None
    count = 0 if dropout is None else 1
    layer = after[count] if len(after) > count else None
    if isinstance(layer, nn.AvgPool2d):
        given = (layer.kernel_size, layer.stride)
        sides = {side for size in given for side in (size if isinstance(size, tuple) else (size,))}
        whole = layer.padding in (0, (0, 0)) and not layer.ceil_mode and layer.divisor_override is None
        if whole and len(sides) == 1:
            return dropout, sides.pop(), count + 1
    return dropout, 1, count


def fits(images: torch.Tensor, sizes: Sizes) -> bool:
    """Whether there is code for such a stem."""
    small = sizes.map[1] <= WIDEST and sizes.windows <= MOST_WINDOWS and sizes.side < 16
    sound = sizes.padding < sizes.kernel and sizes.cells > 0
    return INSTALLED and small and sound and images.dtype == torch.float32


def prepare(images: torch.Tensor, sizes: Sizes, dropout: PoolDropout | None, key: Any, shared: Shared) -> Job:
    """The job of a step for images (B, C, H, W); `key` tells the stems of a network apart."""
    # every stack asks for the mask, for the calls number the dropout layers
    mask = None if dropout is None else dropout.mask((len(images), sizes.filters, *sizes.pooled))
    job: Job = shared.get(("job", key), lambda: _job(images, sizes, mask))
    return job


def _job(images: torch.Tensor, sizes: Sizes, mask: torch.Tensor | None) -> Job:
    from .stem_code import stem_code  # llvmlite is an extra

    code = stem_code(sizes)
    clips, lanes, period = len(images), code.lanes, sizes.period(code.lanes)
    padded = images.new_zeros(clips * sizes.clip + sizes.kernel * sizes.channels + lanes)
    inside = padded[: clips * sizes.clip].view(clips, -1, sizes.width + 2 * sizes.padding, sizes.channels)
    inside = inside[:, sizes.padding :, sizes.padding :][:, : sizes.height, : sizes.width]
    inside.copy_(images.permute(0, 2, 3, 1))
    shares = images.new_ones(clips, sizes.filters, *sizes.pooled)
    shares = shares if mask is None else shares * mask
    totals = avg_pool2d(shares, sizes.average)
    coefficients = torch.zeros_like(shares)
    down, across = (size * sizes.average for size in sizes.grid)
    coefficients[..., :down, :across] = shares[..., :down, :across] / sizes.average**2
    wide = [
        part.flatten(2).transpose(1, 2).repeat(1, 1, period * lanes // sizes.filters).contiguous()  # (B, places, lanes)
        for part in (coefficients, totals)
    ]
    lists = torch.empty(clips, period * lanes, sizes.windows + 2, dtype=torch.int16)
    counts = torch.empty(clips, period * lanes, dtype=torch.int64)
    code.list_windows(*_addresses(wide[0], lists, counts), clips)
    coefficients, totals = (part.view(clips, -1, period, lanes) for part in wide)
    return Job(code, sizes, padded, coefficients, totals, lists, counts)


class Compiled(torch.autograd.Function):
    """A job, filters (F, K), scale, shift (F,), members (B, F), eps -> cells (B, F, Y, X), mean, variance (F,)."""

    @staticmethod
    def forward(ctx: Any, job: Job, filters: Any, scale: Any, shift: Any, members: Any, eps: float) -> Any:
        """Called by torch."""
        sizes, lanes, (clips, width) = job.sizes, job.code.lanes, members.shape
        vectors = -(-width // lanes)
        wide = vectors * lanes
        ours = pad(filters, (0, 0, 0, wide - width)).view(vectors, lanes, -1).transpose(1, 2).contiguous()
        mine = pad(members, (0, wide - width)).contiguous()
        averages = torch.empty(clips, sizes.cells, wide)
        places = torch.empty(clips, wide, sizes.windows, dtype=torch.uint8)
        sums, squares = torch.empty(2, clips, wide)
        seen = torch.zeros(2, *ours.shape)
        outputs = (averages, places, sums, squares, *seen)
        job.code.forward(*_addresses(job.images, ours, job.coefficients, mine, *outputs), clips, vectors)
        found = statistics(sums, squares, mine, sizes.map[0] * sizes.map[1])
        count, mean, variance = (line[:width] for line in found)  # no clip counts for the lanes behind
        steep = torch.rsqrt(variance + eps)
        slope, level = scale * steep, shift - mean * scale * steep
        ctx.job, ctx.kept = job, (averages, places, seen)
        ctx.save_for_backward(mean, steep, scale, count)
        ctx.mark_non_differentiable(mean, variance)
        slope, level = (pad(line, (0, wide - width)).view(vectors, lanes) for line in (slope, level))
        turns = torch.arange(vectors) % sizes.period(lanes)
        totals = job.totals if sizes.period(lanes) == 1 else job.totals[:, :, turns]
        cells = torch.addcmul(level * totals, averages.view(clips, -1, vectors, lanes), slope)
        return _image(cells.view(clips, -1, wide), sizes)[:, :width], mean, variance

    @staticmethod
    def backward(ctx: Any, grad: Any, *_: Any) -> Any:
        """Called by torch."""
        mean, steep, scale, _ = ctx.saved_tensors
        job, (averages, places, (active, weighted)) = ctx.job, ctx.kept
        sizes, lanes, (clips, _, wide), width = job.sizes, job.code.lanes, averages.shape, len(mean)
        factor = pad(scale * steep, (0, wide - width))
        grad = pad(grad.flatten(2).transpose(1, 2), (0, wide - width)).contiguous()
        filters = torch.zeros(wide, sizes.kernel, -(-sizes.kernel * sizes.channels // lanes) * lanes)
        biases, shifted, scaled = torch.zeros(3, wide)
        inputs = (job.coefficients, job.lists, job.counts, averages, places, grad, factor)
        addresses = _addresses(job.images, *inputs, filters, biases, shifted, scaled)
        job.code.backward(*addresses, clips, wide // lanes)
        shifted = shifted[:width]
        scaled, slope, level = gradients(shifted, scaled[:width], ctx.saved_tensors)
        pooled = filters[:, :, : sizes.kernel * sizes.channels].flatten(1)
        out = torch.cat([pooled, biases[:, None]], 1)[:width]
        for line, part in ((level, active), (slope, weighted)):
            out.addcmul_(line[:, None], part.transpose(1, 2).flatten(0, 1)[:width])
        return None, out, scaled, shifted, None, None


def _image(cells: torch.Tensor, sizes: Sizes) -> torch.Tensor:
    """(B, Y * X, F) seen as (B, F, Y, X)."""
    return cells.view(len(cells), *sizes.grid, -1).permute(0, 3, 1, 2)


def _addresses(*tensors: torch.Tensor) -> list[int]:
    """Where contiguous tensors lie."""
    assert all(tensor.is_contiguous() for tensor in tensors)
    return [tensor.data_ptr() for tensor in tensors]
