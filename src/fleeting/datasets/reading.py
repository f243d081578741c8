"""What the annotation of a data set says, read at one place of the disk, and which place to take of several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .annotation import Annotation, Fault, LeftOut, Line, Note
from .corrections import Correction, correct
from .folders import Folders
from .layout import Found


@dataclass
class Reading:
    """The lines of one place, sorted by what they are."""

    found: Found
    rows: list[Annotation] = field(default_factory=list)
    """After corrections."""
    applied: list[Correction] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, found: Found, lines: Iterable[Line], wanted: Sequence[Correction]) -> Reading:
        """Sort `lines` and apply the corrections."""
        reading, rows = cls(found), []
        for line in lines:
            match line:
                case Annotation():
                    rows.append(line)
                case Fault():
                    reading.faults.append(line)
                case Note():
                    reading.notes.append(line)
                case LeftOut():
                    reading.left_out[line.why] += 1
        reading.rows, reading.applied = correct(rows, wanted)
        return reading

    def held(self, folders: Folders) -> int:
        """How many of the clips have a folder."""
        return sum(folders.there(row.folder) for row in self.rows)


def chosen(readings: Sequence[Reading], folders: Folders) -> list[Reading]:
    """One place of each layout, the one to use first.

    Of the places of a layout the one that holds most of its clips; of the layouts the first, unless another holds more
    than twice as many: `Cropped` of another data set is not taken for ours. (The rule is ours.)
    """
    if len(readings) == 1:
        return list(readings)
    best: dict[str, Reading] = {}
    held = {id(reading): reading.held(folders) for reading in readings}
    for reading in readings:
        known = best.setdefault(reading.found.layout.name, reading)
        if held[id(reading)] > held[id(known)]:
            best[reading.found.layout.name] = reading
    most = max(held.values())
    return sorted(best.values(), key=lambda reading: 2 * held[id(reading)] < most)
