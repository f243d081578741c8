"""What one fold trains on and is tested on. A Split cannot exist if it leaks.

Three ways of leaking are refused: the same clip on both sides, the same person on both sides (also under another data
set's name), and a synthetic training clip whose action units were taken from a test subject (its donor).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import DatasetError
from ..types import Clip
from .people import person


@dataclass(frozen=True, slots=True)
class Split:
    """One fold. The constructor refuses a leak.

    Raises:
        DatasetError: a side is empty, a clip is doubled, or clips, people or donors meet across the sides.
    """

    fold: str
    """"all", a fold number, or the subject or data set that is left out."""
    train: Sequence[Clip]
    test: Sequence[Clip]
    dropped: int = 0
    """Clips that were left out so that nothing leaks."""
    declared: str = ""
    """Why this protocol, as published, films the same people on both sides; "" = it does not. Clips never meet."""

    def __post_init__(self) -> None:
        sides = {"train": self.train, "test": self.test}
        for name, clips in sides.items():
            if not clips:
                raise DatasetError(f"Fold {self.fold!r} has no {name} clips.", got=f"{self.dropped} clips were dropped")
        keys = {name: {clip.key for clip in clips} for name, clips in sides.items()}
        doubled = [name for name, clips in sides.items() if len(keys[name]) != len(clips)]
        if doubled:
            raise DatasetError(f"Fold {self.fold!r} holds a clip twice on the {doubled[0]} side.")
        people = {name: {person(clip) for clip in clips} for name, clips in sides.items()}
        donors = {name: {person(clip.donor) for clip in clips if clip.donor} for name, clips in sides.items()}
        self._refuse("clips", keys["train"] & keys["test"])
        if not self.declared.strip():
            self._refuse("subjects", people["train"] & people["test"])
        self._refuse("donors", donors["train"] & (people["test"] | donors["test"]))
        self._refuse("donors", people["train"] & donors["test"])

    def _refuse(self, what: str, both: set[str]) -> None:
        if both:
            names = ", ".join(sorted(both)[:10])
            raise DatasetError(
                f"Fold {self.fold!r} leaks: {len(both)} {what} are on both sides.",
                got=names,
                cure="build splits with a protocol of fleeting.evaluation",
            )


def split_off(
    name: str, recorded: Sequence[Clip], held: set[str], extra: Sequence[Clip] = (), *, use_recorded: bool = True
) -> Split:
    """Test the people `held` and train on the others.

    Args:
        name: the fold's name.
        recorded: recorded clips of everybody.
        held: people (see `person`) to test.
        extra: synthetic clips to train on too, less those whose donor is held.
        use_recorded: train on the others' recorded clips; if not, on `extra` alone.

    Raises:
        DatasetError: a side is empty.
    """
    test = [clip for clip in recorded if person(clip) in held]
    others = [clip for clip in recorded if person(clip) not in held] if use_recorded else []
    kept = without_people(extra, held)
    return Split(name, [*others, *kept], test, dropped=len(extra) - len(kept))


def without_people(clips: Sequence[Clip], people: set[str]) -> list[Clip]:
    """The clips that neither show one of these people nor have one as donor: the seed paper's leak rule, by subject."""
    return [clip for clip in clips if person(clip) not in people and not (clip.donor and person(clip.donor) in people)]
