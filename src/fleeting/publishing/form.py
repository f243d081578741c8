"""What a form of publication has to offer, and the pieces that it is made in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from .source import Source

Splits = Mapping[str, frozenset[str] | None]
"""Split -> the portraits in it; None: all."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an export that is made in one go, and is not made again once its record stands."""

    name: str
    """The path that it leads to, below the folder of the export."""
    split: str
    shards: tuple[int, ...]
    people: frozenset[str] | None = None
    """The portraits whose samples it holds; None: all."""


@dataclass(slots=True)
class Record:
    """What was made of a part."""

    samples: int = 0
    files: dict[str, str] = field(default_factory=dict)
    """Path -> sha256, for files that the Croissant description names."""
    lines: list[tuple[str, str]] = field(default_factory=list)
    """(list, line): what `finish` gathers into lists over all samples."""


class Form(Protocol):
    """One way of laying a data set out for others."""

    splits: bool
    """Whether it can hold a validation split."""

    def parts(self, source: Source, splits: Splits) -> list[Part]:
        """The parts, in order; a part holds at least one sample where splits are possible."""
        ...

    def make(self, source: Source, part: Part, folder: Path) -> Record:
        """Make one part below `folder`."""
        ...

    def finish(self, source: Source, folder: Path, records: Iterable[tuple[Part, Mapping[str, Any]]]) -> dict[str, str]:
        """Write the lists over all parts; return path -> sha256 of what shall be named in the description.

        Args:
            source: the data set.
            folder: of the export.
            records: every part and its record; can be gone through several times.
        """
        ...

    def front_matter(self, splits: Sequence[str]) -> str | None:
        """The lines of the card's front matter that say how the Hub shall load it; None: those of the data set hold."""
        ...

    def content(self, source: Source, name: str) -> str:
        """The section "Content" of the card, in Markdown."""
        ...


def by_shard(source: Source, splits: Splits, pattern: str) -> list[Part]:
    """One part per shard and split; `pattern` has the fields split and shard."""
    return [
        Part(pattern.format(split=split, shard=shard), split, (shard,), people)
        for split, people in splits.items()
        for shard in holding(source, people)
    ]


def holding(source: Source, people: frozenset[str] | None) -> Iterator[int]:
    """The shards that hold a finished sample of any of `people`."""
    for shard, found in sorted(source.census.people.items()):
        if people is None or not found.isdisjoint(people):
            yield shard
