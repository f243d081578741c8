"""fleeting report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    run: Annotated[Path, typer.Argument(metavar="PATH", help="A run folder.")],
    data: Annotated[list[Path] | None, typer.Option(help="A data set that the run trained on; repeatable.")] = None,
) -> None:
    """Write report.html of a run again, without training or scoring anything.

    Example: fleeting report runs/direct
    """
    from ..reports.run import write_report

    own = sorted(folder for folder in (run / "data").glob("seed-*") if folder.is_dir())
    typer.echo(write_report(run, data=data or own))
