"""fleeting synthesize."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from .arguments import RecipePath, Settings, Workers, count


class Executor(StrEnum):
    """Where the workers run."""

    INLINE = "inline"
    PROCESS = "process"
    RAY = "ray"
    SLURM = "slurm"


def command(
    recipe: RecipePath,
    out: Annotated[str, typer.Option(metavar="DIR", help="The data set: a folder, or for example s3://bucket/name.")],
    workers: Workers = 0,
    executor: Annotated[
        Executor, typer.Option(help="inline: this process; process: a pool; ray, slurm: a cluster (docs/scale.md).")
    ] = Executor.PROCESS,
    address: Annotated[
        str, typer.Option(help="Of a running Ray cluster; without it Ray is started on this machine.")
    ] = "",
    executor_option: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="For example partition=short with slurm; repeatable."),
    ] = None,
    settings: Settings = None,
) -> None:
    """Make the labelled data set of a recipe, or finish one that was interrupted.

    Example: fleeting synthesize recipes/mie-x.toml --out data/mie-x
    """
    from ..executors import create_executor
    from ..options import override
    from ..synthesis import synthesize
    from .logs import is_json
    from .recipe import read_recipe

    parsed, _, _ = read_recipe(recipe, settings or ())
    options = override({"address": address} if address else {}, executor_option or ())
    # A cluster knows itself how many cores it has.
    places = count(workers) if executor in (Executor.INLINE, Executor.PROCESS) else workers
    chosen = create_executor(executor.value, places, options)
    summary = synthesize(parsed, out, workers=count(workers), executor=chosen, progress=not is_json())
    made = f"{summary['done']} of {summary['planned']} samples in {summary['shards']} shards"
    typer.echo(f"{out}: {made} ({summary['made']} shards made now), {summary['failed']} failed")
    for reason, number in summary["reasons"].items():
        typer.echo(f"  {number} failed: {reason}")
