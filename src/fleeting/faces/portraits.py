"""faker-portraits: 200 computer-made portraits of people who do not exist, CC0, fetched from a fixed commit."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from importlib.resources import files as package_files
from pathlib import Path

import pandas as pd
import pooch

from .. import files
from .folder import folder_candidates
from .options import FacesOptions
from .source import Candidate

COMMIT = "63aef57b5a839aebe3ad913ec7c76469aabbb6c5"
URL = f"https://raw.githubusercontent.com/faker-js/assets-person-portrait/{COMMIT}"
MIRRORED = "faces/faker_portraits_cc0"
LICENCE = "CC0-1.0"
REGISTRY = package_files(__package__).joinpath("faker_portraits.csv")
"""path, sha256: one row per image."""

NAME = "faker-portraits"


class FakerPortraits:
    """The portraits, downloaded on first use, and after them the files of `root`, if any is given."""

    def __init__(self, options: FacesOptions) -> None:
        self.options = options

    def candidates(self) -> list[Candidate]:
        """One candidate per portrait, then one per file of the roots.

        Raises:
            DatasetError: a portrait cannot be fetched, or a root is missing.
        """
        folder = download()
        own = [Candidate(f"{NAME}/{path}", folder / path, f"{NAME}/{path}", LICENCE) for path in registry()]
        return own + folder_candidates(self.options, taken=(NAME,))


def registry() -> dict[str, str]:
    """Path upstream -> sha256, in the order of the registry."""
    table = pd.read_csv(io.BytesIO(REGISTRY.read_bytes()), dtype=str)
    return dict(zip(table["path"], table["sha256"], strict=True))


def notice() -> str:
    """What is downloaded, from where and under which terms: shown before a download."""
    return (
        f"{len(registry())} portraits of faker-js/assets-person-portrait, commit {COMMIT}, about 45 MB.\n"
        "Licence: CC0 1.0 (https://creativecommons.org/publicdomain/zero/1.0/). The images were made by a computer;\n"
        "upstream states that the people do not exist. A likeness to a real person cannot be ruled out.\n"
    )


def download(target: Path | None = None, show: Callable[[str], object] = sys.stderr.write) -> Path:
    """Bring every portrait to `target`, out of the mirror or by download; files that are there and right are kept.

    Args:
        target: the folder; None: faker-portraits in the cache.
        show: is given the notice if files are missing and no mirror is set.

    Returns:
        The folder, laid out as upstream: female/512/*.jpg, male/512/*.jpg.

    Raises:
        DatasetError: a file cannot be had, or its hash differs.
    """
    folder = target or files.cache() / NAME
    wanted = registry()
    if files.mirror() is None and not all((folder / path).is_file() for path in wanted):
        show(notice())
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("WARNING")  # one line per file would bury the notice
    try:
        for path, digest in wanted.items():
            files.fetch(f"{URL}/{path}", digest=digest, mirrored=f"{MIRRORED}/{path}", target=folder / path)
    finally:
        logger.setLevel(level)
    return folder
