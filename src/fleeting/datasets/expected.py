"""What a complete copy of a data set holds: expected.csv, counts with their sources."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

What = Literal["clips", "subjects", "emotion", "class"]


@dataclass(frozen=True, slots=True)
class Expected:
    """One count of a complete copy."""

    what: What
    name: str
    """The emotion or class, lower case; "" for clips and subjects."""
    counts: tuple[int, ...]
    """More than one where releases or sources differ."""
    source: str
    """Where the count is from; "(unconfirmed)" in it marks one that no primary source was seen for."""


def expected(dataset: str) -> list[Expected]:
    """The counts of a data set, clips and subjects first; [] for one whose size is the user's own matter."""
    text = files(__package__).joinpath("expected.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return [
        Expected(row["what"], row["name"], tuple(map(int, row["count"].split("|"))), row["source"])  # type: ignore[arg-type]
        for row in rows
        if row["dataset"] == dataset
    ]
