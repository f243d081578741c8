"""A stack: several folds of one network whose weights lie in one tensor per layer and are trained in the same step."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.func import functional_call

from ...models.model import Batch, Model
from ..layers import NORMS, Context, Shared, for_stack
from ..loop import Epoch, Probe
from ..recipe import TrainTable
from .adam import StackedAdam
from .stem import Stem, find_stems


class Stack:
    """Folds that differ only by which clips of the batch count.

    Args:
        model: freshly built, on its device; every fold starts from its weights. It is not changed.
        members: (G, N) float32 0/1: which clips of the pool fold g trains on.
        scale: (G, C) float32: weight of a class in the loss of fold g.
        options: the [train] table.
    """

    def __init__(self, model: Model, members: torch.Tensor, scale: torch.Tensor, options: TrainTable) -> None:
        self.members, self.scale, self.folds = members, scale, len(members)
        self._context = Context()
        template = copy.deepcopy(model).train()
        self._norms: dict[Any, str] = {layer: name for name, layer in template.named_modules() if type(layer) in NORMS}
        _prepare(template, self._context)
        self._probe = Probe(template)
        self.weights = {name: _many(value, self.folds) for name, value in self._probe.named_parameters()}
        self.buffers = {name: _many(value, self.folds) for name, value in self._probe.named_buffers()}
        for weight in self.weights.values():
            weight.requires_grad_()
        self._adam = StackedAdam(self.weights, self.folds, options.learning_rate, options.weight_decay)
        self._tally = torch.zeros(3, self.folds, dtype=torch.float64, device=members.device)

    def step(self, images: torch.Tensor, labels: torch.Tensor, domains: torch.Tensor, shared: Shared) -> None:
        """One step of every fold that has enough clips in the batch.

        Args:
            images: (B, C, H, W) float32, the batch of the pool.
            labels: (B,) int64.
            domains: (B,) int64, see `Batch`.
            shared: the step.
        """
        members = self.members[:, torch.from_numpy(shared.step.rows).to(self.members.device)]
        counts = members.sum(1)
        active = counts >= (2 if self._norms else 1)
        members = torch.where(active[:, None], members, 1)  # any finite result will do: it is thrown away
        self._context.begin(shared)

        def one(weights: Any, buffers: Any, member: torch.Tensor, scale: torch.Tensor) -> Any:
            self._context.members = member
            batch = Batch(images, labels, member * scale[labels], domains, shared.step.progress)
            loss, answers = functional_call(self._probe, (weights, buffers), (batch,))
            return loss, answers.detach(), [(mean, variance) for _, mean, variance in self._context.fresh]

        run = torch.vmap(one, (0, 0, 0, 0), randomness="error")
        losses, answers, fresh = run(self.weights, self.buffers, members, self.scale)
        gradients = torch.autograd.grad(losses.sum(), list(self.weights.values()), allow_unused=True)
        self._adam.step(
            {
                name: torch.zeros_like(weight) if gradient is None else gradient
                for (name, weight), gradient in zip(self.weights.items(), gradients, strict=True)
            },
            active,
        )
        self._follow(fresh, active)
        right = ((answers.argmax(2) == labels) * members).sum(1)
        right = torch.where(answers.isnan().any(2).any(1), torch.nan, right)
        self._tally += torch.stack([losses.detach() * counts, right, counts]).double() * active

    def end_epoch(self, number: int) -> list[Epoch]:
        """A row of history per fold for the epoch that has just ended."""
        lost, right, seen = (row.tolist() for row in self._tally.cpu())
        self._tally.zero_()
        return [Epoch(number + 1, a / max(n, 1), b / max(n, 1)) for a, b, n in zip(lost, right, seen, strict=True)]

    def load(self, fold: int, model: Model) -> Model:
        """Put the weights of one fold into a model of the same kind; it is set to evaluation."""
        state = {**self.weights, **self.buffers}
        model.load_state_dict({name.removeprefix("model."): value[fold].detach() for name, value in state.items()})
        return model.eval()

    @torch.no_grad()
    def _follow(self, fresh: list[tuple[torch.Tensor, torch.Tensor]], active: torch.Tensor) -> None:
        """Move the running figures of batch normalisation as torch does, call by call."""
        for (module, *_), values in zip(self._context.fresh, fresh, strict=True):
            layer: Any = module
            name = f"model.{self._norms[layer]}"
            for kind, value in zip(("running_mean", "running_var"), values, strict=True):
                kept = self.buffers[f"{name}.{kind}"]
                kept.copy_(torch.where(active[:, None], torch.lerp(kept, value, layer.momentum), kept))
            self.buffers[f"{name}.num_batches_tracked"] += active


def _prepare(template: nn.Module, context: Context) -> None:
    for number, stem in enumerate(find_stems(template)):
        stem.__class__, stem.context, stem.number = Stem, context, number  # type: ignore[assignment]
    for_stack(template, context)


def _many(value: torch.Tensor, folds: int) -> torch.Tensor:
    return value.detach().expand(folds, *value.shape).clone()


def membership(rows: list[np.ndarray[Any, Any]], clips: int) -> np.ndarray[Any, Any]:
    """(G, N) float32 0/1 from the places in the pool that each fold trains on."""
    members = np.zeros((len(rows), clips), np.float32)
    for number, places in enumerate(rows):
        members[number, places] = 1
    return members
