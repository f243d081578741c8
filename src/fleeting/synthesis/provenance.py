"""What decides the bytes of a data set beside its recipe: the inputs' contents and the versions of what reads them."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from ..action_units import AUSource
from ..errors import ManifestError, OptionsError
from ..faces.pool import FacePool
from ..files import write_text
from ..generators import Generator
from ..options import Tables, read_toml, write_toml
from ..remote import AnyPath
from .recipe import SynthesisRecipe

RECIPE = "recipe.toml"
PACKAGES = ("fleeting", "numpy", "opencv-contrib-python")
"""Packages whose versions decide the bytes of a sample."""
HEAD = "The recipe as run. `fleeting synthesize` with it finishes or checks this data set."


def surroundings(generator: Generator, sources: Mapping[str, AUSource]) -> dict[str, dict[str, str]]:
    """The tables [inputs] and [versions] as this process sees them, without recipe and faces."""
    return {
        "inputs": {
            "generator": generator.digest,
            **{f"action_units_{name}": source.digest for name, source in sources.items()},
        },
        "versions": {
            "system": f"{platform.system()} {platform.machine()}",
            "python": ".".join(map(str, sys.version_info[:3])),
            **{name: importlib.metadata.version(name) for name in PACKAGES},
        },
    }


def as_run(recipe: SynthesisRecipe, pool: FacePool, around: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The tables of recipe.toml; `around` is what `surroundings` gives."""
    inputs = {"recipe": recipe.digest(), "faces": pool.digest, **around["inputs"]}
    return {**recipe.model_dump(mode="json"), "inputs": inputs, "versions": dict(around["versions"])}


def claim(root: AnyPath, tables: Mapping[str, Any]) -> None:
    """Write recipe.toml into `root`, or check that the one there means the same data set.

    Raises:
        OptionsError: it means another one.
        ManifestError: the one there is damaged.
    """
    path, text = root / RECIPE, write_toml(tables, [HEAD])
    if not path.exists():
        write_text(path, text)
        return
    changed = difference(recipe_of(root), tomllib.loads(text))
    if changed:
        raise OptionsError(
            f"{root} holds the data set of another recipe.",
            expected="; ".join(f"{key} = {old!r}" for key, (old, _) in list(changed.items())[:6]),
            got="; ".join(f"{key} = {new!r}" for key, (_, new) in list(changed.items())[:6]),
            where=str(path),
            cure="choose another --out, or delete that folder",
        )


def recipe_of(root: AnyPath) -> Tables:
    """The tables of recipe.toml, those that record what was used included.

    Raises:
        ManifestError: it is missing or damaged.
    """
    path = root / RECIPE
    try:
        return read_toml(path)
    except OptionsError as error:
        raise ManifestError(
            "The recipe of the data set cannot be read.",
            got=f"{error.problem} {error.got}".strip(),
            where=str(path),
            cure="delete it, then run `fleeting synthesize` with the same recipe again",
        ) from None


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Key path -> (value before, value now) of all that differs; the hash of the recipe stands for itself last."""
    old, new = dict(_flat(before)), dict(_flat(now))
    changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    changed.sort(key=lambda key: key == "inputs.recipe")
    return {key: (old.get(key), new.get(key)) for key in changed}


def _flat(tables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tables.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
