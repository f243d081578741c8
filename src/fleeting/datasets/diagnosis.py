"""What the doctor found, as a record and as text for people."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from .annotation import Fault

WIDTH = 100
SHOWN = 8
"""Items of a note that the text names."""
FORGIVEN = frozenset({"impossible"})
"""Kinds of faults that are reported and leave a copy usable: the option bad_apex decides on them."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many are here and how many a complete copy has."""

    what: str
    here: int
    expected: tuple[int, ...] = ()
    """Empty: not known. More than one: sources differ."""
    source: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the count is one of those expected, or nothing is."""
        return not self.expected or self.here in self.expected


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The state of one copy of a data set."""

    name: str
    root: str
    problem: str = ""
    """Why it cannot be opened at all."""
    layouts: list[str] = field(default_factory=list)
    """The one in use first: its name, folder and table."""
    corrections: list[str] = field(default_factory=list)
    """Known errors of the table that were repaired."""
    clips: int = 0
    """Usable ones, with a class."""
    counts: list[Count] = field(default_factory=list)
    """What the annotation names, beside what a complete copy has."""
    subjects: dict[str, dict[str, int]] = field(default_factory=dict)
    """Subject -> class -> usable clips."""
    faults: list[Fault] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    """Emotion -> clips that the label space has no class for."""
    notes: list[str] = field(default_factory=list)
    remarks: dict[str, list[str]] = field(default_factory=dict)
    """What is no fault -> the clips, rows or files that it holds for."""
    access: str = ""
    """Where to request the data; "" where that is not needed."""

    @property
    def usable(self) -> bool:
        """Whether every clip that the annotation names can be read, impossible ones aside, and there is one."""
        return not self.problem and self.clips > 0 and all(fault.kind in FORGIVEN for fault in self.faults)

    def record(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return {"usable": self.usable, **asdict(self)}

    def text(self) -> str:
        """The whole finding in lines of at most 100 characters, paths and other long words aside."""
        return "\n".join(line.rstrip() for part in self._parts() for line in part)

    def _parts(self) -> Iterator[list[str]]:
        kinds = Counter(fault.kind for fault in self.faults)
        whole = all(count.agrees for count in self.counts)
        state = ("usable" if whole else "usable, but no complete copy") if self.usable else "not usable"
        found = ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "no faults"
        yield [f"{self.name}: {state}; {'cannot be opened' if self.problem else f'{self.clips} clips, {found}'}"]
        yield _block("folder", [self.root])
        yield _block("problem", self.problem.splitlines())
        yield _block("layout", self.layouts)
        yield _block("note", self.notes)
        yield _block("note", [f"{why} ({len(items)}): {_some(items)}" for why, items in self.remarks.items()])
        yield _block("corrected", self.corrections)
        yield _block("left out", [f"{count} {why}" for why, count in self.left_out.items()])
        yield _block("fault", [str(fault) for fault in self.faults])
        yield _count_lines(self.counts)
        yield _subject_lines(self.subjects)
        yield _block("request", [self.access] if self.access else [])


def _block(title: str, texts: list[str]) -> list[str]:
    lines = []
    for text in texts:
        lines += textwrap.wrap(
            text,
            WIDTH,
            initial_indent=f"  {title:10}",
            subsequent_indent=" " * 14,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines


def _some(items: list[str]) -> str:
    more = f" and {len(items) - SHOWN} more (--json names all)" if len(items) > SHOWN else ""
    return ", ".join(items[:SHOWN]) + more


def _count_lines(counts: list[Count]) -> list[str]:
    if not counts:
        return []
    lines = [f"  {'annotated':30}{'here':>7}{'complete':>14}"]
    for count in counts:
        complete = _range(count.expected)
        sign = "" if count.agrees else "  differs"
        source = textwrap.shorten(count.source, WIDTH - 64, placeholder="...")
        lines.append(f"  {count.what:30.30}{count.here:>7}{complete:>14}{sign:9}  {source}")
    return lines


def _range(counts: tuple[int, ...]) -> str:
    """Such as 255, 25 or 28, 29-32."""
    if len(counts) > 2:
        return f"{min(counts)}-{max(counts)}"
    return " or ".join(map(str, counts)) or "?"


def _subject_lines(subjects: dict[str, dict[str, int]]) -> list[str]:
    if not subjects:
        return []
    classes = list(next(iter(subjects.values())))
    lines = [f"  {'usable clips':22}{'all':>5}" + "".join(f" {name:>9.9}" for name in classes)]
    for subject, row in subjects.items():
        cells = "".join(f" {row[name] or '.':>9}" for name in classes)
        lines.append(f"  {subject:22.22}{sum(row.values()):>5}{cells}")
    return lines
