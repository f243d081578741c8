"""The data card: README.md of a data set, with front matter that the Hugging Face hub understands."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

import jinja2

from ..action_units import AUSource
from ..faces.pool import FacePool
from ..generators import create_generator
from ..types import AU_NUMBERS, LABELS
from .recipe import SynthesisRecipe

SIZES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B", "1B<n<10B")
"""The Hub's size categories, each ten times the one before."""


def data_card(
    recipe: SynthesisRecipe, name: str, pool: FacePool, sources: Mapping[str, AUSource], summary: Mapping[str, Any]
) -> str:
    """The Markdown text of the card of the data set called `name`."""
    text = resources.files(__package__).joinpath("card.md.j2").read_text(encoding="utf-8")
    rows = pool.rows
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(text).render(
        name=name,
        recipe=recipe,
        summary=summary,
        size=_size(summary["done"]),
        members=_members(recipe),
        faces=pool.counts(),
        licences=sorted(set(rows.loc[rows["status"] == "accepted", "licence"])),
        sources={key: source.counts() for key, source in sources.items()},
        digests=_digests(recipe, pool, sources),
        labels=LABELS,
        au_numbers=AU_NUMBERS,
    )


def _size(samples: int) -> str:
    """The Hub's word for so many samples."""
    return SIZES[min(max(len(str(samples)) - 3, 0), len(SIZES) - 1)]


def _members(recipe: SynthesisRecipe) -> list[str]:
    """The suffixes of a sample's images in the shards; empty where they differ from sample to sample."""
    if recipe.synthesis.output == "flow":
        return ["flow.png"]
    frames = recipe.action_units.frames
    if recipe.action_units.native_length:
        return []
    names = ["onset", "apex"] if frames == 2 else [f"{index:02d}" for index in range(frames)]
    return [f"{name}.{'jpg' if recipe.synthesis.format == 'jpeg' else 'png'}" for name in names]


def _digests(recipe: SynthesisRecipe, pool: FacePool, sources: Mapping[str, AUSource]) -> dict[str, str]:
    """What the samples depend on -> its sha256."""
    generator = create_generator(recipe.generator.name, **recipe.generator.options)
    return {
        "recipe": recipe.digest(),
        "faces": pool.digest,
        "generator": generator.digest,
        **{f"action units, {name}": source.digest for name, source in sources.items()},
    }
