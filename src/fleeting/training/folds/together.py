"""Trains all folds of a group in one pass over the data: each batch is made once and shown to every fold.

The group is cut into stacks of up to 20 folds; the stacks of a step run in threads
of their own, one core each. On a GPU the whole group is one stack.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import torch
from tqdm import trange

from ...heap import keep_freed
from ...models.model import Model
from ..jobs import Job, Probabilities, Trained
from ..layers import Shared
from ..loop import Clips, Epoch, check, choose_device, class_weights, predict
from ..recipe import TrainTable
from ..schedule import Rows, Step, epoch_steps
from .stack import Stack, membership

STACK = 20
"""Folds per stack on a CPU at most; ours, the fastest of 4 to 40 for STSTNet."""


class Together:
    """A group of folds under training.

    Args:
        model: freshly built; all folds start from its weights.
        clips: the pool of all folds.
        rows: per fold the places in the pool of the clips that it trains on.
        options: the [train] table.
        seed: of the training; a fold ends with the weights that `loop.train` gives it with this seed, within rounding.

    Raises:
        ShapeError, DatasetError, OptionsError: as for `loop.train`.
    """

    def __init__(self, model: Model, clips: Clips, rows: Sequence[Rows], options: TrainTable, seed: int) -> None:
        for places in rows:
            check(model, clips, places)
        self.clips, self.options, self.seed = clips, options, seed
        self.device = choose_device(options.device)
        self.history: list[list[Epoch]] = [[] for _ in rows]
        self._model = copy.deepcopy(model).to(self.device)
        members = torch.from_numpy(membership(list(rows), len(clips.images))).to(self.device)
        scale = torch.from_numpy(
            np.stack([class_weights(clips.labels[places], model.num_classes, options) for places in rows])
        ).to(self.device, torch.float32)
        size = stack_size(len(rows), self.device)
        self._places = [(start, min(start + size, len(rows))) for start in range(0, len(rows), size)]
        self._stacks = [Stack(self._model, members[a:b], scale[a:b], options) for a, b in self._places]

    def run(self, watch: Callable[[], None] | None = None, bar: str = "") -> None:
        """Train.

        Args:
            watch: called after every epoch; it may ask for the models.
            bar: title of a progress bar over epochs; "" for none.
        """
        threads = torch.get_num_threads()
        keep_freed()  # of the layers' outputs
        workers = min(len(self._stacks), threads) if self.device.type == "cpu" else 1
        with ThreadPoolExecutor(workers, initializer=_one_core if workers > 1 else None) as pool:
            if workers > 1:
                _one_core()  # a second thread of torch's would spin for work on a core that a stack needs
            try:
                for number in trange(self.options.epochs, desc=bar, unit="epoch", disable=not bar):
                    for step in epoch_steps(len(self.clips.images), self.options, self.seed, number):
                        self._step(step, pool)
                    for (start, stop), stack in zip(self._places, self._stacks, strict=True):
                        for fold, row in zip(range(start, stop), stack.end_epoch(number), strict=True):
                            self.history[fold].append(row)
                    if watch is not None:
                        watch()
            finally:
                torch.set_num_threads(threads)

    def model(self, fold: int) -> Model:
        """The model of one fold as it stands, until the next call; ready to answer."""
        for (start, stop), stack in zip(self._places, self._stacks, strict=True):
            if start <= fold < stop:
                return stack.load(fold - start, self._model)
        raise IndexError(fold)

    def _step(self, step: Step, pool: ThreadPoolExecutor) -> None:
        batch = self.clips.batch(step, np.arange(len(step.rows)), self.device)
        shared = Shared(step)
        for _ in pool.map(lambda stack: stack.step(*batch, shared), self._stacks):
            pass


def stack_size(folds: int, device: torch.device) -> int:
    """Folds per stack: all on a GPU; on a CPU at most STACK, spread so that no core waits for another."""
    if device.type != "cpu":
        return folds
    threads = torch.get_num_threads()
    rounds = -(-folds // (STACK * threads))
    return -(-folds // (rounds * threads))


def _one_core() -> None:
    torch.set_num_threads(1)


def train_together(
    model: Model, clips: Clips, jobs: Sequence[Job], options: TrainTable, seed: int, bar: str = ""
) -> list[Trained]:
    """Train a model per job; `model` is the freshly built one that all start from."""
    group = Together(model, clips, [job.rows for job in jobs], options, seed)
    answers: list[list[Probabilities]] = [[] for _ in jobs]

    def answer(every: bool) -> None:
        for number, job in enumerate(jobs):
            if job.every == every:
                answers[number].append(predict(group.model(number), job.images, job.flip))

    group.run(watch=lambda: answer(every=True), bar=bar)
    answer(every=False)
    return [
        Trained(history, given, partial(group.model, number))
        for number, (history, given) in enumerate(zip(group.history, answers, strict=True))
    ]
