"""Where a recorded data set lies below the folder that the user names: official folder names, found at any depth."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch, translate
from pathlib import Path

from ..errors import DatasetError
from .folders import foreign

DEPTH = 4
"""Folders below the named one that are searched: people keep a data set in its own folder or in one for all."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One official way of laying out a data set."""

    name: str
    """"raw", "selected", "cropped", ..."""
    frames: tuple[str, ...]
    """Patterns of the path's end below which the clips' folders lie, such as "SMIC_all_cropped/HS"; case is ignored."""
    tables: tuple[str, ...] = ()
    """File-name patterns of the annotation table, the best release first; () where the folders say everything."""
    inside: str = "*"
    """A folder counts only if one in it has a name of this pattern: SAMM/SAMM/006 is told from SAMM/006 by it."""
    cut: bool = False
    """Whether a clip's folder runs from its onset to its offset, so that these need not be annotated."""


@dataclass(frozen=True, slots=True)
class Found:
    """A layout on this disk."""

    layout: Layout
    frames: Path
    table: Path | None


@dataclass(frozen=True, slots=True)
class Search:
    """What lies below a root."""

    found: list[Found]
    """By the order of the layouts; of one layout the place nearest to its table, then to the root, first."""
    bare: list[Found]
    """Frames of a layout whose table is nowhere."""
    tables: list[Path]
    """Every file that may be a table."""
    unreadable: list[Path]


def find(root: Path, layouts: Sequence[Layout]) -> Search:
    """Look for `layouts` below `root`, DEPTH levels down.

    A place takes, of the tables of the best pattern, the one nearest to it, and of equally near ones the last by name,
    which is the newest release.

    Raises:
        DatasetError: none is there; the text says what was looked for, and what of it is there.
    """
    if not root.is_dir():
        raise DatasetError("The root is a file, not a folder.", got=root.name, where=str(root))
    tree = _walk(root, layouts)
    search = Search([], [], tree.files, tree.unreadable)
    for layout in layouts:
        here = [Found(layout, place, _table(place, layout, tree.files)) for place in tree.places(layout)]
        here.sort(key=lambda found: _steps(found.frames, found.table))
        whole = [found for found in here if found.table or not layout.tables]
        search.found.extend(whole)
        search.bare.extend([] if whole else here[:1])
    if not search.found:
        raise _nothing(root, layouts, search)
    return search


def find_file(root: Path, patterns: Sequence[str], layouts: Sequence[Layout] = ()) -> Path | None:
    """The file below `root` that fits the first pattern, nearest first; None if there is none.

    Args:
        root: the folder to search.
        patterns: of the file's name.
        layouts: whose folders of clips need not be searched.
    """
    tree = _walk(root, [Layout("", (), tuple(patterns)), *layouts])
    return next((file for pattern in patterns for file in tree.files if _named(file.name, pattern)), None)


@dataclass(frozen=True, slots=True)
class _Tree:
    inner: dict[Path, list[str]]
    """Folder -> the names of those in it, nearest to the root first."""
    files: list[Path]
    unreadable: list[Path]

    def places(self, layout: Layout) -> list[Path]:
        return [folder for folder, names in self.inner.items() if _holds(folder, names, layout)]


def _walk(root: Path, layouts: Sequence[Layout]) -> _Tree:
    """What may matter, nearest first; a folder that holds clips, maybe thousands, is listed and not descended."""
    tree = _Tree({}, [], [])
    patterns = [translate(pattern.casefold()) for layout in layouts for pattern in layout.tables]
    tables = re.compile("|".join(patterns) or r"(?!)")
    level = [root]
    for _ in range(DEPTH + 1):
        below: list[Path] = []
        for folder in level:
            try:
                inner, files = _listing(folder, tables)
            except OSError:
                tree.unreadable.append(folder)
                continue
            tree.inner[folder] = inner
            tree.files.extend(folder / name for name in files)
            if not any(_holds(folder, inner, layout) for layout in layouts):
                below += [folder / name for name in inner]
        level = below
    return tree


def _listing(folder: Path, wanted: re.Pattern[str]) -> tuple[list[str], list[str]]:
    """The names of the folders in `folder` and of the files that fit `wanted`, sorted."""
    inner, files = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            if foreign(entry.name):
                continue
            if entry.is_dir():
                inner.append(entry.name)
            elif wanted.match(entry.name.casefold()):
                files.append(entry.name)
    return sorted(inner), sorted(files)


def _holds(folder: Path, inner: Sequence[str], layout: Layout) -> bool:
    return any(_ends(folder, pattern) for pattern in layout.frames) and (
        layout.inside == "*" or any(_named(name, layout.inside) for name in inner)
    )


def _ends(folder: Path, pattern: str) -> bool:
    parts = pattern.split("/")
    tail = folder.parts[-len(parts) :]
    return len(tail) == len(parts) and all(_named(part, wanted) for part, wanted in zip(tail, parts, strict=True))


def _named(name: str, pattern: str) -> bool:
    return fnmatch(name.casefold(), pattern.casefold())


def _table(place: Path, layout: Layout, files: Sequence[Path]) -> Path | None:
    for pattern in layout.tables:
        fitting = [file for file in files if _named(file.name, pattern)]
        if fitting:
            return max(fitting, key=lambda file: (-_steps(place, file), file.name))
    return None


def _steps(place: Path, table: Path | None) -> int:
    """How many folders up and down lie between a place and a table."""
    if table is None:
        return 0
    shared = len(Path(os.path.commonpath([place, table.parent])).parts)
    return len(place.parts) + len(table.parent.parts) - 2 * shared


def _nothing(root: Path, layouts: Sequence[Layout], search: Search) -> DatasetError:
    """The error where no layout is whole."""
    if root in search.unreadable:
        return DatasetError(
            "The folder cannot be read.", where=str(root), cure="ask its owner for the right to read it"
        )
    halves = [f"frames in {found.frames.relative_to(root) or '.'} and no table" for found in search.bare]
    halves += [f"the table {file.relative_to(root)} and no frames" for file in search.tables if not search.bare]
    halves += [f"{path.relative_to(root)}, which cannot be read" for path in search.unreadable]
    seen = sorted(path.name for path in root.iterdir() if not foreign(path.name))
    return DatasetError(
        "The folder holds none of the official layouts.",
        expected="; ".join(_describe(layout) for layout in layouts),
        got="; ".join(halves) or ", ".join(seen[:16]) or "an empty folder",
        where=str(root),
        cure="name the folder that holds both the images and the annotation table, with their official names",
    )


def _describe(layout: Layout) -> str:
    inside = f" holding {layout.inside}" if layout.inside != "*" else ""
    table = f" with {' or '.join(layout.tables)}" if layout.tables else ""
    return f"{layout.name}: {' or '.join(layout.frames)}{inside}{table}"
