"""The training of a generator from its recipe to a folder; the same call goes on where a killed one was.

RUN/
recipe.toml  environment.json  left_out.csv
history.csv             a row per log step; columns: docs/ganimation.md
sheets/000100.png       sweeps of the trained action units
generator/              the averaged generator and the critic, as generators/ganimation/checkpoint.py writes them
state/                  what is needed to go on
report.html             written by the command
"""

from __future__ import annotations

import csv
import io
import json
import logging
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from ...errors import FleetingError, MissingExtraError, OptionsError
from ...files import write_text
from ...generators.ganimation.checkpoint import save_networks
from ..environment import environment
from .alarms import alarms
from .history import NAME, History
from .images import KnownImages, fitted, open_images
from .memory import keep_memory
from .order import Loaded, Order
from .processes import Process, joined
from .recipe import GeneratorRecipe
from .sheet import look, write_sheet
from .state import identity, load_state, save_state
from .step import Piece, Statistics, Training

LOG = logging.getLogger("fleeting")
FACES = 2
"""Images on a sample sheet."""


class TrainingError(FleetingError):
    """A training broke down."""


def train_generator(recipe: GeneratorRecipe, out: Path, *, progress: bool = True) -> Path:
    """Train, or go on with what an earlier call left in `out`.

    Args:
        recipe: what to train on what; data.root must be named.
        out: the run's folder.
        progress: show a bar on standard error.

    Returns:
        The folder of the trained generator. On one CPU and one thread count its bytes depend on the recipe alone.

    Raises:
        OptionsError: the device is not there, or `out` holds another training.
        DatasetError: the data cannot be used.
        TrainingError: a loss is no longer finite.
    """
    images = open_images(recipe.data)
    order = Order(images, recipe)
    with joined(recipe.train.device) as process:
        if process.device.type == "cpu":
            keep_memory()
        _check_share(recipe, process)
        training = Training(recipe, process)
        start = load_state(out, training, recipe)
        if start == 0:
            _teach(training, order, recipe)
        run = _Run(recipe, out, training, order, start)
        if process.first:
            _write_facts(recipe, out, images, process)
        if images.left_out and process.first:
            LOG.warning("%d files are left out; see left_out.csv", len(images.left_out))
        hidden = not (progress and process.first)
        bar = tqdm(total=order.steps, initial=start, unit="step", disable=hidden)
        with bar:
            for step, loaded in enumerate(order.batches(range(start, order.steps), process.rank, process.count), start):
                run.advance(step, loaded)
                bar.update()
        process.wait()
    return out / "generator"


def rate_at(step: int, steps: int, decay: int) -> float:
    """Share of the learning rate at a step counted from 0: 1, then falling evenly; the last step has 1 / decay.

    Example:
        >>> [rate_at(step, 6, 4) for step in range(6)]
        [1.0, 1.0, 1.0, 0.75, 0.5, 0.25]
    """
    return min(1.0, (steps - step) / decay) if decay else 1.0


def _check_share(recipe: GeneratorRecipe, process: Process) -> None:
    """Refuse unequal pieces: the mean of their means would not be the mean of the batch."""
    pieces = process.count * recipe.train.accumulate
    if recipe.train.batch % pieces:
        raise OptionsError(
            "The batch cannot be cut into equal pieces.",
            expected=f"a multiple of {process.count} processes x {recipe.train.accumulate} pieces",
            got=f"train.batch = {recipe.train.batch}",
        )


def _teach(training: Training, order: Order, recipe: GeneratorRecipe) -> None:
    """What `critic_first` asks for, on the batches that would come after the last step; the attack grows evenly."""
    count = recipe.train.critic_first
    steps = range(order.steps, order.steps + count)
    for done, loaded in enumerate(order.batches(steps, training.process.rank, training.process.count), 1):
        training.teach_critic(_pieces(loaded, recipe.train.accumulate, training), done / count)


class _Run:
    """What a training carries from step to step."""

    def __init__(self, recipe: GeneratorRecipe, out: Path, training: Training, order: Order, start: int) -> None:
        self.recipe, self.out, self.training, self.order = recipe, out, training, order
        self.process = training.process
        self.history = History(out / NAME, start)
        self.probe = _probe(order, recipe, self.process.device)
        self.sums: dict[str, list[torch.Tensor]] = {}
        self.clock = time.perf_counter()
        self.decay = recipe.train.decay_epochs * order.per_epoch
        self.board = _board(out) if recipe.train.tensorboard and self.process.first else None

    def advance(self, step: int, loaded: Loaded) -> None:
        """Step number `step`, counted from 0, and what is due after it."""
        train, training, done = self.recipe.train, self.training, step + 1
        training.set_rate(rate_at(step, self.order.steps, self.decay))
        pieces = _pieces(loaded, train.accumulate, training)
        self._note(training.update_critic(pieces))
        if done % train.critic_steps == 0:
            self._note(training.update_generator(pieces))
        last = done == self.order.steps
        if done % train.log_every == 0 or last:
            self._log(done)
        if done % train.save_every == 0 or last:
            self._save(done)

    def _note(self, statistics: Statistics) -> None:
        for name, value in statistics.items():
            self.sums.setdefault(name, []).append(value)

    def _log(self, done: int) -> None:
        values = torch.stack([torch.stack(self.sums[name]).mean() for name in self.sums])
        means = dict(zip(self.sums, self.process.mean(values).tolist(), strict=True))
        known = {name: means.get(name, math.nan) for name in COLUMNS}
        seconds = (time.perf_counter() - self.clock) / len(self.sums["critic"])
        self.sums, self.clock = {}, time.perf_counter()
        if not all(math.isfinite(value) for value in means.values()):
            raise TrainingError(
                "A loss is no longer finite.",
                got=", ".join(name for name, value in means.items() if not math.isfinite(value)),
                where=f"step {done}",
                cure="lower train.critic_rate and train.generator_rate; the last saved state is in state/",
            )
        if not self.process.first:
            return
        responses, sheet = look(self.training.average, *self.probe, self.recipe.data.action_units)
        rate = rate_at(done - 1, self.order.steps, self.decay)
        epoch = done / self.order.per_epoch
        row = {"step": done, "epoch": epoch, "rate": rate, **known, **responses, "seconds": seconds}
        self.history.add(row)
        if self.shown:
            write_sheet(self.out / "sheets" / f"{done:06d}.png", sheet)
        if self.board is not None:
            for name, value in row.items():
                self.board.add_scalar(name, value, done)
        for alarm in alarms(self.history.rows, self.order.steps):
            if alarm.step == done:
                LOG.warning("step %d, %s: %s", done, alarm.name, alarm.words)

    @property
    def shown(self) -> bool:
        """Whether the images may be drawn on sheets."""
        choice = self.recipe.data.sheets
        return self.order.images.synthetic if choice is None else choice

    def _save(self, done: int) -> None:
        if self.process.first:
            facts = {
                "recipe": identity(self.recipe),
                "step": done,
                "steps": self.order.steps,
                "action_units": list(self.recipe.data.action_units),
                "image_size": self.recipe.network.image_size,
            }
            save_networks(self.out / "generator", self.training.average, self.training.critic, facts)
            save_state(self.out, self.training, self.recipe, done)


COLUMNS = (
    "critic", "distance", "penalty", "au_real", "generator", "au_fake", "cycle", "mask", "rough", "change",
)  # fmt: skip
"""Statistics of the steps, means since the row before."""


def _pieces(loaded: Loaded, count: int, training: Training) -> list[Piece]:
    device = training.process.device
    images = torch.from_numpy(loaded.images).to(device, non_blocking=True).permute(0, 3, 1, 2).float() / 127.5 - 1
    images = images.contiguous(memory_format=training.order)
    rest = [torch.from_numpy(part).to(device) for part in (loaded.aus, loaded.wanted, loaded.mix)]
    return [Piece(*chunks) for chunks in zip(*(tensor.chunk(count) for tensor in (images, *rest)), strict=True)]


def _probe(order: Order, recipe: GeneratorRecipe, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (F, 3, S, S) and action units (F, A) to look at in every row: spread over the data."""
    count = len(order.images.aus)
    numbers = [place * count // FACES for place in range(FACES)]
    pictures = np.stack([fitted(order.images.read(number), recipe.network.image_size) for number in numbers])
    images = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1
    return images, torch.from_numpy(order.images.aus[numbers]).to(device)


def _write_facts(recipe: GeneratorRecipe, out: Path, images: KnownImages, process: Process) -> None:
    facts: Mapping[str, Any] = {
        **environment(process.device.type),
        "processes": process.count,
        "images": len(images.aus),
        "left_out": len(images.left_out),
        "data": images.digest(),
    }
    write_text(out / "environment.json", json.dumps(facts, indent=2) + "\n")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("file", "reason"), *images.left_out])
    write_text(out / "left_out.csv", text.getvalue())


def _board(out: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise MissingExtraError("train.tensorboard", "tensorboard", "track") from None
    return SummaryWriter(str(out / "tensorboard"))
