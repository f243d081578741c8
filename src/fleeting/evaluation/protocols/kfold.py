"""Subject-disjoint folds: spread evenly by us, or the lists that the seed paper's code published."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ...errors import DatasetError
from ...options import Options as BaseOptions
from ...types import Clip, Donor
from ..people import person
from ..splits import Split, split_off
from .protocol import Protocol

CLIPS = {"compmie-3": (172, 161, 109), "samm-5": (20, 29, 25, 22, 19), "mmew-5": (43, 58, 56, 30, 47)}
"""Clips of each fold in the published lists."""


class KFold(Protocol):
    """Subject-disjoint folds: even in size and classes, or a published list of subjects.

    Source of the presets: the fold lists in the seed paper's public code (docs/evaluation.md).
    """

    name = "kfold"

    class Options(BaseOptions):
        """Options of `kfold`."""

        folds: int = Field(5, ge=2)
        """Number of folds; a preset has its own."""
        preset: Literal["", "compmie-3", "mmew-5", "samm-5"] = ""
        """A published list of test subjects per fold instead of our even spread."""

    options: KFold.Options

    def splits(
        self, recorded: Sequence[Clip], extra: Sequence[Clip] = (), *, use_recorded: bool = True
    ) -> Iterator[Split]:
        """One split per fold, named 0, 1, ...; the same on every call and for every seed.

        Raises:
            DatasetError: there are fewer subjects than folds, or a subject is not in the preset's list.
        """
        for number, held in enumerate(self._held(recorded)):
            yield split_off(str(number), recorded, held, extra, use_recorded=use_recorded)

    def remarks(self, recorded: Sequence[Clip]) -> list[str]:
        """Says how many subjects of the preset have no clip here, and whether its folds hold other numbers of clips."""
        if not self.options.preset:
            return []
        listed = preset(self.options.preset)
        absent = len(listed.keys() - {person(clip) for clip in recorded})
        if not absent:
            held = Counter(listed.get(person(clip)) for clip in recorded)
            here = tuple(held[fold] for fold in range(len(CLIPS[self.options.preset])))
            if here != CLIPS[self.options.preset]:
                return [
                    f"The folds of preset {self.options.preset} hold {', '.join(map(str, CLIPS[self.options.preset]))} "
                    f"clips in the published lists and {', '.join(map(str, here))} here: another selection of clips."
                ]
            return []
        return [f"{absent} of the {len(listed)} subjects of preset {self.options.preset} have no clip here."]

    def _held(self, recorded: Sequence[Clip]) -> list[set[str]]:
        if not self.options.preset:
            return even_folds(recorded, self.options.folds)
        listed = preset(self.options.preset)
        people = {person(clip) for clip in recorded}
        strange = sorted(people - listed.keys())
        if strange:
            raise DatasetError(
                f"{len(strange)} subjects are in no fold of the preset {self.options.preset}.",
                expected=f"the {len(listed)} subjects of its list",
                got=", ".join(strange[:10]),
                cure="unset the preset, or test the data set that it was made for",
            )
        folds = sorted(set(listed.values()))
        held = [{name for name in people if listed[name] == fold} for fold in folds]
        return [names for names in held if names]


@cache
def preset(name: str) -> Mapping[str, int]:
    """The number of the fold that tests a person."""
    text = files(__package__).joinpath("presets", f"{name}.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {
        person(Donor(row["dataset"], subject, "")): int(row["fold"])
        for row in rows
        for subject in row["subjects"].split()
    }


def even_folds(recorded: Sequence[Clip], folds: int) -> list[set[str]]:
    """The people of each fold: largest first, each into the fold that has least of its classes.

    Raises:
        DatasetError: there are fewer people than folds.
    """
    classes = max((clip.label for clip in recorded), default=0) + 1
    counts: dict[str, npt.NDArray[np.float64]] = {person(clip): np.zeros(classes) for clip in recorded}
    for clip in recorded:
        counts[person(clip)][clip.label] += 1
    if not 2 <= folds <= len(counts):
        raise DatasetError(
            f"{folds} folds cannot be made of {len(counts)} subjects.",
            expected=f"2..{len(counts)} folds",
            got=str(folds),
            cure="set test.options.folds",
        )
    totals = np.maximum(np.sum(list(counts.values()), axis=0), 1)
    filled = np.zeros((folds, classes))
    held: list[set[str]] = [set() for _ in range(folds)]
    for name in sorted(counts, key=lambda name: (-counts[name].sum(), name)):
        crowding = filled @ (counts[name] / totals**2)
        fold = min(range(folds), key=lambda index: (crowding[index], filled[index].sum(), index))
        filled[fold] += counts[name]
        held[fold].add(name)
    return held
