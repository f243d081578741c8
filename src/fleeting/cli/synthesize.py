"""fleeting synthesize."""

from __future__ import annotations

from typing import Annotated

import typer

from .arguments import PLACES, Address, ExecutorOptions, Place, RecipePath, Settings, Workers, count, make_executor


def command(
    recipe: RecipePath,
    out: Annotated[str, typer.Option(metavar="DIR", help="The data set: a folder, or for example s3://bucket/name.")],
    workers: Workers = 0,
    executor: Annotated[Place, typer.Option(help=PLACES)] = Place.PROCESS,
    address: Address = "",
    executor_option: ExecutorOptions = None,
    settings: Settings = None,
) -> None:
    """Make the labelled data set of a recipe, or finish one that was interrupted.

    Example: fleeting synthesize recipes/mie-x.toml --out data/mie-x
    """
    from ..synthesis import synthesize
    from .logs import is_json
    from .recipe import read_recipe

    parsed, _, _ = read_recipe(recipe, settings or ())
    chosen = make_executor(executor, workers, address, executor_option)
    summary = synthesize(parsed, out, workers=count(workers), executor=chosen, progress=not is_json())
    made = f"{summary['done']} of {summary['planned']} samples in {summary['shards']} shards"
    typer.echo(f"{out}: {made} ({summary['made']} shards made now), {summary['failed']} failed")
    for reason, number in summary["reasons"].items():
        typer.echo(f"  {number} failed: {reason}")
