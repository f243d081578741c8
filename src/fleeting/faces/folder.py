"""Any folder of images: every file in it is a candidate, and every file that is no face gets its reason."""

from __future__ import annotations

from pathlib import Path

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
        DatasetError: a root is missing or is not a folder.
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
    inside = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if not path.is_dir() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    return [Candidate(f"{name}/{file}", folder / file, f"{name}/{file}", licence) for file in inside]


def _licence(folder: Path, name: str) -> str:
    return f"LICENSE file of {name}" if (folder / "LICENSE").is_file() else "not stated"


def _unused(name: str, names: list[str]) -> str:
    count, free = 1, name
    while free in names:
        count += 1
        free = f"{name}-{count}"
    return free
