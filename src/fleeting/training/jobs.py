"""What one fold asks of a training, and what it gets: the same for folds trained one by one and together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..models.mirror import Images
from ..models.model import Model
from .loop import Clips, Epoch, predict, train
from .recipe import TrainTable
from .schedule import Rows

Probabilities = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Job:
    """One model to train."""

    rows: Rows
    """Places in the pool of the clips to train on."""
    images: Images
    """Clips to answer on, (N, H, W, C) uint8; they never shape the training."""
    every: bool
    """Answer after every epoch, not only after the last."""
    flip: bool
    """Average the answers to an image and its mirror image."""


@dataclass(frozen=True)
class Trained:
    """One trained model."""

    history: list[Epoch]
    answers: list[Probabilities]
    """(N, C) after every epoch, or after the last alone."""
    model: Callable[[], Model]
    """Gives the model; where folds are trained together, only until the next one is asked for."""


def train_alone(
    model: Model,
    clips: Clips,
    job: Job,
    options: TrainTable,
    seed: int,
    *,
    rates: Mapping[str, float] | None = None,
    bar: str = "",
) -> Trained:
    """Train one model by itself; the arguments are those of `loop.train`."""
    answers: list[Probabilities] = []
    watch = (lambda: answers.append(predict(model, job.images, job.flip))) if job.every else None
    history = train(model, clips, options, seed, rows=job.rows, rates=rates, bar=bar, watch=watch)
    return Trained(history, answers or [predict(model, job.images, job.flip)], lambda: model)
