"""fleeting export."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .arguments import Workers, count


class Form(StrEnum):
    """For whom a data set is laid out."""

    HF = "hf"
    WEBDATASET = "webdataset"
    IMAGEFOLDER = "imagefolder"
    LEGACY = "legacy"
    LEGACY_FLOW = "legacy-flow"


def command(
    dataset: Annotated[Path, typer.Argument(metavar="DIR", help="A data set that `fleeting synthesize` made.")],
    form: Annotated[
        Form,
        typer.Option(
            "--to",
            help="hf: Parquet for `datasets` and the Hub; webdataset: the shards; imagefolder: files and "
            "metadata.jsonl; legacy: folders as in MiE-X's code; legacy-flow: 28 x 28 flow images.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the export: new, or that of the same export.")],
    validation: Annotated[
        float, typer.Option(min=0, max=0.9, help="Share of the portraits for a validation split (hf, imagefolder).")
    ] = 0,
    workers: Workers = 1,
) -> None:
    """Lay a synthetic data set out for other software.

    With it go a data card and a Croissant description. It is verified first: exit code 1 if it is not sound. An export
    that was interrupted goes on when run again.

    Example: fleeting export data/mie-x --to hf --out data/mie-x-hf
    """
    from ..publishing.export import export

    check(dataset)
    made = export(dataset, form.value, out, validation=validation, workers=count(workers))
    samples = ", ".join(f"{number} {split}" for split, number in made["samples"].items())
    typer.echo(f"{out}: {samples} of {made['planned']} planned; {made['parts']} parts, {made['made']} made now")
    for reason, number in made["failed"].items():
        typer.echo(f"  {number} failed, not in it: {reason}")


def check(dataset: Path) -> None:
    """Say what `fleeting verify` says of an unsound data set, and end with exit code 1."""
    from ..synthesis import verify

    verdict = verify(str(dataset))
    for fault in verdict.faults:
        typer.echo(f"fault: {fault}", err=True)
    if not verdict.sound:
        typer.echo(f"{dataset}: {len(verdict.faults)} faults; nothing was passed on", err=True)
        raise typer.Exit(1)
