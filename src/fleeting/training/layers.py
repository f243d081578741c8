"""Layers whose result depends on who else is in the batch, made to depend on the fold alone.

- Dropout: a mask is drawn once for the whole batch of the pool, for all folds of a seed (folds are never compared
  within a step); a fold that sees fewer clips takes its rows of it.
- Batch normalisation of folds that are trained together: the batch carries clips that this fold may not see, so mean
  and variance are weighted by its 0/1 membership, and running figures are kept per fold. Test clips never enter.

A network's own layers are turned into these for the time of the training: same weights, same names.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
from torch import nn
from torch.nn.functional import dropout

from .schedule import Rows, Step

T = TypeVar("T")
DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


class Shared:
    """What all folds of a step have in common, computed once though several threads ask for it."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self._kept: dict[Any, Any] = {}
        self._lock = threading.Lock()

    def get(self, key: Any, make: Callable[[], T]) -> T:
        """The thing called `key`, made now if nobody has."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = make()
            found: T = self._kept[key]
            return found


@dataclass
class Context:
    """What the changed layers of one network must know."""

    shared: Shared | None = None
    kept: Rows | None = None
    """Which rows of the step's batch the network is shown; None for all."""
    members: torch.Tensor | None = None
    """(B,) 0/1: which clips of the batch the fold may see (batch normalisation and the stem)."""
    fresh: list[tuple[nn.Module, torch.Tensor, torch.Tensor]] = field(default_factory=list)
    """Normalisation layer, batch mean and unbiased variance, call by call."""
    calls: int = 0

    def begin(self, shared: Shared, kept: Rows | None = None) -> None:
        """Get ready for a step."""
        self.shared, self.kept, self.calls = shared, kept, 0
        self.fresh.clear()


class PoolDropout(nn.Module):
    """Dropout with the masks of the step."""

    p: float
    whole: bool
    """Drop whole channels."""
    context: Context

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Zero some of (B, C, ...), scale the others."""
        context = self.context
        if not self.training or self.p == 0 or context.shared is None:
            return values
        rows = context.shared.step.rows if context.kept is None else context.kept
        if len(values) != len(rows):  # not one row per clip: torch's own draws, which the stack refuses
            return dropout(values, self.p)
        return values * self.mask(tuple(values.shape)).to(values.device)

    def mask(self, shape: tuple[int, ...]) -> torch.Tensor:
        """The mask of this call for values of a shape (B, C, ...), on the CPU; (B, C, 1, ...) for whole channels."""
        context = self.context
        assert context.shared is not None
        step, kept, layer = context.shared.step, context.kept, context.calls
        context.calls += 1
        sizes = shape[1:2] + (1,) * (len(shape) - 2) if self.whole else shape[1:]

        def draw() -> torch.Tensor:
            mask = torch.from_numpy(step.mask(layer, (len(step.rows), *sizes), self.p))
            mask = mask if kept is None else mask[kept]
            return mask.contiguous(memory_format=torch.channels_last) if mask.ndim == 4 else mask

        return draw() if kept is not None else context.shared.get(("dropout", layer, sizes), draw)


class MemberBatchNorm(nn.Module):
    """Batch normalisation over the clips that the fold may see."""

    weight: torch.Tensor | None
    bias: torch.Tensor | None
    eps: float
    context: Context

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Normalise (B, C, ...)."""
        members = self.context.members
        assert members is not None
        mean, variance, unbiased = member_statistics(values, members)
        self.context.fresh.append((self, mean.detach(), unbiased.detach()))
        shape = (1, -1) + (1,) * (values.ndim - 2)
        scale = torch.rsqrt(variance + self.eps) * (1 if self.weight is None else self.weight)
        shift = -mean * scale + (0 if self.bias is None else self.bias)
        return values * scale.view(shape) + shift.view(shape)


def member_statistics(values: torch.Tensor, members: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Mean, variance and unbiased variance (C,) of (B, C, ...) over the clips with membership 1 of (B,)."""
    rows = values.flatten(2).mean(2) if values.ndim > 2 else values  # (B, C)
    places = values[0, 0].numel()
    count = members.sum()
    mean = (rows * members[:, None]).sum(0) / count
    square = (values - mean.view(1, -1, *[1] * (values.ndim - 2))) ** 2
    squares = square.flatten(2).mean(2) if values.ndim > 2 else square
    variance = (squares * members[:, None]).sum(0) / count
    total = count * places
    return mean, variance, variance * (total / (total - 1).clamp(min=1))


@contextmanager
def pool_dropout(model: nn.Module, context: Context) -> Iterator[None]:
    """Let the dropout layers of a network take their masks from the steps."""
    own = {layer: type(layer) for layer in model.modules() if type(layer) in DROPOUTS}
    _turn(own, context)
    try:
        yield
    finally:
        for layer, kind in own.items():
            layer.__class__ = kind


def for_stack(model: nn.Module, context: Context) -> None:
    """Turn dropout and batch normalisation of a network for good: it serves a stack of folds and is never shown."""
    _turn([layer for layer in model.modules() if type(layer) in DROPOUTS], context)
    for layer in model.modules():
        if type(layer) in NORMS:
            layer.__class__, layer.context = MemberBatchNorm, context  # type: ignore[assignment]


def _turn(layers: Any, context: Context) -> None:
    for layer in layers:
        layer.whole = type(layer) is not nn.Dropout
        layer.__class__, layer.context = PoolDropout, context
