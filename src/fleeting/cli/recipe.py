"""Reads a recipe file. One file may hold both halves, so that an experiment stands in one place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from ..errors import OptionsError, nearest
from ..options import Options, Tables, override, read_toml
from ..synthesis.recipe import SynthesisRecipe
from ..training.recipe import TrainingRecipe

First = TypeVar("First", bound=Options)
Second = TypeVar("Second", bound=Options)

RECORDS = ("inputs", "versions")
"""Tables that a recipe.toml as run carries in addition; they say what was used and ask for nothing."""
RUNS = "run"
"""The array of tables in which a recipe of a leaderboard lists its runs."""


def read_recipe(path: Path, settings: Sequence[str] = ()) -> tuple[SynthesisRecipe, TrainingRecipe, set[str]]:
    """The two halves of the recipe at `path` after `settings`, and the names of the tables that it holds.

    Raises:
        OptionsError: the file is not a recipe, or a key or value is wrong.
    """
    tables = read_toml(path)
    if RUNS in tables:
        raise OptionsError(
            "The recipe lists several runs.", where=str(path), cure=f"fleeting leaderboard {path} --out DIR"
        )
    return parse_recipe(override(tables, settings), str(path))


def parse_recipe(tables: Tables, where: str) -> tuple[SynthesisRecipe, TrainingRecipe, set[str]]:
    """The same from tables that are read already.

    Both halves are checked whichever verb asks, so that a slip of the pen shows at once.

    Raises:
        OptionsError: a key or value is wrong.
    """
    tables = {name: table for name, table in tables.items() if name not in RECORDS}
    return *parse_halves(tables, SynthesisRecipe, TrainingRecipe, where), set(tables)


def parse_halves(tables: Tables, first: type[First], second: type[Second], where: str) -> tuple[First, Second]:
    """Two kinds of options from one recipe, each from the tables that it knows.

    Raises:
        OptionsError: a table that neither knows, or a key or value is wrong.
    """
    known = {**first.model_fields, **second.model_fields}
    for name in tables:
        if name not in known:
            raise OptionsError(
                f"The recipe has an unknown table [{name}].", expected=nearest(name, known), got=name, where=where
            )
    ours, theirs = (
        {name: table for name, table in tables.items() if name in kind.model_fields} for kind in (first, second)
    )
    return first.parse(ours, where), second.parse(theirs, where)
