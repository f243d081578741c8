"""fleeting doctor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def command(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="A name of `fleeting datasets`.")],
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="Its folder, or one above it; mirror:PATH for one in FLEETING_MIRROR.")
    ],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="How to read it, such as labels=five or bad_apex=middle."),
    ] = None,
    record: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the finding as JSON, too.")
    ] = None,
) -> None:
    """Examine a copy of a data set: layout, counts, every clip. Exit code 0 usable, 1 not.

    Example: fleeting doctor casme2 data/CASME2
    """
    from .. import files
    from ..datasets.doctor import examine
    from ..options import override

    diagnosis = examine(dataset, path, override({}, settings or []))
    if record is not None:
        files.write_text(record, json.dumps(diagnosis.record(), indent=2) + "\n")
    typer.echo(diagnosis.text())
    raise typer.Exit(0 if diagnosis.usable else 1)
