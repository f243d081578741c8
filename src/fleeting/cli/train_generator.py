"""fleeting train-generator."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .arguments import RecipePath, Settings, Workers, count

if TYPE_CHECKING:
    from ..synthesis.recipe import SynthesisRecipe
    from ..training.ganimation.recipe import GeneratorRecipe

DATA = "data"
"""Folder of the run in which the recipe's own data set is made."""


def command(
    recipe: RecipePath,
    out: Annotated[Path, typer.Option(help="Folder of the run.")],
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda. Default: the recipe's.")] = None,
    workers: Workers = 0,
    settings: Settings = None,
) -> None:
    """Train GANimation, the generator that learns from images with known action units.

    Where the recipe names no data.root, its data set is made first, in OUT/data. The same command goes on where an
    interrupted one was. Several GPUs: torchrun --nproc-per-node 4 -m fleeting.cli.main train-generator ...

    Example: fleeting train-generator recipes/ganimation-small.toml --out runs/ganimation-small
    """
    from ..files import write_text
    from ..options import write_toml
    from ..reports.generator_training import write_training_report
    from ..training.ganimation.loop import train_generator

    synthesis, training = read_tables(recipe, [*(settings or ()), *([f'train.device="{device}"'] if device else [])])
    first = os.environ.get("RANK", "0") == "0"
    asked = training.model_dump(mode="json")
    if not training.data.root:
        make_data(synthesis, out / DATA, first, count(workers))
        asked |= synthesis.model_dump(mode="json")
        training = training.model_copy(update={"data": training.data.model_copy(update={"root": str(out / DATA)})})
    if first:
        write_text(out / "recipe.toml", write_toml(asked, [f"As run, from {recipe.name}."]))
    generator = train_generator(training, out)
    if first:
        page = write_training_report(out)
        typer.echo(f"generator: {generator}\nreport: {page}")


def make_data(recipe: SynthesisRecipe, folder: Path, first: bool, workers: int) -> None:
    """Make the training's own data set, or wait until the first process has."""
    from .. import manifest
    from ..synthesis import synthesize

    if first:
        synthesize(recipe, folder, workers=workers)
    while not (folder / manifest.NAME).is_file():  # it is written last
        time.sleep(1)


def read_tables(path: Path, settings: list[str]) -> tuple[SynthesisRecipe, GeneratorRecipe]:
    """The synthesis and the training half of a recipe of a generator.

    Raises:
        OptionsError: the file is not a recipe, or a key or value is wrong.
    """
    from ..errors import OptionsError
    from ..options import override, read_toml
    from ..synthesis.recipe import SynthesisRecipe
    from ..training.ganimation.recipe import GeneratorRecipe
    from .recipe import parse_halves

    tables = override(read_toml(path), settings)
    synthesis, training = parse_halves(tables, SynthesisRecipe, GeneratorRecipe, str(path))
    if not (training.data.root or tables.keys() & SynthesisRecipe.model_fields):
        raise OptionsError(
            "The recipe names no data.",
            expected="data.root, or tables of a synthesis such as [faces]",
            where=str(path),
            cure='--set data.root="FOLDER"',
        )
    return synthesis, training
