"""The data card: README.md of a data set, with front matter that the Hugging Face hub understands."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

import jinja2

from ..action_units import AUSource
from ..faces.pool import FacePool
from ..types import AU_NUMBERS, LABELS
from .recipe import SynthesisRecipe

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


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
        size=next((label for limit, label in SIZES if summary["planned"] < limit), "n>1M"),
        extension="flow.png" if recipe.synthesis.output == "flow" else _extension(recipe),
        faces=pool.counts(),
        licences=sorted(set(rows.loc[rows["status"] == "accepted", "licence"])),
        sources={key: source.counts() for key, source in sources.items()},
        labels=LABELS,
        au_numbers=AU_NUMBERS,
    )


def _extension(recipe: SynthesisRecipe) -> str:
    return "jpg" if recipe.synthesis.format == "jpeg" else "png"
