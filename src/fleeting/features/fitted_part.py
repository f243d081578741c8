"""What of a descriptor is fitted on training clips, and its place on disk beside the model that learnt from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ..errors import DatasetError
from ..files import atomic_write
from ..types import Floats

FILE = "descriptor.safetensors"
State = dict[str, npt.NDArray[Any]]


class FittedPart(Protocol):
    """A step between descriptor and classifier that learns from clips; whoever fits it logs which clips these were."""

    @property
    def length(self) -> int:
        """Numbers per clip after `transform`."""
        ...

    def fit(self, vectors: Floats) -> Self:
        """Learn from what `compute_many` gave for the training clips, (N, descriptor.length)."""
        ...

    def transform(self, vectors: Floats) -> Floats:
        """(N, descriptor.length) -> (N, length) float32."""
        ...

    def state(self) -> State:
        """All that was learnt, by name; no clip."""
        ...

    def restore(self, state: State) -> Self:
        """Take what another one learnt.

        Raises:
            ShapeError: it is not of such a part.
        """
        ...


Part = TypeVar("Part", bound=FittedPart)


def save_part(folder: Path, part: FittedPart) -> None:
    """Write what a part has learnt as folder/descriptor.safetensors."""
    with atomic_write(folder / FILE) as file:
        file.write(save(part.state()))


def load_part(folder: Path, part: Part) -> Part:
    """Read it again.

    Args:
        folder: of the saved model.
        part: `fitted_part` of the same descriptor with the same options, not fitted.

    Raises:
        DatasetError: there is none, or it is damaged.
        ShapeError: it is of another descriptor or of other options.
    """
    try:
        state = load((folder / FILE).read_bytes())
    except (OSError, ValueError, SafetensorError) as error:
        raise DatasetError(
            "The fitted part of the descriptor cannot be read.", got=str(error), where=str(folder / FILE)
        ) from error
    return part.restore(state)
