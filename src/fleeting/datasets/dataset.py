"""What every data set offers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Protocol, Self, runtime_checkable

from ..errors import DatasetError
from ..types import Clip, Floats, Image
from .annotation import Fault

Holds = Literal["frames", "flow", "vectors"]
"""Pixels, of which features have to be computed; flow images (u, v, strain) or descriptors, ready for a recogniser."""


class AbsentError(DatasetError):
    """The data is not on this machine and no folder was named: not a fault, it can be downloaded or done without."""


class Dataset(Protocol):
    """A folder of labelled clips. Members can be pickled, so that worker processes can read frames."""

    name: str
    root: Path
    classes: tuple[str, ...]
    """What Clip.label is an index into: types.LABELS unless another label space was asked for."""

    @property
    def holds(self) -> Holds:
        """What its clips are kept as."""
        ...

    @classmethod
    def open(cls, root: str = "", options: Mapping[str, Any] | None = None) -> Self:
        """Find and check the data; "" means its usual place. Options are those of the member."""
        ...

    def clips(self) -> list[Clip]:
        """Every usable clip, in a fixed order."""
        ...

    def frames(self, clip: Clip) -> Image:
        """Read one clip: (T, H, W, 3) uint8 RGB, T >= 2, or (1, 28, 28, 3) = u, v, strain where holds is "flow".

        Raises:
            DatasetError: among others, holds is "vectors".
        """
        ...

    def digest(self) -> str:
        """A hex hash that changes when the content does: features are cached under it."""
        ...


class HoldsVectors(Protocol):
    """What a data set has beside that where holds is "vectors"."""

    dimension: int
    """Values per vector."""

    def vector(self, clip: Clip) -> Floats:
        """The descriptor of a clip, (dimension,) float32."""
        ...


@runtime_checkable
class KeepsAccount(Protocol):
    """A data set that says what became of the clips that are not among its clips."""

    faults: list[Fault]
    """Clips that cannot be used."""
    left_out: Mapping[str, int]
    """Emotion, or another reason -> clips that the label space or the list has no place for."""
    notes: Mapping[str, list[str]]
    """What was assumed -> for which clips."""


@runtime_checkable
class KnowsItsList(Protocol):
    """A data set that is made after an official list."""

    def missing(self) -> dict[str, list[str]]:
        """The listed clips that are not here: part -> names; {} if whole."""
        ...
