"""Any folder of images: every file in it is a candidate, and every file that is no face gets its reason."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

from ..errors import DatasetError, OptionsError
from ..files import locate
from .options import FacesOptions
from .source import Candidate


class FolderFaces:
    """The files below `root`, recursively, in the order of their paths; hidden files and folders are left out."""

    def __init__(self, options: FacesOptions) -> None:
        self.options = options

    def candidates(self) -> list[Candidate]:
        """One candidate per file.

        Raises:
            OptionsError: no root is given.
            DatasetError: a root is missing or is not a folder.
        """
        if not self.options.roots():
            raise OptionsError(
                "The face source `folder` needs a root.", expected='root = "FOLDER"', cure="name a folder of images"
            )
        return folder_candidates(self.options)


def folder_candidates(options: FacesOptions, taken: tuple[str, ...] = ()) -> list[Candidate]:
    """The candidates of all roots; folders of one name are told apart by -2, -3 and so on.

    Args:
        options: its `root` and `licence`.
        taken: names that identities already begin with.

    Raises:
        DatasetError: a root is missing or is not a folder, or a folder inside cannot be read.
    """
    names, found = list(taken), []
    for root in options.roots():
        folder = locate(root)
        if not folder.is_dir():
            raise DatasetError(f"{root} is not a folder.", expected="a folder of images", where=str(folder))
        name = _unused(folder.resolve().name or "root", names)
        names.append(name)
        found += _walk(folder, name, options.licence or _licence(folder, name))
    return found


def _walk(folder: Path, name: str, licence: str) -> list[Candidate]:
    inside = []
    for place, folders, files in os.walk(folder, onerror=_unreadable):
        folders[:] = [item for item in folders if not item.startswith(".")]
        within = Path(place).relative_to(folder)
        inside += [(within / file).as_posix() for file in files if not file.startswith(".")]
    return [
        Candidate(f"{name}/{_printable(file)}", folder / file, f"{name}/{_printable(file)}", licence)
        for file in sorted(inside)
    ]


def _unreadable(error: OSError) -> NoReturn:
    raise DatasetError(
        "A folder of images cannot be read.", got=str(error.strerror), where=str(error.filename)
    ) from error


def _printable(file: str) -> str:
    """A name in UTF-8; bytes of other encodings are spelt out, since tables and manifests hold text only."""
    return os.fsencode(file).decode("utf-8", "backslashreplace")


def _licence(folder: Path, name: str) -> str:
    return f"LICENSE file of {name}" if (folder / "LICENSE").is_file() else "not stated"


def _unused(name: str, names: list[str]) -> str:
    count, free = 1, name
    while free in names:
        count += 1
        free = f"{name}-{count}"
    return free
