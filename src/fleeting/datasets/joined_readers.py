"""Recorded data sets read as one: what `compmie` and `several` share."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Literal

from ..errors import DatasetError
from ..types import Clip, Image
from .annotation import Fault
from .corrections import Correction
from .layout import Found
from .recorded import Recorded


class JoinedReaders:
    """Base of data sets that are made of recorded ones."""

    holds: Literal["frames", "flow"] = "frames"
    root: Path
    readers: Mapping[str, Recorded]
    """Name of the part -> what reads it."""
    owners: Mapping[str, Recorded]
    """Key of every clip of this data set -> what reads it."""
    notes: dict[str, list[str]]
    """What is no fault and worth knowing -> the clips, rows or paths."""

    def frames(self, clip: Clip) -> Image:
        """(T, H, W, 3) uint8 RGB: onset and apex, or more as the option `frames` says.

        Raises:
            DatasetError: the clip is not in this data set, or its files cannot be read.
        """
        if clip.key not in self.owners:
            raise DatasetError(f"There is no clip {clip.key}.", where=str(self.root))
        return self.owners[clip.key].frames(clip)

    @property
    def ends_at_apex(self) -> bool:
        """Whether the last frame of every clip is its apex."""
        return all(reader.ends_at_apex for reader in self.readers.values())

    @property
    def found(self) -> list[Found]:
        """The layouts in use."""
        return [place for reader in self.readers.values() for place in reader.used]

    @property
    def applied(self) -> list[Correction]:
        """The corrections of all parts."""
        return [correction for reader in self.readers.values() for correction in reader.applied]

    def check(self) -> list[Fault]:
        """What is wrong with the files, part by part."""
        return [fault for reader in self.readers.values() for fault in reader.check()]

    def unnamed(self) -> list[Path]:
        """Folders among those of the clips that no annotation names."""
        return [path for reader in self.readers.values() for path in reader.unnamed()]


def joined_notes(readers: Iterable[Recorded], without: Container[str] = ()) -> dict[str, list[str]]:
    """The notes of several readers as one, without the items `without`."""
    result: dict[str, list[str]] = {}
    for why, items in ((why, items) for reader in readers for why, items in reader.notes.items()):
        kept = [item for item in items if item not in without]
        if kept:
            result.setdefault(why, []).extend(kept)
    return result
