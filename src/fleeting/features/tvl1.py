"""TV-L1 optical flow of many pairs at once, in plain torch operations: the same code on CPU and CUDA.

Source: Zach, Pock and Bischof, "A duality based approach for realtime TV-L1 optical flow" (DAGM 2007), and Sánchez,
Meinhardt-Llopis and Facciolo, "TV-L1 optical flow estimation" (IPOL 2013), with those choices of OpenCV's version that
the flow of a face depends on: its step rule, its cubic warp with nothing known outside the frame, a median of the flow
between rounds. Ours: no stopping test, so that a pair's flow never depends on its neighbours in the batch; fewer,
wider pyramid steps; a median along y, then x; images stored end to end, so that a step is a few passes over memory.
docs/features.md compares the two.
"""

from __future__ import annotations

import numpy as np
import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from ..errors import ShapeError
from ..options import Options
from ..types import Floats, Image

SMALLEST = 16
"""px: no side of a frame or of a pyramid level is shorter."""

CHUNK = {"cpu": 81_920, "cuda": 8_388_608}
"""Pixels solved together: few enough for a CPU's cache (about 160 bytes each), enough to hide a GPU's launch times."""

GRAIN = 1 / 4096
"""px: the flow is rounded to multiples of it, so that the warp's rounding, 1e-5 px, does not move a still pair."""

FLAT = 1e-7
"""Squared brightness slope below which a pixel says nothing about motion."""


class TVL1Options(Options):
    """Options of tvl1_flow. Brightness is 0..255."""

    scale: float = Field(0.64, gt=0.2, lt=0.96)
    """Size of a pyramid level relative to the finer one (0.64 is two of OpenCV's steps of 0.8)."""
    scales: int = Field(3, ge=1)
    """Levels of the pyramid at most; levels with a side under 16 px are left out."""
    warps: int = Field(3, ge=1)
    """Times that the second frame is warped back by the flow found so far, per level."""
    rounds: int = Field(4, ge=1)
    """Rounds per warp, each begun with a median of the flow (OpenCV: outer iterations)."""
    iterations: int = Field(10, ge=1)
    """Iterations per round (OpenCV: inner iterations)."""
    attachment: float = Field(0.15, gt=0)
    """Lambda: weight of equal brightness against a smooth flow; less is smoother."""
    coupling: float = Field(0.3, gt=0)
    """Theta: how far the smooth flow may lie from the one that explains the brightness."""
    step: float = Field(0.25, gt=0, le=0.25)
    """Tau: step of the dual variable; above 0.25 the iteration need not converge."""
    median: bool = True
    """Whether a round begins with the median filter (5 along y, then 5 along x)."""


def tvl1_flow(first: Image, second: Image, options: TVL1Options | None = None, *, device: str = "cpu") -> Floats:
    """Estimate the motion of each pair by TV-L1.

    Args:
        first: (N, H, W) uint8 grey, H and W of at least 16.
        second: the same shape.
        options: defaults to TVL1Options().
        device: "cpu", "cuda" or "cuda:INDEX".

    Returns:
        (N, H, W, 2) float32 px, (dx, dy), x right, y down: what `first` shows at (x, y) is in `second` at (x+dx, y+dy).
        On one machine's CPU the bytes of a pair's flow do not depend on the batch it is in or on the thread count.

    Raises:
        ShapeError: the arrays differ in shape, are not uint8 grey images, or are smaller than 16 px.
    """
    _check(first, second)
    options = options or TVL1Options()
    count, height, width = first.shape
    flow = np.empty((count, height, width, 2), np.float32)
    size = max(1, CHUNK["cpu" if device == "cpu" else "cuda"] // (height * width))
    with torch.inference_mode():
        for start in range(0, count, size):
            part = slice(start, start + size)
            frames = torch.from_numpy(np.stack([first[part], second[part]])).to(device, torch.float32)
            found = _pyramid(frames, options).div_(GRAIN).round_().mul_(GRAIN)
            flow[part] = found.permute(1, 2, 3, 0).cpu().numpy()
    return flow


def _check(first: Image, second: Image) -> None:
    sound = first.ndim == 3 and first.shape == second.shape and first.dtype == second.dtype == np.uint8
    if not sound or min(first.shape[1:]) < SMALLEST:
        raise ShapeError(
            "TV-L1 flow needs two batches of grey frames.",
            expected=f"(N, H, W) uint8 twice, H and W of {SMALLEST} or more",
            got=f"{first.shape} {first.dtype} and {second.shape} {second.dtype}",
            where="tvl1_flow",
        )


def _pyramid(frames: Tensor, options: TVL1Options) -> Tensor:
    """Flow (2, N, H, W) px of frames (2, N, H, W), coarse to fine."""
    levels = [frames]
    height, width = frames.shape[2:]
    for power in range(1, options.scales):
        shape = (round(height * options.scale**power), round(width * options.scale**power))
        if min(shape) < SMALLEST:
            break
        levels.append(_resize(levels[-1], shape))
    flow = frames.new_zeros(levels[-1].shape)
    for level in reversed(levels):
        if flow.shape != level.shape:
            (height, width), (old_height, old_width) = level.shape[2:], flow.shape[2:]
            flow = _resize(flow, (height, width))
            flow[0].mul_(width / old_width)
            flow[1].mul_(height / old_height)
        flow = _Level(level[0], level[1], flow, options).solve()
    return flow


def _resize(planes: Tensor, shape: tuple[int, int]) -> Tensor:
    """Bilinear, without averaging. Torch's own picks its formula by the batch size, which changes the last bits."""
    for axis, size in zip((2, 3), shape, strict=True):
        old = planes.shape[axis]
        place = (torch.arange(size, dtype=torch.float64) + 0.5) * (old / size) - 0.5
        place = place.clamp_(0, old - 1)
        low = place.floor().long().clamp_(max=old - 2)
        view = (-1, 1) if axis == 2 else (-1,)
        part = (place - low).to(planes).view(view)
        low = low.to(planes.device)
        planes = torch.lerp(planes.index_select(axis, low), planes.index_select(axis, low + 1), part)
    return planes


class _Level:
    """The solver at one size. Planes lie end to end: (..., L) with L = N H W, so that x + 1 is one further and y + 1 W.

    The flow is held divided by theta, which drops theta from every step. The dual variable stays 0 in the last column
    (x part) and the last row (y part), so the place before an image's first pixel, in memory, reads as the 0 it should.
    """

    def __init__(self, first: Tensor, second: Tensor, flow: Tensor, options: TVL1Options) -> None:
        self.first, self.options, self.shape = first, options, flow.shape
        self.length, self.width = first.numel(), first.shape[2]
        self.padded_flow = first.new_zeros(2, self.length + self.width)
        self.flow = self.padded_flow[:, : self.length]
        self.flow.copy_(flow.reshape(2, -1)).div_(options.coupling)
        self.dual = first.new_zeros(2, 2, self.length + self.width)  # part along x or y, component of the flow, pixel
        self.slopes, self.norm = first.new_zeros(2, 2, self.length), first.new_zeros(2, self.length)
        self.source = _with_slopes(second)
        self.median = _Median(flow) if options.median else None

    def solve(self) -> Tensor:
        """The refined flow (2, N, H, W) px."""
        for _ in range(self.options.warps):
            self._linearise()
            for _ in range(self.options.rounds):
                if self.median is not None:
                    self.flow.copy_(self.median(self.flow.reshape(self.shape)).reshape(2, -1))
                self._iterate()
        return self.flow.reshape(self.shape) * self.options.coupling

    def _linearise(self) -> None:
        """Brightness of the second frame at the present flow, to first order; written as a shift along its slope."""
        flow = self.flow.reshape(self.shape)
        warped = _warp(self.source, flow * self.options.coupling)
        brightness, self.along = warped[:, 0], warped[:, 1:].transpose(0, 1).reshape(2, -1)
        square = self.along[0] * self.along[0] + self.along[1] * self.along[1]
        inverse = torch.where(square > FLAT, 1 / square, 0)
        self.normal = self.along * inverse
        self.rest = (brightness - self.first).reshape(-1).mul_(inverse).div_(self.options.coupling)
        self.rest.sub_(self.normal[0] * self.flow[0]).sub_(self.normal[1] * self.flow[1])

    def _iterate(self) -> None:
        """One round of the fixed-point iteration: data term, divergence of the dual, then the dual itself."""
        width, length, step, limit = self.width, self.length, self.options.step, self.options.attachment
        u, along, rest, norm, shift = self.flow, self.along, self.rest, self.norm, self.norm[0]
        (u_x, u_y), (normal_x, normal_y) = u, self.normal
        u_right, u_below = self.padded_flow[:, 1 : length + 1], self.padded_flow[:, width:]
        p = self.dual[:, :, width:]
        (p_x, p_y), p_left, p_above = p, self.dual[0, :, width - 1 : -1], self.dual[1, :, :length]
        slopes, (slope_x, slope_y) = self.slopes, self.slopes
        last_column, last_row = slope_x.view(self.shape)[..., -1], slope_y.view(self.shape)[..., -1, :]
        one = u.new_ones(())
        for _ in range(self.options.iterations):
            torch.addcmul(rest, normal_x, u_x, out=shift)
            shift.addcmul_(normal_y, u_y).clamp_(-limit, limit)
            u.addcmul_(along, shift, value=-1)
            u.add_(p_x).sub_(p_left).add_(p_y).sub_(p_above)
            torch.sub(u_right, u, out=slope_x)
            torch.sub(u_below, u, out=slope_y)
            last_column.zero_()
            last_row.zero_()
            torch.mul(slope_x, slope_x, out=norm)
            norm.addcmul_(slope_y, slope_y).sqrt_()
            torch.add(one, norm, alpha=step, out=norm)
            p.add_(slopes, alpha=step).div_(norm)


def _with_slopes(frames: Tensor) -> Tensor:
    """(N, 3, H, W): brightness and its central differences along x and y, of frames (N, H, W)."""
    padded = functional.pad(frames[:, None], (1, 1, 1, 1), mode="replicate")
    along_x = (padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]) * 0.5
    along_y = (padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]) * 0.5
    return torch.cat([frames[:, None], along_x, along_y], 1)


def _warp(source: Tensor, flow: Tensor) -> Tensor:
    """`source` (N, C, H, W) read at each pixel plus `flow` (2, N, H, W) px; outside it is 0, flat, without a say."""
    height, width = source.shape[2:]
    x = torch.arange(width, dtype=torch.float32, device=source.device)
    y = torch.arange(height, dtype=torch.float32, device=source.device)[:, None]
    grid = torch.stack([(flow[0] + x) * (2 / (width - 1)) - 1, (flow[1] + y) * (2 / (height - 1)) - 1], -1)
    return functional.grid_sample(source, grid, mode="bicubic", padding_mode="zeros", align_corners=True)


class _Median:
    """Median of 5 along y, then of 5 along x, edges repeated; in buffers of its own, images end to end.

    Not quite the median of 5 x 5, which takes six times as many comparisons; lone outliers go all the same.
    """

    def __init__(self, planes: Tensor) -> None:
        two, count, height, width = planes.shape
        self.tall = planes.new_empty(two, count, height + 4, width)
        self.wide = planes.new_empty(two, count, height, width + 4)
        self.work = planes.new_empty(4, max(self.tall.numel(), self.wide.numel()))

    def __call__(self, planes: Tensor) -> Tensor:
        """The filtered planes (2, N, H, W), a view of a buffer that the next call overwrites."""
        height, width = planes.shape[2:]
        self.tall[:, :, 2:-2].copy_(planes)
        self.tall[:, :, :2].copy_(planes[:, :, :1])
        self.tall[:, :, -2:].copy_(planes[:, :, -1:])
        planes = self._of_five(self.tall, width)[:, :, :height]
        self.wide[..., 2:-2].copy_(planes)
        self.wide[..., :2].copy_(planes[..., :1])
        self.wide[..., -2:].copy_(planes[..., -1:])
        return self._of_five(self.wide, 1)[..., :width]

    def _of_five(self, padded: Tensor, stride: int) -> Tensor:
        """Per place the median of it and the 4 that follow at `stride`, in the layout of `padded`."""
        length = padded.numel() - 4 * stride
        flat = padded.view(-1)
        a, b, c, d, e = (flat[k * stride : k * stride + length] for k in range(5))
        result, low, high, other = self.work[:, :length]
        torch.minimum(a, b, out=low)
        torch.minimum(c, d, out=other)
        torch.maximum(low, other, out=low)  # neither this nor `high` can be among the two smallest or two largest
        torch.maximum(a, b, out=high)
        torch.maximum(c, d, out=other)
        torch.minimum(high, other, out=high)
        torch.minimum(low, high, out=result)
        torch.maximum(low, high, out=high)
        torch.minimum(high, e, out=high)
        torch.maximum(result, high, out=result)
        return self.work[0, : padded.numel()].view(padded.shape)
