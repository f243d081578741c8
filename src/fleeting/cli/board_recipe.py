"""A recipe of a leaderboard: the tables that its runs share, and [[run]] tables with a name and what is set otherwise.

[[run]]
name = "ststnet"
set = ["model.name=ststnet", "train.epochs=100"]
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer
from pydantic import Field

from ..errors import OptionsError
from ..models import MODELS
from ..options import Options, Tables, override, read_toml
from ..synthesis.recipe import SynthesisRecipe
from ..training.recipe import TrainingRecipe
from .recipe import RUNS, parse_recipe

if TYPE_CHECKING:
    from .experiment import Machines


class RunTable(Options):
    """[[run]]: one run of a leaderboard."""

    name: str
    """Its folder."""
    set: list[str] = Field(default_factory=list)
    """KEY.PATH=VALUE texts, as for --set."""


def read_board(path: Path) -> dict[str, tuple[SynthesisRecipe, TrainingRecipe]]:
    """The runs of a recipe by name, all checked before one is started.

    Raises:
        OptionsError: the file is no recipe of a leaderboard, a name is used twice, or a key or value is wrong.
    """
    tables = read_toml(path)
    listed = tables.pop(RUNS, None)
    if not isinstance(listed, list) or not listed:
        raise OptionsError("The recipe lists no runs.", expected="[[run]] tables", where=str(path))
    runs: dict[str, tuple[SynthesisRecipe, TrainingRecipe]] = {}
    for table in listed:
        asked = RunTable.parse(table, f"{path}, [[run]]")
        if asked.name in runs or not asked.name or "/" in asked.name:
            raise OptionsError("A run needs a name of its own, without /.", got=asked.name, where=str(path))
        runs[asked.name] = _halves(tables, asked, path)
    return runs


def carry_out_board(path: Path, out: Path, machines: Machines) -> list[Path]:
    """Carry out the runs of a recipe that are not finished yet.

    Runs are kept in OUT/runs/NAME; one that stands there with the same recipe is not repeated. Runs whose synthesis is
    the same share their data sets, OUT/data/DIGEST/seed-N.

    Returns:
        The run folders.
    """
    from .experiment import carry_out

    runs = read_board(path)
    for number, (name, (synthesis, training)) in enumerate(runs.items(), start=1):
        folder = out / "runs" / name
        if _finished(folder, training):
            typer.echo(f"[{number}/{len(runs)}] {name}: finished before", err=True)
            continue
        typer.echo(f"[{number}/{len(runs)}] {name}", err=True)
        data = out / "data" / synthesis.digest()[:12]
        carry_out(synthesis, training, folder, data=data, machines=machines, origin=f"{path.name}, run {name}")
    return [out / "runs" / name for name in runs]


def _halves(tables: Tables, asked: RunTable, path: Path) -> tuple[SynthesisRecipe, TrainingRecipe]:
    synthesis, training, _ = parse_recipe(override(tables, asked.set), f"{path}, run {asked.name}")
    MODELS.load(training.model.name)  # a name that is none shows now, not hours later
    return synthesis, training


def _finished(folder: Path, training: TrainingRecipe) -> bool:
    if not (folder / "results.json").is_file() or not (folder / "recipe.toml").is_file():
        return False
    try:
        _, known, _ = parse_recipe(read_toml(folder / "recipe.toml"), str(folder))
    except OptionsError:  # of another version
        return False
    return known == training
