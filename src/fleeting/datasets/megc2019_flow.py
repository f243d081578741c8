"""`megc2019-flow`: the 442 recorded clips of the MEGC2019 composite as 28 x 28 images of optical flow.

Any other folder with a label list of the same form opens too, so that people can test on recordings of their own.
Source of the files: repository tony19980810/CausalNet at the commit below (MIT licence); the label list is MEGC2019's.
"""

from __future__ import annotations

import csv
import hashlib
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files as resources
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote

from tqdm import tqdm

from .. import files
from ..errors import DatasetError
from ..options import Options
from ..types import LABELS, Clip, Image
from .dataset import AbsentError
from .legacy_flow import (
    IMAGES,
    LABEL_LIST,
    Entry,
    Layout,
    decode,
    file_names,
    read_label_list,
    write,
    write_label_list,
)

FOLDER = "megc2019_flow"
COMMIT = "7bdf163face030eeae4358fc7638cf538305acce"
UPSTREAM = f"https://raw.githubusercontent.com/tony19980810/CausalNet/{COMMIT}/datasets/STSNet_whole_norm_u_v_os/"

CITATION = """\
The images are derived from recordings of people. Cite the sources of the recordings that you report on:
  CASME II: Yan et al., CASME II: an improved spontaneous micro-expression database and the baseline evaluation, 2014
  SMIC: Li et al., A spontaneous micro-expression database: inducement, collection and baseline, 2013
  SAMM: Davison et al., SAMM: a spontaneous micro-facial movement dataset, 2018
  the composite: See et al., MEGC 2019: the second facial micro-expressions grand challenge, 2019
  the images: repository tony19980810/CausalNet (MIT licence), commit 7bdf163face030eeae4358fc7638cf538305acce
Use them for research only; the licences of the three data sets stand."""


@dataclass(frozen=True, slots=True)
class Registered:
    """One clip of the composite: its image's sha256 upstream."""

    clip: Clip
    sha256: str


@cache
def registry() -> tuple[Registered, ...]:
    """The 442 clips of the composite in the order of the organisers' parts."""
    text = resources(__package__).joinpath("megc2019_flow.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(
        Registered(Clip(row["dataset"], row["subject"], row["clip"], int(row["label"])), row["sha256"]) for row in rows
    )


class Megc2019Flow:
    """A folder of flow images: the composite, as much of it as is there, or somebody's own in the same form."""

    name = "megc2019-flow"
    holds: Literal["frames", "flow"] = "flow"
    classes: tuple[str, ...] = LABELS

    def __init__(self, root: Path) -> None:
        self.root = root
        entries = read_label_list(root) if (root / LABEL_LIST).is_file() else _flat(root)
        self._entries = {entry.clip.key: entry for entry in entries}

    @classmethod
    def open(cls, root: str = "", options: Mapping[str, Any] | None = None) -> Self:
        """Open the folder `root`, or for "" the mirror's or the downloaded one.

        Raises:
            AbsentError: root is "" and there is neither.
            DatasetError: a named folder is missing, or the label list and the files disagree.
        """
        Options.parse(options or {}, cls.name)
        if root:
            return cls(files.locate(root))
        mirror = files.mirror()
        places = ([mirror / FOLDER] if mirror else []) + [files.cache() / FOLDER]
        for place in places:
            if (place / LABEL_LIST).is_file():
                return cls(place)
        raise AbsentError(
            "The MEGC2019 flow images are not on this machine.",
            where=" or ".join(map(str, places)),
            cure="run `fleeting download megc2019-flow`, set FLEETING_MIRROR, or name a folder in test.root",
        )

    def clips(self) -> list[Clip]:
        """The labelled clips in the order of the label list."""
        return [entry.clip for entry in self._entries.values()]

    def frames(self, clip: Clip) -> Image:
        """(1, 28, 28, 3) uint8 RGB = u, v, strain from onset to apex.

        Raises:
            DatasetError: the clip is not in this data set, or its file is damaged.
        """
        if clip.key not in self._entries:
            raise DatasetError(f"There is no clip {clip.key}.", where=str(self.root))
        return decode(self._entries[clip.key].path)[None]

    def digest(self) -> str:
        """Hash of clips, labels and file contents."""
        state = hashlib.sha256()
        for key, entry in self._entries.items():
            state.update(f"{key} {entry.clip.label} {files.sha256(entry.path)}\n".encode())
        return state.hexdigest()

    def missing(self) -> dict[str, list[str]]:
        """The clips of the 442-clip composite that are not here: part (casme2, smic, samm) -> names; {} if whole."""
        absent: dict[str, list[str]] = {}
        for registered in registry():
            if registered.clip.key not in self._entries:
                absent.setdefault(registered.clip.dataset, []).append(registered.clip.key)
        return absent

    @staticmethod
    def write(root: Path, clips: Sequence[Clip], images: Sequence[Image], layout: Layout = "folder") -> None:
        """Write flow images in either layout, see `legacy_flow.write`."""
        write(root, clips, images, layout)

    @classmethod
    def download(cls, target: Path | None = None) -> Self:
        """Bring the composite to `target` (default: the download cache) from the mirror or from upstream.

        A file that cannot be had is left out and shows in `missing()`. Whole files are kept, so a second call resumes.

        Raises:
            DatasetError: none of the first files can be had, or a file's hash is wrong.
        """
        folder = target or files.cache() / FOLDER
        wanted = list(registry())
        first, *rest = wanted
        logger = logging.getLogger("pooch")
        level = logger.level
        logger.setLevel(logging.WARNING)
        try:
            _fetch(first, folder)
            with ThreadPoolExecutor(8) as pool:
                tasks = pool.map(lambda item: _try(item, folder), rest)
                have = [first, *(item for item in tqdm(tasks, "megc2019-flow", len(rest), unit="file") if item)]
        finally:
            logger.setLevel(level)
        write_label_list(folder, [item.clip for item in have], [file_names(item.clip)[0] for item in have])
        return cls(folder)

    @staticmethod
    def citation() -> str:
        """Whom to cite, and under which terms the images may be used."""
        return CITATION


def _fetch(item: Registered, folder: Path) -> None:
    ours, upstream, _ = file_names(item.clip)
    files.fetch(
        UPSTREAM + quote(upstream),
        digest=item.sha256,
        mirrored=f"{FOLDER}/{IMAGES}/{ours}",
        target=folder / IMAGES / ours,
    )


def _try(item: Registered, folder: Path) -> Registered | None:
    try:
        _fetch(item, folder)
    except DatasetError as error:
        if isinstance(error.__cause__, ValueError):  # the file is there and its hash is wrong
            raise
        return None
    return item


def _flat(root: Path) -> list[Entry]:
    """Upstream's own folder without a label list: names say subject and clip, the composite's list says the label."""
    if not root.is_dir():
        raise DatasetError("The data set is no folder.", where=str(root))
    known = {name: item.clip for item in registry() for name in file_names(item.clip)}
    twins = {name for item in registry() for name in file_names(replace(item.clip, clip=f"{item.clip.clip}_1"))}
    pictures = sorted(path for path in root.iterdir() if path.suffix.lower() == ".png")
    strange = [path.name for path in pictures if path.name not in known and path.name not in twins]
    entries = [Entry(known[path.name], path) for path in pictures if path.name in known]
    if strange or not entries:
        raise DatasetError(
            f"The folder has no {LABEL_LIST}; {len(strange)} of its {len(pictures)} images are no MEGC2019 clips.",
            expected="SUBJECT_CLIP.png of the composite, or a label list with dataset, subject, clip, label, file",
            got=", ".join(strange[:10]) or "no images",
            where=str(root),
        )
    return entries
