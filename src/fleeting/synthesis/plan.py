"""Which samples a recipe means: a pure function of the recipe and its inputs, so no worker needs to be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..action_units import AUSource
from ..seeds import derive, stream
from ..types import LABELS, AUSequence, Floats
from .recipe import SynthesisRecipe


@dataclass(frozen=True, slots=True)
class Planned:
    """One sample to be made."""

    number: int
    face: int
    """Number of the identity in the face pool."""
    au_source: str
    aus: AUSequence
    seed: int
    """63-bit seed of everything that the generator draws for this sample."""

    @property
    def key(self) -> str:
        """Stable and sortable without coordination."""
        return f"{self.number:09d}"


def plan_samples(recipe: SynthesisRecipe, sources: Mapping[str, AUSource], start: int, stop: int) -> Iterator[Planned]:
    """The planned samples number `start` to `stop` - 1.

    Samples of one identity stand together; among them class changes fastest, then the running number of the source.
    """
    seed, draws = recipe.synthesis.seed, recipe.draws
    for number in range(start, stop):
        rest, label = divmod(number, len(LABELS))
        face, index = divmod(rest, len(draws))
        name, draw = draws[index]
        # Identities that share an AU triplet share its stream; everything else stays their own.
        turn = (face // recipe.action_units.reuse) * recipe.synthesis.per_class.get(name, 1) + draw
        aus = sources[name].sample(stream(seed, "aus", name, label, turn), label, turn)
        yield Planned(number, face, name, aus, derive(seed, "render", number))


def shard_range(recipe: SynthesisRecipe, shard: int) -> tuple[int, int]:
    """First sample of a shard and first sample of the next."""
    size = recipe.synthesis.shard_size
    return shard * size, min((shard + 1) * size, recipe.planned)


def facts(sample: Planned, identity: str, generator: str, generator_hash: str) -> dict[str, Any]:
    """What is recorded about a sample in KEY.json and in the manifest."""
    aus, donor = sample.aus, sample.aus.donor
    rows = _numbers(aus.values)
    return {
        "key": sample.key,
        "label": aus.label,
        "emotion": aus.emotion,
        "au_source": sample.au_source,
        "identity": identity,
        "donor_dataset": donor.dataset if donor else "",
        "donor_subject": donor.subject if donor else "",
        "donor_clip": donor.clip if donor else "",
        "z_onset": rows[0],
        "z_apex": rows[-1],
        "track": [value for row in rows for value in row] if len(rows) > 2 else [],
        "sides": _numbers(aus.sides.ravel()) if (aus.sides != 1).any() else [],
        "seed": sample.seed,
        "generator": generator,
        "generator_hash": generator_hash,
    }


def _numbers(values: Floats) -> list[Any]:
    """Four decimals: finer than any table the values come from, and short in JSON. One list per row where there are."""
    numbers: list[Any] = values.astype(np.float64).round(4).tolist()
    return numbers
