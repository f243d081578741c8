"""Known errors of published annotation tables, repaired by clip id: corrections/NAME.csv.

Columns: version, subject, clip, field (onset, apex, offset, emotion or clip), was, now, why, source. A correction is
applied where the user's table still holds `was`: a later release that has the repaired value is left alone. `was` is
the wrong value, empty for an empty cell, "outside" for an apex that is empty or not between onset and offset, or "*"
where the wrong value is not known to us. An empty `now` of the field "clip" takes the clip out.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from .annotation import Annotation


@dataclass(frozen=True, slots=True)
class Correction:
    """One line of a corrections file."""

    subject: str
    clip: str
    field: str
    was: str
    now: str
    why: str
    source: str
    version: str
    """Date of the correction in Fleeting, YYYY-MM-DD."""

    def __str__(self) -> str:
        change = f"{self.field} {self.was or 'empty'} -> {self.now}" if self.now else "left out"
        return f"{self.subject}/{self.clip}: {change} ({self.why}; {self.source})"


def corrections(name: str) -> list[Correction]:
    """The corrections of a data set; [] where there is no file."""
    file = files(__package__).joinpath("corrections", f"{name}.csv")
    if not file.is_file():
        return []
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [Correction(**row) for row in csv.DictReader(lines)]


def correct(
    annotations: Iterable[Annotation], wanted: Iterable[Correction]
) -> tuple[list[Annotation], list[Correction]]:
    """The repaired annotations, and which corrections were applied."""
    known: dict[tuple[str, str], list[Correction]] = {}
    for correction in wanted:
        known.setdefault((correction.subject, correction.clip), []).append(correction)
    kept, applied = [], []
    for annotation in annotations:
        result: Annotation | None = annotation
        for correction in known.get((annotation.subject, annotation.clip), ()):
            if result is not None and _applies(correction, result):
                result = _repaired(result, correction)
                applied.append(correction)
        if result is not None:
            kept.append(result if result is annotation else replace(result, original=annotation))
    return kept, applied


def _applies(correction: Correction, annotation: Annotation) -> bool:
    value = _text(annotation, correction.field)
    if correction.was == "outside":
        return value == "" or (not annotation.in_order() and replace(annotation, apex=None).in_order())
    return value == correction.was or (correction.was == "*" and value != correction.now)


def _text(annotation: Annotation, field: str) -> str:
    value = getattr(annotation, field)
    return "" if value is None else str(value)


def _repaired(annotation: Annotation, correction: Correction) -> Annotation | None:
    if correction.field == "clip":
        return None
    if correction.field == "emotion":
        return replace(annotation, emotion=correction.now)
    change: dict[str, Any] = {correction.field: int(correction.now) if correction.now else None}
    return replace(annotation, **change)
