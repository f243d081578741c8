"""What one fold asks of a training, and what it gets: the same for folds trained one by one and together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import numpy.typing as npt

from ..features.fitted_part import FittedPart
from ..models.model import Model, SolvedModel
from ..types import Floats, Inputs
from .loop import Clips, Epoch, predict, train
from .recipe import TrainTable
from .schedule import Rows

Probabilities = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Job:
    """One model to train."""

    rows: Rows
    """Places in the pool of the clips to train on."""
    images: Inputs
    """Clips to answer on, (N, [T,] H, W, C) uint8 or (N, D) float32. They never shape the training, unless the model is
    transductive, which the run declares; nobody hands over their labels."""
    every: bool
    """Answer after every epoch, not only after the last; of a solved model, for every point of its grid too."""
    flip: bool
    """Average the answers to an image and its mirror image."""
    part: FittedPart | None = None
    """What has to be fitted on the clips to train on before the model sees any."""


@dataclass(frozen=True)
class Trained:
    """One trained model."""

    history: list[Epoch]
    answers: list[Probabilities]
    """(N, C) after every epoch, or after the last; of a solved model at every point of its grid, then as asked."""
    model: Callable[[], Model]
    """Gives the model; where folds are trained together, only until the next one is asked for."""
    part: FittedPart | None = None
    """What was fitted before it."""


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
    part = job.part
    if part is not None:
        clips, job = _fitted(clips, job, part)
    answers: list[Probabilities] = []
    target = job.images if model.transductive else None
    if job.every and isinstance(model, SolvedModel):
        for _, other in model.variants():
            train(other, clips, options, seed, rows=job.rows, target=target)
            answers.append(predict(other, job.images, job.flip))
    watch = (lambda: answers.append(predict(model, job.images, job.flip))) if job.every else None
    history = train(model, clips, options, seed, rows=job.rows, rates=rates, bar=bar, watch=watch, target=target)
    if watch is None or isinstance(model, SolvedModel):
        answers.append(predict(model, job.images, job.flip))
    return Trained(history, answers, lambda: model, part)


def _fitted(clips: Clips, job: Job, part: FittedPart) -> tuple[Clips, Job]:
    """The clips to train on and to answer on after the fitted part, which sees the former alone."""
    own = cast(Floats, clips.images[job.rows])
    part.fit(own)
    domains = None if clips.domains is None else clips.domains[job.rows]
    seen = Clips(part.transform(own), clips.labels[job.rows], clips.channels, domains)
    answered = part.transform(cast(Floats, np.asarray(job.images)))
    return seen, replace(job, rows=np.arange(len(own)), images=answered, part=None)
