"""Protocols that train on synthetic clips alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from pydantic import Field

from ...errors import DatasetError
from ...options import Options as BaseOptions
from ...seeds import stream
from ...types import Clip
from ..people import person
from ..splits import Split, split_off
from .protocol import Protocol


class Direct(Protocol):
    """Direct deployment: train on synthetic clips, test on all recorded ones; no recorded clip is ever trained on."""

    name = "direct"
    trains_on = frozenset({"synthetic"})

    def splits(
        self, recorded: Sequence[Clip], extra: Sequence[Clip] = (), *, use_recorded: bool = True
    ) -> Iterator[Split]:
        """One split; synthetic clips whose donor is tested are dropped and counted."""
        del use_recorded
        yield split_off("all", recorded, {person(clip) for clip in recorded}, extra, use_recorded=False)


class Holdout(Protocol):
    """Held-out synthetic identities, for where no recorded clip is at hand: says that training works, not more."""

    name = "holdout"
    trains_on = frozenset({"synthetic"})

    class Options(BaseOptions):
        """Options of `holdout`."""

        share: float = Field(0.2, gt=0, lt=1)
        """Share of portraits, and of donors, that is kept for the test."""

    options: Holdout.Options

    def splits(
        self, recorded: Sequence[Clip], extra: Sequence[Clip] = (), *, use_recorded: bool = True
    ) -> Iterator[Split]:
        """One split of `extra`; the same for every seed of a run."""
        del recorded, use_recorded
        yield holdout(extra, self.options.share, stream(0, "holdout"))


def holdout(clips: Sequence[Clip], share: float, rng: np.random.Generator, fold: str = "all") -> Split:
    """Hold out a share of the portraits AND of the donors, so that neither face nor motion was trained on.

    All identities that were made from one portrait go to the same side (see `person`). A sample of a
    held-out identity with a training donor, and the reverse, fits on neither side: dropped and counted.

    Args:
        clips: synthetic clips; the subject is the identity.
        share: share of portraits (and of donor subjects) that is held out, in 0..1.
        rng: draws who is held out.
        fold: name of the split.

    Raises:
        DatasetError: nothing is left on a side.
    """
    if not clips:
        raise DatasetError("There are no synthetic clips to hold out from.")
    faces = _choose({person(clip) for clip in clips}, share, rng)
    donors = {person(clip.donor) for clip in clips if clip.donor}
    held = _choose(donors, share, rng) if len(donors) > 1 else set()
    train, test = [], []
    for clip in clips:
        donor = person(clip.donor) if clip.donor else None
        if person(clip) in faces:
            test += [clip] if donor is None or donor in held else []
        else:
            train += [] if donor in held else [clip]
    return Split(fold, train, test, dropped=len(clips) - len(train) - len(test))


def _choose(names: set[str], share: float, rng: np.random.Generator) -> set[str]:
    """At least one name, in an order that depends on the generator only."""
    ordered = sorted(names)
    count = max(1, round(share * len(ordered)))
    return {ordered[i] for i in rng.permutation(len(ordered))[:count]}
