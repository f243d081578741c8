"""A data set small enough for every test: two sitters, one or two shards."""

from typing import Any

from fleeting.synthesis import SynthesisRecipe


def small_recipe(**synthesis: Any) -> SynthesisRecipe:
    """Expert action units on the embedded faces, 64 px; 4 identities and 6 samples per shard unless told."""
    tables = {
        "synthesis": {"identities": 4, "shard_size": 6, **synthesis},
        "faces": {"name": "embedded", "size": 64},
        "action_units": {"sources": ["expert"]},
    }
    return SynthesisRecipe.parse(tables)
