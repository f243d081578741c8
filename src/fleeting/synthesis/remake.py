"""Any sample again, bit for bit, from its row of the manifest and the recipe beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import manifest
from ..errors import ManifestError
from ..faces import create_faces
from ..files import atomic_write
from ..remote import AnyPath, place
from .engine import explained
from .plan import facts, plan_samples
from .provenance import RECIPE, as_run, difference, recipe_of, surroundings
from .recipe import SynthesisRecipe
from .shards import tar_path
from .verify import agree, samples
from .worker import load_tools, make_samples


@dataclass(frozen=True)
class Remade:
    """One sample, made again."""

    files: dict[str, bytes]
    """Extension -> content."""
    differing: list[str]
    """Extensions whose bytes are not those of the shard; empty = bit for bit."""
    changed: dict[str, tuple[Any, Any]]
    """What is other than when the data set was made: key path of recipe.toml -> (then, now)."""


def remake(root: AnyPath | str, key: str, out: AnyPath | str) -> Remade:
    """Make sample `key` of the data set at `root` again, write its files to `out` and compare them with the shard.

    Raises:
        ManifestError: there is no such sample, it failed, or its row does not follow from the recipe.
        FleetingError: an input of the recipe cannot be used.
    """
    root, out = place(root), place(out)
    row, tables = manifest.find(root, key), recipe_of(root)
    recipe = SynthesisRecipe.parse(
        {name: table for name, table in tables.items() if name in SynthesisRecipe.model_fields}, str(root / RECIPE)
    )
    if row["status"] != "done":
        raise ManifestError(f"Sample {key} could not be made.", got=row["reason"], where=str(root / manifest.NAME))
    tools, pool = load_tools(recipe.model_dump_json()), create_faces(recipe.faces)
    number = int(key) if key.isdecimal() else recipe.planned
    if number >= recipe.planned:
        raise ManifestError(
            "The recipe plans no sample of this key.",
            expected=f"000000000 to {recipe.planned - 1:09d}",
            got=key[:80],
            where=str(root / manifest.NAME),
        )
    sample = next(plan_samples(recipe, tools.sources, number, number + 1))
    expected = facts(sample, pool.identity(sample.face), tools.generator.name, tools.generator.digest)
    _check(row, expected, root)
    _, files = next(make_samples(tools, pool, [sample]))
    if isinstance(files, str):
        raise ManifestError(f"Sample {key} cannot be made here.", got=files, where=str(root))
    with explained(out):
        for extension, content in files.items():
            with atomic_write(out / f"{key}.{extension}") as file:
                file.write(content)
    stored = next((found for name, found in samples(tar_path(root, row["shard"])) if name == key), {})
    differing = sorted(name for name in files.keys() | stored.keys() if files.get(name) != stored.get(name))
    now = as_run(recipe, pool, surroundings(tools.generator, tools.sources))
    return Remade(files, differing, difference(tables, now))


def _check(row: Mapping[str, Any], expected: Mapping[str, Any], root: AnyPath) -> None:
    """The row and the plan must mean one sample, else the images would be of another."""
    for name, value in expected.items():
        # The generator's hash may be another where its code changed; whether that shows is seen in the bytes.
        if not agree(value, row[name]) and name != "generator_hash":
            raise ManifestError(
                "The row of a sample does not follow from the recipe.",
                expected=f"{name} = {value!r}",
                got=f"{name} = {row[name]!r}",
                where=str(root / manifest.NAME),
                cure="see `fleeting verify`",
            )
