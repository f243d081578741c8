"""What a data set's own table, or its folders, say about one clip, before anything is checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FaultKind = Literal["missing", "unreadable", "impossible", "duplicate", "unknown"]


@dataclass(frozen=True, slots=True)
class Annotation:
    """One row. Frame numbers are the table's own: absolute and inclusive."""

    subject: str
    """As the composite's official list and Clip.subject spell it."""
    clip: str
    emotion: str
    folder: Path
    """Where the clip's frames lie; it need not exist."""
    onset: int | None = None
    """None: the first file of the folder."""
    apex: int | None = None
    """None: not annotated."""
    offset: int | None = None
    """None: the last file of the folder."""
    action_units: str = ""
    where: str = ""
    """file:row, for messages."""
    original: Annotation | None = None
    """What the table says, where a known error of it was corrected."""

    def in_order(self) -> bool:
        """Whether onset < apex <= offset, as far as they are annotated."""
        onset, apex, offset = self.onset, self.apex, self.offset
        return (
            (onset is None or apex is None or onset < apex)
            and (apex is None or offset is None or apex <= offset)
            and (onset is None or offset is None or onset < offset)
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a clip cannot be used, or only with a repair."""

    kind: FaultKind
    clip: str
    """dataset/subject/clip."""
    problem: str
    """A sentence with the values."""
    where: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.clip}: {self.problem}" + (f" ({self.where})" if self.where else "")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row or a folder that is no clip of this data set, such as a macro-expression in a table of both."""

    why: str


@dataclass(frozen=True, slots=True)
class Note:
    """What is worth knowing and no fault."""

    why: str
    what: str
    """The clip, row or path."""


Line = Annotation | Fault | LeftOut | Note
"""What one row of a table, or one folder, comes to."""
