"""The one training loop: fixed epochs, last epoch kept; it is told which clips to train on and uses no others."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import softmax
from tqdm import trange

from ..errors import DatasetError, OptionsError, ShapeError
from ..models.mirror import Images, mirrored
from ..models.model import FLOW, Batch, Model, SolvedModel
from ..models.transductive import TransductiveModel
from ..seeds import derive
from ..types import VECTOR, Inputs
from .layers import NORMS, Context, Shared, pool_dropout
from .recipe import TrainTable
from .schedule import Rows, Step, epoch_steps

Labels = npt.NDArray[np.int64]
PREDICT_BATCH, PREDICT_BYTES = 1024, 2**26
"""Images answered on at a time, and the bytes of their input that make it fewer, as layers take many times more."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One row of history.csv. For an exactly solved model there is one row, its number the solver's steps."""

    epoch: int
    loss: float
    """Mean training loss: cross-entropy in nats, and what the model adds to it."""
    accuracy: float
    """Share of training images that were right while the epoch ran, 0..1; not a number where the model computes its
    loss without showing its answers."""


@dataclass(frozen=True)
class Clips:
    """The pool that a training draws from: all clips of a data set, of which it may see some."""

    images: Inputs
    """(N, H, W, C) or (N, T, H, W, C) uint8 as `channels` say, or vectors (N, D) float32."""
    labels: Labels
    """(N,) class indices."""
    channels: Sequence[str] = FLOW
    """What the C channels show."""
    domains: Labels | None = None
    """(N,) 0 for recorded micro-expressions, 1 for other data; None: all 0."""

    def batch(self, step: Step, rows: Rows, device: torch.device) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(B, C, [T,] H, W) or (B, D) float32, labels and domains (B,) of `rows` of a step, some images mirrored."""
        places, turned = step.rows[rows], step.turned[rows]
        images = self.images[places]
        images[turned] = mirror_image(images[turned], self.channels)
        domains = np.zeros(len(places), np.int64) if self.domains is None else self.domains[places]
        return (
            to_input(images, device),
            torch.from_numpy(self.labels[places]).to(device),
            torch.from_numpy(domains).to(device),
        )


class Probe(torch.nn.Module):
    """A model's loss together with the answers that it was computed from."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model
        self._answers: torch.Tensor | None = None
        self.hook = model.register_forward_hook(self._keep)

    def forward(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """The loss, and logits (B, classes): not numbers where the model's loss does without `forward`."""
        self._answers = None
        loss = self.model.loss(batch)
        answers = self._answers
        if answers is None:
            answers = torch.full((len(batch.labels), self.model.num_classes), torch.nan, device=batch.labels.device)
        return loss, answers

    def _keep(self, _: torch.nn.Module, __: Any, answers: torch.Tensor) -> None:
        self._answers = answers


def train(
    model: Model,
    clips: Clips,
    options: TrainTable,
    seed: int,
    *,
    rows: Rows | None = None,
    rates: Mapping[str, float] | None = None,
    bar: str = "",
    watch: Callable[[], None] | None = None,
    target: Inputs | None = None,
) -> list[Epoch]:
    """Train in place.

    Args:
        model: freshly built; it stays on the device that `options` names and ends in evaluation mode.
        clips: the pool.
        options: the [train] table.
        seed: fixes the order, flips and dropout; on one machine and thread count equal seeds give equal weights.
        rows: places in the pool of the clips to train on; None for all. No other clip is looked at. They shape the
            batches all the same, see schedule.py; a batch in which too few are left makes no step.
        rates: per weight a factor on the learning rate; 0 freezes it, and normalisation whose weights are frozen keeps
            its figures. None: all 1.
        bar: title of a progress bar over epochs; "" for none.
        watch: called after every epoch; it may look at the model, and cannot change what is trained or for how long.
        target: the clips that a transductive model will answer on; no other model is shown them.

    Returns:
        One row per epoch.

    Raises:
        ShapeError: images and labels do not fit the model or each other.
        DatasetError: fewer than two images.
        OptionsError: the device is not there.
    """
    rows = np.arange(len(clips.images)) if rows is None else rows
    check(model, clips, rows)
    weights = class_weights(clips.labels[rows], model.num_classes, options)
    if isinstance(model, SolvedModel):
        return _solve(model, clips.images[rows], clips.labels[rows], options, weights, target)
    device = choose_device(options.device)
    flat = all(weight.ndim < 5 for weight in model.parameters())  # convolutions over time know no such format
    model.to(device, memory_format=torch.channels_last if flat else torch.preserve_format)  # type: ignore[call-overload]
    _to_training(model, rates)
    optimiser = torch.optim.Adam(
        [
            {"params": [weight], "lr": options.learning_rate * (rates or {}).get(name, 1.0)}
            for name, weight in model.named_parameters()
            if (rates or {}).get(name, 1.0) > 0
        ],
        weight_decay=options.weight_decay,
    )
    training = _Training(Probe(model), clips, np.zeros(len(clips.images), bool), Context(), optimiser, weights)
    training.seen[rows] = True
    history = []
    with seeded(derive(seed, "draws")), pool_dropout(model, training.context):
        for number in trange(options.epochs, desc=bar, unit="epoch", disable=not bar):
            history.append(training.epoch(number, epoch_steps(len(clips.images), options, seed, number), device))
            if watch is not None:
                watch()
                _to_training(model, rates)
    training.probe.hook.remove()
    model.eval()
    return history


def predict(model: Model, images: Inputs, flip: bool) -> npt.NDArray[np.float64]:
    """Class probabilities (N, C), of the image alone or averaged with its mirror image's."""
    device = next(model.parameters()).device
    model.eval()
    rows = []
    size = max(1, min(PREDICT_BATCH, PREDICT_BYTES // (4 * math.prod(images.shape[1:]))))
    with torch.inference_mode():
        for start in range(0, len(images), size):
            batch = images[start : start + size]
            views = [batch, mirror_image(batch, model.channels)] if flip and model.channels != VECTOR else [batch]
            rows.append(
                np.mean([softmax(model(to_input(view, device)).double(), 1).cpu().numpy() for view in views], axis=0)
            )
    return np.concatenate(rows) if rows else np.zeros((0, model.num_classes))


def class_weights(labels: Labels, classes: int, options: TrainTable) -> npt.NDArray[np.float64]:
    """(C,) weight of a class in the loss: ones, or N / (present classes * n), 0 for a class without images."""
    if options.class_weights == "none":
        return np.ones(classes)
    counts = np.bincount(labels, minlength=classes)
    weights = np.zeros(classes)
    np.divide(len(labels), (counts > 0).sum() * counts, out=weights, where=counts > 0)
    return weights


def to_input(images: Inputs, device: torch.device) -> torch.Tensor:
    """(B, H, W, C) uint8 -> (B, C, H, W) float32 in 0..255, channels last in memory, which CPUs convolve faster.

    Volumes (B, T, H, W, C) become (B, C, T, H, W). Vectors (B, D) stay as they are.
    """
    batch = torch.from_numpy(np.ascontiguousarray(images)).to(device)
    return (batch.movedim(-1, 1) if batch.ndim > 2 else batch).float()


def mirror_image(images: Inputs, channels: Sequence[str]) -> Inputs:
    """As `mirrored`; vectors have no mirror image and stay as they are."""
    return images if tuple(channels) == VECTOR else mirrored(cast(Images, images), channels)


def choose_device(name: str) -> torch.device:
    """The torch device for "auto", "cpu" or "cuda".

    Raises:
        OptionsError: cuda is asked for and torch sees none.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise OptionsError("torch sees no CUDA device.", got="train.device = 'cuda'", cure="set train.device = 'auto'")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Give torch's global random state a seed for a while, and put the old state back."""
    with torch.random.fork_rng():
        torch.manual_seed(seed % 2**63)
        yield


def check(model: Model, clips: Clips, rows: Rows) -> None:
    """Refuse what cannot be trained on.

    Raises:
        ShapeError: images and labels do not fit the model or each other.
        DatasetError: fewer than two images.
    """
    stored = (*model.input_shape[1:], model.input_shape[0])
    dtype = np.dtype(np.float32 if model.channels == VECTOR else np.uint8)
    images, labels = clips.images, clips.labels
    if images.shape[1:] != stored or images.dtype != dtype or labels.shape != (len(images),):
        raise ShapeError(
            "Images and labels do not fit the model.",
            expected=f"(N, {', '.join(map(str, stored))}) {dtype} and (N,)",
            got=f"{images.shape} {images.dtype} and {labels.shape}",
        )
    if len(rows) < 2:
        raise DatasetError("A recogniser cannot be trained on fewer than two images.", got=str(len(rows)))


def _to_training(model: Model, rates: Mapping[str, float] | None) -> None:
    model.train()
    for name, layer in model.named_modules():
        if isinstance(layer, NORMS) and (rates or {}).get(f"{name}.weight") == 0:
            layer.eval()


@dataclass
class _Training:
    """What one training carries from epoch to epoch."""

    probe: Probe
    clips: Clips
    seen: npt.NDArray[np.bool_]
    """(N,) which clips of the pool are trained on."""
    context: Context
    optimiser: torch.optim.Adam
    weights: npt.NDArray[np.float64]

    def epoch(self, number: int, steps: Iterator[Step], device: torch.device) -> Epoch:
        scale = torch.from_numpy(self.weights).float().to(device)
        needed = 2 if any(isinstance(layer, NORMS) for layer in self.probe.modules()) else 1
        lost, right, seen = 0.0, 0.0, 0
        for step in steps:
            kept = np.flatnonzero(self.seen[step.rows])
            if len(kept) < needed:
                continue
            self.context.begin(Shared(step), kept)
            images, labels, domains = self.clips.batch(step, kept, device)
            loss, answers = self.probe(Batch(images, labels, scale[labels], domains, step.progress))
            self.optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            self.optimiser.step()
            lost += float(loss.detach()) * len(kept)
            right += float((answers.argmax(1) == labels).sum()) if not answers.isnan().all() else np.nan
            seen += len(kept)
        return Epoch(number + 1, lost / max(seen, 1), right / max(seen, 1))


def _solve(
    model: SolvedModel,
    images: Inputs,
    labels: Labels,
    options: TrainTable,
    weights: npt.NDArray[np.float64],
    target: Inputs | None,
) -> list[Epoch]:
    if isinstance(model, TransductiveModel):
        if target is None:
            raise DatasetError(f"{type(model).__name__} needs the unlabelled clips that it will answer on.")
        steps = model.solve_for(images, labels, weights[labels], target)
    else:
        steps = model.solve(images, labels, weights[labels], flip=options.flip)
    guesses = predict(model, images, flip=False)
    picked = guesses[np.arange(len(labels)), labels]
    loss = -np.average(np.log(np.maximum(picked, 1e-12)), weights=weights[labels])
    return [Epoch(steps, float(loss), float((guesses.argmax(1) == labels).mean()))]
