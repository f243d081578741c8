"""fleeting verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    dataset: Annotated[Path, typer.Argument(metavar="DIR", help="A data set that `fleeting synthesize` made.")],
) -> None:
    """Read a synthetic data set again: hashes, counts, every image, every row. Exit code 0 sound, 1 not.

    Example: fleeting verify data/mie-x
    """
    from ..synthesis import verify

    verdict = verify(dataset)
    for fault in verdict.faults:
        typer.echo(f"fault: {fault}")
    counts = f"{verdict.samples} samples in {verdict.shards} shards, {verdict.planned} planned, {verdict.failed} failed"
    typer.echo(f"{dataset}: {'sound' if verdict.sound else f'{len(verdict.faults)} faults'}; {counts}")
    raise typer.Exit(0 if verdict.sound else 1)
