"""What a generator is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from ..types import AUSequence, Face, Floats, Image


class Generator(Protocol):
    """Turns one face and a sequence of action units into frames."""

    name: str
    digest: str
    """sha256 of the tables or weights and of the options: equal digests draw equal frames."""

    def generate(self, face: Face, aus: AUSequence, rng: np.random.Generator) -> Image:
        """(T, H, W, 3) uint8 RGB frames of the size of the face, one per row of `aus.values`.

        Everything random, such as head motion and sensor noise, is drawn from `rng`.
        """
        ...


@runtime_checkable
class DrawsTogether(Generator, Protocol):
    """A generator that is quicker with many samples at once: they share work, or fill a device that one does not."""

    def generate_batch(
        self, faces: Sequence[Face], sequences: Sequence[AUSequence], streams: Sequence[np.random.Generator]
    ) -> list[Image]:
        """What `generate` gives for each of N samples."""
        ...


@runtime_checkable
class KnowsMask(Protocol):
    """A generator that blends a painted image with the given one, and can state the mask."""

    def mask(self, face: Face, aus: AUSequence, rng: np.random.Generator) -> Floats:
        """(T, H, W) float32 0..1, 1 = the pixel of the given face is kept."""
        ...


class KnowsMotion(Protocol):
    """A generator that can state the motion it made, so that flow methods can be checked against the truth."""

    def motion(self, face: Face, aus: AUSequence, rng: np.random.Generator) -> Floats:
        """(T-1, H, W, 2) float32 px: for each later frame, where the content of frame 0's pixels has gone.

        Convention: flow[y, x] = (dx, dy), x right, y down; the pixel (x, y) of frame 0 is found at (x + dx, y + dy).
        An `rng` in the same state as for `generate` gives the motion of those frames.
        """
        ...

    def motion_batch(
        self, face: Face, sequences: list[AUSequence], streams: list[np.random.Generator], size: int
    ) -> Floats:
        """(N, size, size, 2) float32 px of the face: onset-to-apex motion of N samples on a coarse grid, first order.

        Only the landmarks and the shape of the face are used.
        """
        ...
