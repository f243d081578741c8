"""Which clips a recogniser may learn from and which it is tested on. Pure: clips in, splits out.

A Split cannot exist if it leaks. Three ways of leaking are refused: the same clip on both sides, the same subject on
both sides, and a synthetic training clip whose action units were taken from a test subject (its donor).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import DatasetError
from ..types import Clip, Donor


def subject_key(item: Clip | Donor) -> str:
    """dataset/subject in lower case: subject names repeat across data sets (sub01 is somebody else in each)."""
    return f"{item.dataset}/{item.subject}".lower()


@dataclass(frozen=True, slots=True)
class Split:
    """One fold. The constructor refuses a leak.

    Raises:
        DatasetError: a side is empty, a clip is doubled, or clips, subjects or donors meet across the sides.
    """

    fold: str
    """"all", a fold number, or the subject that is left out."""
    train: Sequence[Clip]
    test: Sequence[Clip]
    dropped: int = 0
    """Clips that were left out so that nothing leaks."""

    def __post_init__(self) -> None:
        sides = {"train": self.train, "test": self.test}
        for name, clips in sides.items():
            if not clips:
                raise DatasetError(f"Fold {self.fold!r} has no {name} clips.", got=f"{self.dropped} clips were dropped")
        keys = {name: {clip.key for clip in clips} for name, clips in sides.items()}
        doubled = [name for name, clips in sides.items() if len(keys[name]) != len(clips)]
        if doubled:
            raise DatasetError(f"Fold {self.fold!r} holds a clip twice on the {doubled[0]} side.")
        subjects = {name: {subject_key(clip) for clip in clips} for name, clips in sides.items()}
        donors = {name: {subject_key(clip.donor) for clip in clips if clip.donor} for name, clips in sides.items()}
        self._refuse("clips", keys["train"] & keys["test"])
        self._refuse("subjects", subjects["train"] & subjects["test"])
        self._refuse("donors", donors["train"] & (subjects["test"] | donors["test"]))
        self._refuse("donors", subjects["train"] & donors["test"])

    def _refuse(self, what: str, both: set[str]) -> None:
        if both:
            names = ", ".join(sorted(both)[:10])
            raise DatasetError(
                f"Fold {self.fold!r} leaks: {len(both)} {what} are on both sides.",
                got=names,
                cure="build splits with the functions of fleeting.evaluation.protocols",
            )


def direct(train: Sequence[Clip], test: Sequence[Clip]) -> Split:
    """Train on `train` and test on all of `test`; training clips that touch a test subject are dropped and counted."""
    kept = _without_subjects(train, {subject_key(clip) for clip in test})
    return Split("all", kept, test, dropped=len(train) - len(kept))


def k_fold(
    recorded: Sequence[Clip], folds: int, extra: Sequence[Clip] = (), use_recorded: bool = True
) -> Iterator[Split]:
    """Subject-disjoint folds with classes spread evenly; the same folds on every call and for every seed.

    Args:
        recorded: the clips to test on, each in exactly one fold.
        folds: number of folds, 2 or more and at most the number of subjects.
        extra: synthetic clips that every fold may train on, less those whose donor is a test subject.
        use_recorded: train on the other folds' clips; if not, on `extra` alone.

    Yields:
        One split per fold.

    Raises:
        DatasetError: there are fewer subjects than folds.
    """
    counts = {subject_key(clip): np.zeros(_classes(recorded)) for clip in recorded}
    for clip in recorded:
        counts[subject_key(clip)][clip.label] += 1
    if not 2 <= folds <= len(counts):
        raise DatasetError(
            f"{folds} folds cannot be made of {len(counts)} subjects.",
            expected=f"2..{len(counts)} folds",
            got=str(folds),
            cure="set test.folds",
        )
    for number, held in enumerate(_spread(counts, folds)):
        yield _fold(str(number), recorded, held, extra, use_recorded)


def leave_one_subject_out(
    recorded: Sequence[Clip], extra: Sequence[Clip] = (), use_recorded: bool = True
) -> Iterator[Split]:
    """One fold per subject, named by it, in sorted order; arguments as for `k_fold`."""
    for subject in sorted({subject_key(clip) for clip in recorded}):
        yield _fold(subject, recorded, {subject}, extra, use_recorded)


def holdout(clips: Sequence[Clip], share: float, rng: np.random.Generator) -> Split:
    """Hold out a share of the portraits AND of the donors, so that neither face nor motion was trained on.

    All identities that were made from one portrait ("name", "name+1", "name+2") go to the same side.

    A sample of a held-out identity with a training donor, and the reverse, fits on neither side: dropped and counted.

    Args:
        clips: synthetic clips; the subject is the identity.
        share: share of portraits (and of donor subjects) that is held out, in 0..1.
        rng: draws who is held out.

    Raises:
        DatasetError: nothing is left on a side.
    """
    faces = _choose({_portrait(clip) for clip in clips}, share, rng)
    donors = {subject_key(clip.donor) for clip in clips if clip.donor}
    held = _choose(donors, share, rng) if len(donors) > 1 else set()
    train, test = [], []
    for clip in clips:
        donor = subject_key(clip.donor) if clip.donor else None
        if _portrait(clip) in faces:
            test += [clip] if donor is None or donor in held else []
        else:
            train += [] if donor in held else [clip]
    return Split("all", train, test, dropped=len(clips) - len(train) - len(test))


def _classes(clips: Sequence[Clip]) -> int:
    return max(clip.label for clip in clips) + 1 if clips else 1


def _spread(counts: Mapping[str, npt.NDArray[np.float64]], folds: int) -> list[set[str]]:
    """Largest subject first, each into the fold that has least of its classes, ties into the smallest fold."""
    totals = np.maximum(np.sum(list(counts.values()), axis=0), 1)
    filled = np.zeros((folds, len(totals)))
    held: list[set[str]] = [set() for _ in range(folds)]
    for subject in sorted(counts, key=lambda name: (-counts[name].sum(), name)):
        crowding = filled @ (counts[subject] / totals**2)
        fold = min(range(folds), key=lambda index: (crowding[index], filled[index].sum(), index))
        filled[fold] += counts[subject]
        held[fold].add(subject)
    return held


def _fold(name: str, recorded: Sequence[Clip], held: set[str], extra: Sequence[Clip], use_recorded: bool) -> Split:
    test = [clip for clip in recorded if subject_key(clip) in held]
    others = [clip for clip in recorded if subject_key(clip) not in held] if use_recorded else []
    kept = _without_subjects(extra, held)
    return Split(name, [*others, *kept], test, dropped=len(extra) - len(kept))


def _without_subjects(clips: Sequence[Clip], subjects: set[str]) -> list[Clip]:
    return [
        clip
        for clip in clips
        if subject_key(clip) not in subjects and not (clip.donor and subject_key(clip.donor) in subjects)
    ]


def _portrait(clip: Clip) -> str:
    """The picture behind a synthetic identity: faces names its variations NAME+1, NAME+2 and so on."""
    name, plus, turn = subject_key(clip).rpartition("+")
    return name if plus and turn.isdecimal() else subject_key(clip)


def _choose(names: set[str], share: float, rng: np.random.Generator) -> set[str]:
    """At least one name, in an order that depends on the generator only."""
    ordered = sorted(names)
    count = max(1, round(share * len(ordered)))
    return {ordered[i] for i in rng.permutation(len(ordered))[:count]}
