"""Across data sets: train on one, test on another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field

from ...errors import DatasetError, nearest
from ...options import Options as BaseOptions
from ...types import Clip
from ..people import person, population
from ..splits import Split, split_off, without_people
from .protocol import Protocol


class Hde(Protocol):
    """Holdout database evaluation (MEGC2018): train on some data sets, test on others that share nobody with them."""

    name = "hde"

    class Options(BaseOptions):
        """Options of `hde`."""

        train: list[str] = Field(default_factory=list)
        """Data sets to train on, as the column dataset of predictions.csv names them."""
        test: list[str] = Field(default_factory=list)
        """Data sets to test on."""

    options: Hde.Options

    def splits(
        self, recorded: Sequence[Clip], extra: Sequence[Clip] = (), *, use_recorded: bool = True
    ) -> Iterator[Split]:
        """One split, named "A->B"; synthetic clips whose donor is tested are dropped and counted."""
        sides = {"train": self.options.train, "test": self.options.test}
        there = {clip.dataset for clip in recorded}
        for side, names in sides.items():
            strange = [name for name in names if name not in there]
            if strange or not names:
                raise DatasetError(
                    f"The protocol hde cannot {side} on {', '.join(strange) or 'nothing'}.",
                    expected=nearest(strange[0] if strange else "", there),
                    got=str(names),
                    where=f"test.options.{side}",
                )
        known = [clip for clip in recorded if clip.dataset in self.options.train] if use_recorded else []
        test = [clip for clip in recorded if clip.dataset in self.options.test]
        kept = without_people(extra, {person(clip) for clip in test})
        name = f"{'+'.join(self.options.train)}->{'+'.join(self.options.test)}"
        yield Split(name, [*known, *kept], test, dropped=len(extra) - len(kept))


class Lodo(Protocol):
    """Leave one data set out: a fold per group of people, however many data sets filmed it."""

    name = "lodo"

    def splits(
        self, recorded: Sequence[Clip], extra: Sequence[Clip] = (), *, use_recorded: bool = True
    ) -> Iterator[Split]:
        """One split per group, named by it, in sorted order.

        Raises:
            DatasetError: all clips are of one group.
        """
        groups = sorted({population(clip.dataset) for clip in recorded})
        if len(groups) < 2 and use_recorded:
            raise DatasetError("Leaving one data set out needs two or more.", got=", ".join(groups))
        for group in groups:
            held = {person(clip) for clip in recorded if population(clip.dataset) == group}
            yield split_off(group, recorded, held, extra, use_recorded=use_recorded)
