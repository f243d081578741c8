"""Which images a step sees, what it asks for, and its other draws: a function of seed and step alone.

So a resumed training needs to know its step and no more, and processes draw the same without talking to each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ...errors import DatasetError
from ...seeds import stream
from ...types import Floats, Image
from .images import KnownImages, fitted
from .recipe import GeneratorRecipe

WINDOW = 4
"""Groups whose images are mixed; groups come in random order. A folder is one group and is mixed as a whole."""

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Draws:
    """One batch as numbers."""

    images: Numbers
    """(B,) which images."""
    turned: npt.NDArray[np.bool_]
    """(B,) which are mirrored."""
    wanted: Floats
    """(B, A) desired action units."""
    mix: Floats
    """(B,) in 0..1."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """One process's share of a batch."""

    images: Image
    """(b, S, S, 3) uint8 RGB."""
    aus: Floats
    wanted: Floats
    mix: Floats


class Order:
    """The batches of a training."""

    def __init__(self, images: KnownImages, recipe: GeneratorRecipe) -> None:
        """See `draws`.

        Raises:
            DatasetError: there are fewer images than a batch holds.
        """
        self.images, self._recipe = images, recipe
        self.per_epoch = len(images.aus) // recipe.train.batch
        if not self.per_epoch:
            raise DatasetError(
                "There are too few images for one batch.", expected=f"{recipe.train.batch}", got=f"{len(images.aus)}"
            )
        self.steps = self.per_epoch * recipe.train.epochs
        self._epoch = lru_cache(2)(lambda epoch: _mixed(images.groups, stream(recipe.train.seed, "order", epoch)))

    def draws(self, step: int) -> Draws:
        """The batch of a step, counted from 0."""
        train, data = self._recipe.train, self._recipe.data
        epoch, place = divmod(step, self.per_epoch)
        numbers = self._epoch(epoch)[place * train.batch : (place + 1) * train.batch]
        rng = stream(train.seed, "step", step)
        wanted = self.images.aus[rng.integers(len(self.images.aus), size=train.batch)]
        wanted = (wanted + rng.uniform(-train.au_noise, train.au_noise, wanted.shape)).astype(np.float32)
        turned = rng.random(train.batch) < (0.5 if data.flip else 0)
        mix = rng.random(train.batch, np.float32)
        return Draws(numbers, turned, np.clip(wanted, 0, 1) if train.au_clip else wanted, mix)

    def load(self, step: int, rank: int, count: int) -> Loaded:
        """The share of process `rank` of `count` in a step's batch, read and decoded."""
        draws = self.draws(step)
        share = np.array_split(np.arange(len(draws.images)), count)[rank]
        side = self._recipe.network.image_size
        pictures = [fitted(self.images.read(int(number)), side) for number in draws.images[share]]
        turned = draws.turned[share]
        pictures = [image[:, ::-1] if mirror else image for image, mirror in zip(pictures, turned, strict=True)]
        aus = self.images.aus[draws.images[share]]
        return Loaded(np.stack(pictures), aus, draws.wanted[share], draws.mix[share])

    def batches(self, steps: range, rank: int, count: int) -> Iterator[Loaded]:
        """The loads of `steps`, read ahead by `data.readers` threads; steps beyond the last are as good as others."""
        readers = self._recipe.data.readers
        with ThreadPoolExecutor(readers) as threads:
            waiting: list[Future[Loaded]] = []
            try:
                for step in steps:
                    waiting.append(threads.submit(self.load, step, rank, count))
                    if len(waiting) > 2 * readers:
                        yield waiting.pop(0).result()
                while waiting:
                    yield waiting.pop(0).result()
            finally:
                for future in waiting:
                    future.cancel()


def _mixed(groups: Sequence[range], rng: np.random.Generator) -> Numbers:
    """All image numbers in random order, mixed within windows of groups that come in random order."""
    places = rng.permutation(len(groups))
    windows = [places[start : start + WINDOW] for start in range(0, len(places), WINDOW)]
    together = [np.concatenate([np.asarray(groups[place], np.int64) for place in window]) for window in windows]
    return np.concatenate([rng.permutation(numbers) for numbers in together])
