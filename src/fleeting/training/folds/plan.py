"""How many folds are trained at once: what fits into memory, and only where it is quicker than one by one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ...models.model import Model, SolvedModel
from ..layers import Shared
from ..recipe import TrainTable
from ..schedule import Step
from . import compiled
from .stack import Stack
from .stem import find_stems
from .together import STACK

SHARE = 0.5
"""Of the free memory that a group may take."""
MOST = 128
"""Folds per group, so that a run that is stopped loses little."""
MEMORY = Path("/proc/meminfo")
UNKNOWN = 4 * 2**30
"""Bytes taken for free on systems without such a file."""
LEAST = 4
"""Folds: fewer at once are not worth it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the folds of a run are trained."""

    jobs: int
    """Trainings per group; 1 for one by one."""
    reason: str
    """A sentence for the log."""


def plan(model: Model, folds: int, each: int, options: TrainTable, device: torch.device) -> Plan:
    """Say how many trainings of a model are run at once, where each of the folds needs `each` of them.

    Estimate, in bytes: per fold 16 per weight (weight, gradient, Adam's two moments); per fold at work 12 per value of
    a layer's output and clip of the batch (output, its gradient, a copy); outputs inside a fused stem do not count.
    """
    if options.folds_at_once == "off" or isinstance(model, SolvedModel) or folds < LEAST:
        return Plan(1, "")
    if device.type == "cpu" and not find_stems(model):
        return Plan(1, f"{type(model).__name__} is trained fold by fold: together it would not be quicker on a CPU.")
    refusal = _refusal(model, options)
    if refusal:
        return Plan(1, f"{type(model).__name__} is trained fold by fold: it cannot be stacked ({refusal}).")
    weights = 16 * sum(weight.numel() for weight in model.parameters())
    maps = 12 * _outputs(model) * options.batch_size
    at_work = STACK * torch.get_num_threads() if device.type == "cpu" else MOST
    limit = SHARE * _free(device)
    jobs = folds * each
    count = min(MOST, jobs)
    while count > 1 and weights * count + maps * min(count, at_work) > limit:
        count -= 1
    size = (weights * count + maps * min(count, at_work)) / 2**30
    stated = f"about {size:.2f} GiB of {limit / 2**30:.1f} GiB allowed"
    if count < LEAST * each:
        return Plan(1, f"{type(model).__name__} is trained fold by fold: {count} at once would take {stated}.")
    hint = "" if device.type != "cpu" or compiled.INSTALLED else " pip install 'fleeting[fast]' makes it quicker."
    return Plan(count, f"{count} of {jobs} trainings at once, {stated}.{hint}")


def _refusal(model: Model, options: TrainTable) -> str:
    """Why a network cannot be stacked, found by a step of two folds with four blank images; "" if it can."""
    device = next(model.parameters()).device
    members, scale = torch.ones(2, 4, device=device), torch.ones(2, model.num_classes, device=device)
    labels = torch.zeros(4, dtype=torch.int64, device=device)
    step = Step(np.arange(4), np.zeros(4, bool), 0, 0.0)
    try:
        stack = Stack(model, members, scale, options)
        stack.step(torch.zeros(4, *model.input_shape, device=device), labels, labels, Shared(step))
    except (RuntimeError, NotImplementedError) as error:
        return str(error).strip().splitlines()[0]
    return ""


def _outputs(model: Model) -> int:
    """Values that the layers put out for one clip."""
    sizes: list[int] = []
    inside = {layer for stem in find_stems(model) for layer in list(stem)[:3]}
    leaves = [layer for layer in model.modules() if not list(layer.children()) and layer not in inside]

    def count(_: nn.Module, __: object, output: object) -> None:
        if isinstance(output, torch.Tensor):
            sizes.append(output[0].numel())

    hooks = [layer.register_forward_hook(count) for layer in leaves]
    device = next(model.parameters()).device
    training = model.training
    with torch.inference_mode():
        model.eval()(torch.zeros(1, *model.input_shape, device=device))
    model.train(training)
    for hook in hooks:
        hook.remove()
    return sum(sizes)


def _free(device: torch.device) -> int:
    """Bytes of memory that can be had; what the system uses to keep files it gives back."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    try:
        lines = MEMORY.read_text(encoding="ascii").splitlines()
    except OSError:
        return UNKNOWN
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), UNKNOWN)
