"""What every data set offers."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol, Self

from ..errors import DatasetError
from ..types import Clip, Image


class AbsentError(DatasetError):
    """The data is not on this machine and no folder was named: not a fault, it can be downloaded or done without."""


class Dataset(Protocol):
    """A folder of labelled clips. Members can be pickled, so that worker processes can read frames."""

    name: str
    root: Path

    @property
    def holds(self) -> Literal["frames", "flow"]:
        """Pixels, of which flow has to be computed, or flow images (u, v, strain) ready for a recogniser."""
        ...

    @classmethod
    def open(cls, root: str) -> Self:
        """Find and check the data; "" means its usual place."""
        ...

    def clips(self) -> list[Clip]:
        """Every usable clip, in a fixed order."""
        ...

    def frames(self, clip: Clip) -> Image:
        """Read one clip: (T, H, W, 3) uint8 RGB, T >= 2, or (1, 28, 28, 3) = u, v, strain where holds is "flow"."""
        ...

    def digest(self) -> str:
        """A hex hash that changes when the content does: features are cached under it."""
        ...
