"""What every AU source is, and the parts that all of them use: pools, counts, exclusions, digest."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, Self, TypeVar

import numpy as np

from ..errors import ActionUnitError
from ..types import LABELS, AUSequence
from .options import ActionUnitsOptions, Choice, Exclusions

REVISION = 1
"""Part of every digest; raised when a change in the code makes equal options give other samples."""

Item = TypeVar("Item")


class AUSource(Protocol):
    """Gives action units for a wanted label."""

    @classmethod
    def from_options(cls, options: ActionUnitsOptions) -> Self:
        """Read the tables that the options name.

        Raises:
            FleetingError: a table is missing or cannot be used.
        """

    @property
    def digest(self) -> str:
        """The sha256 of all that the samples depend on: options, and the content of every table read."""

    def sample(self, rng: np.random.Generator, label: int, turn: int = 0) -> AUSequence:
        """Draw one sequence.

        Args:
            rng: the only source of chance; equal state gives an equal sequence.
            label: index into types.LABELS.
            turn: running number of the face, used by cyclic choice.

        Raises:
            ActionUnitError: the source has nothing for this label.
        """

    def counts(self) -> dict[str, dict[str, int]]:
        """What was read: {"pool": label name -> items, "dropped": reason -> rows, "noted": remark -> count}."""


class Ledger:
    """Counts what a source dropped and what it changed, reason by reason."""

    def __init__(self) -> None:
        self.dropped: Counter[str] = Counter()
        self.noted: Counter[str] = Counter()

    def counts(self, pool: Mapping[int, int]) -> dict[str, dict[str, int]]:
        """The three tables of AUSource.counts."""
        sizes = {name: pool.get(label, 0) for label, name in enumerate(LABELS)}
        return {"pool": sizes, "dropped": dict(sorted(self.dropped.items())), "noted": dict(sorted(self.noted.items()))}


class Pools(Generic[Item]):
    """The items of each label, and the choice of one."""

    def __init__(self, source: str, items: Iterable[tuple[int, Item]], choice: Choice, ledger: Ledger) -> None:
        self._source, self._choice, self._ledger = source, choice, ledger
        self._items: list[list[Item]] = [[] for _ in LABELS]
        for label, item in items:
            self._items[label].append(item)
        if not any(self._items):
            raise self._empty("any label")

    def sizes(self) -> dict[int, int]:
        """Items per label."""
        return {label: len(items) for label, items in enumerate(self._items)}

    def pick(self, rng: np.random.Generator, label: int, turn: int) -> Item:
        """One item of the label: at random, or number `turn` modulo the pool's size.

        Raises:
            ActionUnitError: there is no such label, or its pool is empty.
        """
        check_label(label)
        items = self._items[label]
        if not items:
            raise self._empty(f"the label {LABELS[label]!r}")
        if self._choice == "cyclic":
            return items[turn % len(items)]
        return items[int(rng.integers(len(items)))]

    def _empty(self, what: str) -> ActionUnitError:
        dropped = ", ".join(f"{count} {reason}" for reason, count in sorted(self._ledger.dropped.items()))
        return ActionUnitError(
            f"The AU source {self._source!r} has nothing for {what}.",
            got=f"dropped: {dropped}" if dropped else "no rows at all",
            where=f"action_units.{self._source}",
            cure="give more tables, exclude less, or leave the source out of `sources`",
        )


class Excluder:
    """Applies the options exclude_datasets and exclude_subjects, and remembers which of them ever matched."""

    def __init__(self, options: Exclusions) -> None:
        self._datasets = {name.casefold() for name in options.exclude_datasets}
        self._subjects = {name.casefold() for name in options.exclude_subjects}
        self._matched: set[str] = set()

    def reason(self, dataset: str, subject: str) -> str | None:
        """Why a recording is left out, or None."""
        name, key = dataset.casefold(), f"{dataset}/{subject}".casefold()
        self._matched |= {name, key}
        if name in self._datasets:
            return "excluded data set"
        return "excluded subject" if key in self._subjects else None

    def note_unmatched(self, ledger: Ledger) -> None:
        """Record the exclusions that no row matched: harmless where the data set is not there, else a wrong name."""
        for name in sorted((self._datasets | self._subjects) - self._matched):
            ledger.noted[f"exclusion matched no row: {name}"] += 1


def check_label(label: int) -> None:
    """Raise ActionUnitError unless `label` is an index into LABELS."""
    if not 0 <= label < len(LABELS):
        names = ", ".join(f"{index} {name}" for index, name in enumerate(LABELS))
        raise ActionUnitError("There is no such label.", expected=names, got=str(label))


def content_digest(source: str, settings: Mapping[str, Any], hashes: Sequence[str]) -> str:
    """The sha256 over the source's name, its settings (no paths in them) and the hashes of its files, in order."""
    content = {"source": source, "revision": REVISION, "settings": settings, "files": list(hashes)}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
