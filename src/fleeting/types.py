"""The nouns that travel between the rooms. Convention: images are RGB, points are (x, y) pixels, y runs down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Inputs = npt.NDArray[np.uint8 | np.float32]
"""What recognisers take: (N, H, W, C) uint8 images, or (N, D) float32 vectors."""

VECTOR = ("vector",)
"""The `channels` of a recogniser that takes vectors."""

LABELS = ("negative", "positive", "surprise")
"""Class names; a label is the index into this tuple, as in the MEGC2019 list."""

AU_NUMBERS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
"""The 17 action units, always in this order (the order of OpenFace's intensity columns)."""

Origin = Literal["micro", "macro", "expert"]


@dataclass(frozen=True, slots=True)
class Face:
    """One aligned face crop of one identity."""

    identity: str
    image: Image
    """(S, S, 3) uint8 RGB, square."""
    landmarks: Floats
    """(68, 2) float32 px (x, y) in the crop, iBUG 68 order; points may lie outside the crop."""
    licence: str
    source: str
    """The file or the package that the image came from."""


@dataclass(frozen=True, slots=True)
class Donor:
    """The recorded clip that a sample took its action units from: what the leak rule needs to know."""

    dataset: str
    subject: str
    clip: str


@dataclass(frozen=True, slots=True)
class AUSequence:
    """Action units over time: what the face is asked to do."""

    values: Floats
    """(T, 17) float32 in 0..1 (FACS E = OpenFace 5 = 1), T = 2 (onset, apex) or more, order AU_NUMBERS."""
    label: int
    """Index into LABELS."""
    emotion: str
    """The source's own word, for example 'disgust'."""
    origin: Origin
    donor: Donor | None = None
    """None where no recorded clip is behind the values."""
    sides: Floats = field(default_factory=lambda: np.ones((2, len(AU_NUMBERS)), np.float32))
    """(2, 17) float32 in 0..1: how much of the value the subject's left [0] and right [1] half of the face shows."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One labelled clip of a data set, recorded or synthetic. Frame numbers are absolute and inclusive."""

    dataset: str
    subject: str
    clip: str
    label: int
    """Index into LABELS, or into the data set's classes where another label space was asked for."""
    emotion: str = ""
    onset: int | None = None
    apex: int | None = None
    offset: int | None = None
    fps: float | None = None
    action_units: str = ""
    """As the data set codes them, for example "4+L12"; "" where it does not."""
    donor: Donor | None = None
    """Synthetic clips only: whose action units it shows."""

    @property
    def key(self) -> str:
        """dataset/subject/clip: unique over all data sets."""
        return f"{self.dataset}/{self.subject}/{self.clip}"
