"""Source `expert`: action units switched on with the probabilities of a published table; onset is the neutral face."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Self

import numpy as np

from ..types import AU_NUMBERS, LABELS, AUSequence, Floats
from .facs import index_of
from .options import ActionUnitsOptions, ExpertOptions
from .packaged import packaged_sha256, read_rows
from .presets import ExpertRules, rules_of
from .source import Ledger, Pools, content_digest
from .timing import ramp

Emotion = tuple[str, Floats]
"""Name and (17,) float32 probabilities."""


class ExpertSource:
    """Draws an emotion of the label uniformly, then each AU by its probability, then its intensity in U(mu, nu).

    Source: MiE-X paper, section 4.2; that the emotions of "negative" are mixed uniformly is the public code's choice.
    """

    def __init__(self, rules: ExpertRules, options: ExpertOptions, frames: int) -> None:
        self._rules, self._frames = rules, frames
        self._ledger = Ledger()
        tables = ("du2014", "miex") if rules.table == "both" else (rules.table,)
        emotions = [emotion for table in tables for emotion in _read(table, options, self._ledger)]
        self._pools = Pools("expert", emotions, "random", self._ledger)
        settings = {
            **rules.model_dump(mode="json"),
            "core_p": options.core_p,
            "au24_as_23": options.au24_as_23,
            "frames": frames,
        }
        self._digest = content_digest("expert", settings, [packaged_sha256(f"expert_{table}.csv") for table in tables])

    @classmethod
    def from_options(cls, options: ActionUnitsOptions) -> Self:
        """See AUSource."""
        return cls(rules_of(options).expert, options.expert, options.frames)

    @property
    def digest(self) -> str:
        """See AUSource."""
        return self._digest

    def sample(self, rng: np.random.Generator, label: int, turn: int = 0) -> AUSequence:
        """See AUSource; `turn` has no effect, since there is no pool of clips to walk through."""
        rules = self._rules
        emotion, probabilities = self._pools.pick(rng, label, turn)
        active = rng.random(len(AU_NUMBERS)) < probabilities
        while not (active.any() or rules.allow_empty):
            active = rng.random(len(AU_NUMBERS)) < probabilities
        apex = active * (rules.mu + (rules.nu - rules.mu) * rng.random(len(AU_NUMBERS)))
        values = ramp(apex.astype(np.float32), self._frames)
        return AUSequence(values, label, emotion, "expert")

    def counts(self) -> dict[str, dict[str, int]]:
        """See AUSource; the pool of a label is its emotions."""
        return self._ledger.counts(self._pools.sizes())


def _read(table: str, options: ExpertOptions, ledger: Ledger) -> Iterable[tuple[int, Emotion]]:
    """The emotions of the table with their probabilities, AUs outside the 17 left out and counted."""
    probabilities: dict[tuple[int, str], Floats] = defaultdict(lambda: np.zeros(len(AU_NUMBERS), np.float32))
    for row in read_rows(f"expert_{table}.csv"):
        number = int(row["au"])
        if number == 24 and options.au24_as_23:
            number = 23
            ledger.noted["AU24 read as AU23"] += 1
        if number not in AU_NUMBERS:
            ledger.dropped[f"AU{number} is outside the 17"] += 1
            continue
        p = options.core_p if row["p"] == "core" else float(row["p"])
        entry = probabilities[LABELS.index(row["label"]), row["emotion"]]
        entry[index_of(number)] = max(p, entry[index_of(number)])
    return [(label, (emotion, values)) for (label, emotion), values in probabilities.items()]
