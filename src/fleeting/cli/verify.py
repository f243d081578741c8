"""fleeting verify."""

from __future__ import annotations

from typing import Annotated

import typer

from .arguments import Workers, count


def command(
    dataset: Annotated[str, typer.Argument(metavar="DIR", help="A data set that `fleeting synthesize` made.")],
    repair: Annotated[bool, typer.Option("--repair", help="Make damaged shards anew, then look again.")] = False,
    workers: Workers = 0,
) -> None:
    """Read a synthetic data set again: hashes, counts, every image, every row. Exit code 0 sound, 1 not.

    Example: fleeting verify data/mie-x
    """
    from .. import synthesis
    from ..remote import place
    from .recipe import parse_recipe

    verdict = synthesis.verify(dataset)
    for fault in verdict.faults:
        typer.echo(f"fault: {fault}")
    if repair and not verdict.sound:
        recipe, _, _ = parse_recipe(synthesis.recipe_of(place(dataset)), dataset)
        synthesis.repair(dataset, verdict, recipe, count(workers))
        typer.echo(f"made anew: {len(verdict.damaged)} shards and the manifest")
        verdict = synthesis.verify(dataset)
        for fault in verdict.faults:
            typer.echo(f"fault: {fault}")
    counts = f"{verdict.samples} samples in {verdict.shards} shards, {verdict.planned} planned, {verdict.failed} failed"
    typer.echo(f"{dataset}: {'sound' if verdict.sound else f'{len(verdict.faults)} faults'}; {counts}")
    raise typer.Exit(0 if verdict.sound else 1)
