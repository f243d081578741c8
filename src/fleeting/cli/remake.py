"""fleeting remake."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    dataset: Annotated[str, typer.Argument(metavar="DIR", help="A data set that `fleeting synthesize` made.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="A key of its manifest, for example 000000012.")],
    out: Annotated[Path, typer.Option(help="Folder for the sample's files.")],
) -> None:
    """Make one sample again from its row of the manifest. Exit code 0 bit for bit what the shard holds, 1 not.

    Example: fleeting remake data/mie-x 000000012 --out sample
    """
    from ..synthesis import remake

    remade = remake(dataset, key, out)
    for name, (then, now) in remade.changed.items():
        typer.echo(f"changed since: {name} was {then!r}, is {now!r}")
    for extension, content in remade.files.items():
        verdict = "differs from the shard" if extension in remade.differing else "as in the shard"
        typer.echo(f"{out / f'{key}.{extension}'}: {len(content)} bytes, {verdict}")
    raise typer.Exit(1 if remade.differing else 0)
