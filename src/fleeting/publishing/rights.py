"""Whether the faces of a data set may be passed on, judged by what its faces.csv says of them.

The table licences.csv knows names of licences and of data sets whose agreement forbids it; it is ours and no legal
advice. A text that it does not know is reported as unknown, never taken for a yes.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from ..errors import ManifestError
from ..remote import AnyPath

FACES = "faces.csv"
Verdict = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Right:
    """What is known of the faces under one licence text."""

    licence: str
    faces: int
    verdict: Verdict
    why: str

    def __str__(self) -> str:
        return f"{self.faces} faces, {self.licence!r}: {self.why}"


def rights(root: AnyPath) -> list[Right]:
    """Judge the accepted faces of the data set at `root`, one entry per licence text and verdict.

    Raises:
        ManifestError: faces.csv is missing or has no licences.
    """
    found: Counter[tuple[str, Verdict, str]] = Counter()
    try:
        for row in csv.DictReader(io.StringIO((root / FACES).read_text(encoding="utf-8"))):
            if row["status"] == "accepted":
                licence = row["licence"] or ""  # a line that ends early says nothing
                found[(licence, *judge(licence, row["file"] or ""))] += 1
    except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
        raise ManifestError(
            "The licences of the faces cannot be read.",
            got=repr(error),
            where=str(root / FACES),
            cure="run the same `fleeting synthesize` again; it writes this table",
        ) from error
    return [Right(licence, faces, verdict, why) for (licence, verdict, why), faces in sorted(found.items())]


def judge(licence: str, file: str = "") -> tuple[Verdict, str]:
    """Verdict and reason for one face: its licence text, and the file that it came from.

    Example:
        >>> judge("CC0-1.0")[0], judge("not stated")[0], judge("CC0-1.0", "CelebA/img_align_celeba/000001.jpg")[0]
        ('yes', 'unknown', 'no')
    """
    folders = file.replace("\\", "/").rpartition("/")[0].replace("/", " / ")
    for pattern, verdict, why in _table():
        if pattern.search(licence) or (verdict == "no" and pattern.search(folders)):
            return verdict, why
    return "unknown", "this text does not say whether they may be passed on"


@cache
def _table() -> tuple[tuple[re.Pattern[str], Verdict, str], ...]:
    return tuple(_read())


def _read() -> Iterator[tuple[re.Pattern[str], Verdict, str]]:
    text = resources.files(__package__).joinpath("licences.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(io.StringIO(text)):
        yield re.compile(row["pattern"], re.IGNORECASE), "yes" if row["verdict"] == "yes" else "no", row["why"]
