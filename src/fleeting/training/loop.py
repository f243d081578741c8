"""The one training loop: fixed epochs, last epoch kept, and no way to hand it a test set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import cross_entropy, softmax
from tqdm import trange

from ..errors import DatasetError, OptionsError, ShapeError
from ..models.mirror import Images, mirrored
from ..models.model import Model, SolvedModel
from ..seeds import derive, stream
from .recipe import TrainTable

Labels = npt.NDArray[np.int64]
PREDICT_BATCH = 1024


@dataclass(frozen=True, slots=True)
class Epoch:
    """One row of history.csv. For an exactly solved model there is one row, its number the solver's steps."""

    epoch: int
    loss: float
    """Mean training cross-entropy in nats."""
    accuracy: float
    """Share of training images that were right while the epoch ran, 0..1."""


def train(
    model: Model, images: Images, labels: Labels, options: TrainTable, seed: int, *, bar: str = ""
) -> list[Epoch]:
    """Train in place.

    Args:
        model: freshly built; it stays on the device that `options` names and ends in evaluation mode.
        images: (N, 28, 28, 3) uint8 = u, v, strain.
        labels: (N,) class indices.
        options: the [train] table.
        bar: title of a progress bar over epochs; "" for none.
        seed: fixes the order, flips and dropout; on one machine and thread count equal seeds give equal weights.

    Returns:
        One row per epoch.

    Raises:
        ShapeError: images and labels do not fit the model or each other.
        DatasetError: fewer than two images.
        OptionsError: the device is not there.
    """
    _check(model, images, labels)
    weights = class_weights(labels, model.num_classes, options)
    if isinstance(model, SolvedModel):
        return _solve(model, images, labels, options, weights)
    device = choose_device(options.device)
    model.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]  # torch's stub lacks it
    optimiser = torch.optim.Adam(model.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay)
    scale = torch.from_numpy(weights).float().to(device)
    rng = stream(seed, "order")
    with seeded(derive(seed, "dropout")):
        history = [
            _epoch(model, images, labels, options, number, (optimiser, scale, rng))
            for number in trange(options.epochs, desc=bar, unit="epoch", disable=not bar)
        ]
    model.eval()
    return history


def predict(model: Model, images: Images, flip: bool) -> npt.NDArray[np.float64]:
    """Class probabilities (N, C), of the image alone or averaged with its mirror image's."""
    device = next(model.parameters()).device
    model.eval()
    rows = []
    with torch.inference_mode():
        for start in range(0, len(images), PREDICT_BATCH):
            batch = images[start : start + PREDICT_BATCH]
            views = [batch, mirrored(batch)] if flip else [batch]
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


def to_input(images: Images, device: torch.device) -> torch.Tensor:
    """(B, H, W, 3) uint8 -> (B, 3, H, W) float32 in 0..255, channels last in memory, which CPUs convolve faster."""
    return torch.from_numpy(np.ascontiguousarray(images)).to(device).permute(0, 3, 1, 2).float()


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


def _epoch(model: Model, images: Images, labels: Labels, options: TrainTable, number: int, state: Any) -> Epoch:
    optimiser, scale, rng = state
    order = rng.permutation(len(images))
    flips = rng.random(len(images)) < 0.5 if options.flip else np.zeros(len(images), bool)
    lost, right = 0.0, 0
    for chosen in _batches(order, options.batch_size):
        batch = images[chosen]
        turned = flips[chosen]
        batch[turned] = mirrored(batch[turned])
        target = torch.from_numpy(labels[chosen]).to(scale.device)
        logits = model(to_input(batch, scale.device))
        loss = cross_entropy(logits, target, weight=scale)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        lost += float(loss.detach()) * len(chosen)
        right += int((logits.detach().argmax(1) == target).sum())
    return Epoch(number + 1, lost / len(order), right / len(order))


def _batches(order: Labels, size: int) -> list[Labels]:
    """Batches of `size`; a single image at the end joins the batch before it: batch normalisation needs two."""
    starts = list(range(size, len(order) - 1, size))
    return np.split(order, starts)


def _solve(
    model: SolvedModel, images: Images, labels: Labels, options: TrainTable, weights: npt.NDArray[np.float64]
) -> list[Epoch]:
    steps = model.solve(images, labels, weights[labels], flip=options.flip)
    guesses = predict(model, images, flip=False)
    picked = guesses[np.arange(len(labels)), labels]
    loss = -np.average(np.log(np.maximum(picked, 1e-12)), weights=weights[labels])
    return [Epoch(steps, float(loss), float((guesses.argmax(1) == labels).mean()))]


def _check(model: Model, images: Images, labels: Labels) -> None:
    channels, rows, columns = model.input_shape
    if images.shape[1:] != (rows, columns, channels) or images.dtype != np.uint8 or labels.shape != (len(images),):
        raise ShapeError(
            "Images and labels do not fit the model.",
            expected=f"(N, {rows}, {columns}, {channels}) uint8 and (N,)",
            got=f"{images.shape} {images.dtype} and {labels.shape}",
        )
    if len(images) < 2:
        raise DatasetError("A recogniser cannot be trained on fewer than two images.", got=str(len(images)))
