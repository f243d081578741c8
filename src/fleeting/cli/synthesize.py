"""fleeting synthesize."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .arguments import RecipePath, Settings, Workers, count


class Executor(StrEnum):
    """Where the workers run."""

    INLINE = "inline"
    PROCESS = "process"


def command(
    recipe: RecipePath,
    out: Annotated[Path, typer.Option(help="Folder of the data set.")],
    workers: Workers = 0,
    executor: Annotated[Executor, typer.Option(help="inline: this process; process: a pool.")] = Executor.PROCESS,
    settings: Settings = None,
) -> None:
    """Make the labelled data set of a recipe, or finish one that was interrupted.

    Example: fleeting synthesize recipes/mie-x.toml --out data/mie-x
    """
    from ..synthesis import synthesize
    from .recipe import read_recipe

    parsed, _, _ = read_recipe(recipe, settings or ())
    summary = synthesize(parsed, out, workers=1 if executor is Executor.INLINE else count(workers))
    made = f"{summary['done']} of {summary['planned']} samples in {summary['shards']} shards"
    typer.echo(f"{out}: {made} ({summary['made']} shards made now), {summary['failed']} failed")
    for reason, number in summary["reasons"].items():
        typer.echo(f"  {number} failed: {reason}")
