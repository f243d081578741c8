"""Printed scores on the MEGC2019 composite, each with the rule by which its epochs were chosen: published.csv."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files as resources

PARTS = ("smic", "casme2", "samm")
"""The parts of the composite in the order in which papers print them, behind the full set."""
TITLES = {"smic": "SMIC", "casme2": "CASME II", "samm": "SAMM"}
Pair = tuple[Decimal | None, Decimal | None]
"""UF1 and UAR in 0..1 with the digits that were printed; None where nothing is."""


@dataclass(frozen=True, slots=True)
class Published:
    """One printed result: 442 clips, 68 subjects, three classes, leave one subject out."""

    model: str
    """Recogniser or feature of ours that this row stands beside; "" for others and for re-runs."""
    method: str
    """As the field calls it."""
    year: str
    full: Pair
    parts: dict[str, Pair]
    """Per name in PARTS."""
    selection: str
    """last, best on test, not known, or no epochs (nothing to choose)."""
    mark: str
    """What is doubtful about the figure: unconfirmed, secondary (quoted by others), or that UAR is no recall; or ""."""
    source: str
    honest: Pair
    """A figure without choice on the test clips and without wrong measures, where one is known."""
    note: str


@cache
def published() -> tuple[Published, ...]:
    """Every row of published.csv, in its order: from the highest printed UF1 down, re-runs in their places."""
    text = resources(__package__).joinpath("published.csv").read_text(encoding="utf-8")
    return tuple(_row(row) for row in csv.DictReader(text.splitlines()))


def beside(model: str, feature: str = "") -> Published | None:
    """The printed row that belongs to a recogniser of ours; with a plain classifier the feature is the method.

    Example:
        >>> beside("ststnet").method, beside("ststnet").full[1], beside("ststnet").honest[1]
        ('STSTNet (as printed)', Decimal('0.7605'), Decimal('0.7186'))
    """
    rows = {row.model: row for row in published() if row.model}
    return rows.get(model) or rows.get(feature)


def _row(row: dict[str, str]) -> Published:
    return Published(
        row["model"],
        row["method"],
        row["year"],
        _pair(row, ""),
        {part: _pair(row, f"{part}_") for part in PARTS},
        row["selection"],
        row["mark"],
        row["source"],
        _pair(row, "honest_"),
        row["note"],
    )


def _pair(row: dict[str, str], prefix: str) -> Pair:
    uf1, uar = (Decimal(text) if (text := row[prefix + name]) else None for name in ("uf1", "uar"))
    return uf1, uar
