"""What a face source hands over: image files that may become faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..types import Floats


@dataclass(frozen=True, slots=True)
class Candidate:
    """One image file that may become a face."""

    identity: str
    """Unique in the pool; for files of a folder "<folder>/<path inside>"."""
    path: Path
    file: str
    """The file as the data set records it: never a path of this machine."""
    licence: str
    landmarks: Floats | None = None
    """(68, 2) float32 px (x, y) in the image, iBUG order, where they are known; None: to be detected."""


class FaceSource(Protocol):
    """The protocol of the family: built with FacesOptions, it lists its candidates in a fixed order."""

    def candidates(self) -> Sequence[Candidate]:
        """Every candidate, usable or not, in the same order on every machine."""
        ...
