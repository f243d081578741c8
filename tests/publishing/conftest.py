"""Data sets of a few samples, made once, and what is pushed and loaded from them."""

import pytest

from fake_synthetic import write_synthetic
from fleeting.synthesis import SynthesisRecipe, synthesize

DONORS = [("casme2", "sub01", "EP02_01f"), None, ("smic", "s1", "s1_ne_01")]
CARD = """---
license: other
configs:
- config_name: default
  data_files:
  - split: train
    path: shards/*.tar
---

# a name

## Content

As it was.

## Words by hand

Please cite us.
"""


@pytest.fixture(scope="session")
def pairs(tmp_path_factory):
    """24 samples in three shards: two portraits, one variation of each, two sources of action units, JPEG."""
    root = tmp_path_factory.mktemp("made") / "pairs"
    recipe = SynthesisRecipe.parse(
        {
            "synthesis": {"identities": 4, "shard_size": 10},
            "faces": {"name": "embedded", "size": 64},
            "action_units": {"sources": ["micro", "expert"]},
        }
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLEETING_CACHE", str(tmp_path_factory.mktemp("cache")))
        synthesize(recipe, root, progress=False)
    return root


@pytest.fixture
def fake(tmp_path):
    """A function that writes a data set with donors, or with failed samples, of any kind."""

    def write(holds="pairs", licence="CC0-1.0", file="portraits/a.png", **options):
        root = write_synthetic(tmp_path / "fake", holds=holds, donors=DONORS, **options)
        (root / "README.md").write_text(CARD, encoding="utf-8")
        (root / "recipe.toml").write_text("", encoding="utf-8")
        (root / "faces.csv").write_text(
            f"identity,file,status,reason,licence\na,{file},accepted,,{licence}\nb,secret/b.png,rejected,blurred,none\n"
        )
        return root

    return write
