"""Leave one subject out, and the MEGC2019 composite evaluation, which is that on a fixed list of clips."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ...errors import DatasetError
from ...types import LABELS, Clip
from ..people import person, population
from ..splits import Split, split_off
from .protocol import Protocol

COMPOSITE = {"casme2": (88, 32, 25), "smic": (70, 51, 43), "samm": (92, 26, 15)}
"""Clips of the composite per part and class, as counted in the organisers' list."""
PEOPLE = {"casme2": 24, "smic": 16, "samm": 28}


ONE_PERSON = ("loso", "megc2019-cde")
"""The protocols whose folds test one person each."""


class Loso(Protocol):
    """Leave one subject out: a fold per subject, confusion counts pooled over all folds."""

    name = "loso"

    def splits(
        self, recorded: Sequence[Clip], extra: Sequence[Clip] = (), *, use_recorded: bool = True
    ) -> Iterator[Split]:
        """One fold per person, named by it, in sorted order."""
        for subject in sorted({person(clip) for clip in recorded}):
            yield split_off(subject, recorded, {subject}, extra, use_recorded=use_recorded)


class Megc2019Cde(Loso):
    """MEGC2019 composite database evaluation: leave one of 68 subjects out, on exactly the 442 clips of the list.

    Source: MEGC2019 recognition rules. Every clip of the composite must be there: a part of it is another, incomparable
    test set, for which `loso` is the protocol.
    """

    name = "megc2019-cde"

    def splits(
        self, recorded: Sequence[Clip], extra: Sequence[Clip] = (), *, use_recorded: bool = True
    ) -> Iterator[Split]:
        """68 folds.

        Raises:
            DatasetError: the clips are not those of the composite.
        """
        found = Counter((population(clip.dataset), clip.label) for clip in recorded)
        wanted = Counter({(part, label): n for part, row in COMPOSITE.items() for label, n in enumerate(row)})
        people = Counter(name.partition("/")[0] for name in {person(clip) for clip in recorded})
        if found != wanted or people != Counter(PEOPLE):
            lines = [
                f"{part} {LABELS[label] if label < len(LABELS) else label}: {found[part, label]}"
                f" instead of {wanted[part, label]}"
                for part, label in sorted(found.keys() | wanted.keys())
                if found[part, label] != wanted[part, label]
            ]
            lines += [
                f"{part}: {people[part]} subjects instead of {PEOPLE.get(part, 0)}"
                for part in sorted(people.keys() | PEOPLE.keys())
                if people[part] != PEOPLE.get(part, 0)
            ]
            raise DatasetError(
                "These are not the 442 clips of 68 subjects of the MEGC2019 composite.",
                expected="casme2 145/24, smic 164/16, samm 133/28",
                got="; ".join(lines),
                cure="complete the data (`fleeting doctor`), or set test.protocol = 'loso' for what is there",
            )
        yield from super().splits(recorded, extra, use_recorded=use_recorded)
