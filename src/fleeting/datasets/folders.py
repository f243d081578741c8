"""The folders of a data set while it is opened: each is listed once, and names fit whatever their case."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from ..errors import DatasetError
from .frame_files import numbered

HELD = 8
"""Lists of frames kept: the clips of one video stand near each other in a table, and a video can have 10^4 frames."""


class Folders:
    """Listings of folders, made when they are first asked for."""

    def __init__(self) -> None:
        self._inner: dict[Path, dict[str, Path]] = {}
        self.frames = lru_cache(maxsize=HELD)(numbered)
        """(number, file) of every image in a folder, sorted; raises as `frame_files.numbered` does."""

    def inner(self, folder: Path) -> dict[str, Path]:
        """The folders in `folder` by their names in lower case, sorted; what systems put there is none.

        Raises:
            OSError: `folder` cannot be read.
        """
        if folder not in self._inner:
            with os.scandir(folder) as entries:
                names = [entry.name for entry in entries if entry.is_dir() and not foreign(entry.name)]
            self._inner[folder] = {name.casefold(): folder / name for name in sorted(names)}
        return self._inner[folder]

    def find(self, base: Path, *names: str) -> Path:
        """The folder `names` below `base`, whatever its case; base/names where there is none, to be reported.

        Raises:
            DatasetError: a name is empty or a path.
        """
        place = base
        for name in names:
            if not name or name in (".", "..") or "/" in name or "\\" in name:
                raise DatasetError("No folder has this name.", got=repr(name))
            try:
                place = self.inner(place).get(name.casefold(), place / name)
            except OSError:  # whoever opens the clip's folder reports what is wrong
                place = place / name
        return place

    def there(self, folder: Path) -> bool:
        """Whether a folder that `find` gave is on disk and may be seen."""
        try:
            return folder.name.casefold() in self.inner(folder.parent)
        except OSError:
            return False

    def unnamed(self, base: Path, named: Iterable[Path], ignored: frozenset[str]) -> list[Path]:
        """Folders below `base` that neither are one of `named` nor hold one; those called as in `ignored` aside."""
        clips = {path for path in named if path.is_relative_to(base)}
        above = {parent for path in clips for parent in path.parents if parent.is_relative_to(base)} - clips
        found = []
        for folder in sorted(above):
            try:
                inner = self.inner(folder).items()
            except OSError:  # its clips are faults already
                continue
            found += [path for name, path in inner if path not in clips | above and name not in ignored]
        return found


def foreign(name: str) -> bool:
    """Whether a name is a hidden or lock file's, or the folder that macOS adds to archives."""
    return name.startswith((".", "~$")) or name.casefold() == "__macosx"
