"""CDMER, the cross-database benchmark: all of a source with labels, all of a target without, test on the target.

Source: Zong et al. and the TGSR paper (docs/evaluation.md). The twelve tasks join CASME II (C) and SMIC's cameras HS
(H), VIS (V) and NIR (N). TYPE-I tasks, inside SMIC, film the same people on both sides; that is the benchmark as
published, and every score made with it says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from ...errors import DatasetError
from ...options import Options as BaseOptions
from ...types import Clip
from ..people import person
from ..splits import Split, without_people
from .protocol import Protocol

SETS = {"C": "casme2", "H": "smic", "V": "smic-vis", "N": "smic-nir"}
SELECTED = 130
"""Clips of the benchmark's C: 73 negative, 32 positive, 25 surprise; the label space "cdmer" of casme2."""
Task = Literal["H->V", "V->H", "H->N", "N->H", "V->N", "N->V", "C->H", "H->C", "C->V", "V->C", "C->N", "N->C"]


class Cdmer(Protocol):
    """The twelve cross-database tasks of CDMER: TYPE-I inside SMIC (declared: same people), TYPE-II with CASME II."""

    name = "cdmer"

    class Options(BaseOptions):
        """Options of `cdmer`."""

        task: Task = "C->V"
        """Source -> target."""

    options: Cdmer.Options

    @property
    def type(self) -> Literal["I", "II"]:
        """I inside SMIC, II between CASME II and SMIC."""
        return "II" if "C" in self.options.task else "I"

    def splits(
        self, recorded: Sequence[Clip], extra: Sequence[Clip] = (), *, use_recorded: bool = True
    ) -> Iterator[Split]:
        """One split, named by the task.

        Raises:
            DatasetError: source or target has no clips here.
        """
        source, target = (SETS[letter] for letter in self.options.task.split("->"))
        train = [clip for clip in recorded if clip.dataset == source] if use_recorded else []
        test = [clip for clip in recorded if clip.dataset == target]
        for name, clips in ((source, train if use_recorded else extra), (target, test)):
            if not clips:
                raise DatasetError(f"Task {self.options.task} of cdmer needs clips of {name}.", got="none")
        kept = without_people(extra, {person(clip) for clip in test})
        yield Split(self.options.task, [*train, *kept], test, dropped=len(extra) - len(kept), declared=self._shared())

    def remarks(self, recorded: Sequence[Clip]) -> list[str]:
        """Says that the people are the same, or that C is not the benchmark's selection, where that is so."""
        clips = sum(clip.dataset == SETS["C"] for clip in recorded)
        told = [self._shared()] if self._shared() else []
        if self.type == "II" and clips != SELECTED:
            told.append(f"CDMER selects {SELECTED} clips of CASME II, without repression; here are {clips}.")
        return told

    def _shared(self) -> str:
        return (
            f"CDMER TYPE-I ({self.options.task}): the same people, filmed by two cameras." if self.type == "I" else ""
        )
