"""fleeting inspect."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    dataset: Annotated[Path, typer.Argument(metavar="DIR", help="A data set that `fleeting synthesize` made.")],
    out: Annotated[Path, typer.Option(help="FILE.html (all), FILE.png (contact sheet) or FILE.gif (flicker).")],
    samples: Annotated[int, typer.Option(min=1, help="How many samples to show.")] = 24,
) -> None:
    """Look at a synthetic data set: contact sheet, flicker, motion.

    Example: fleeting inspect data/mie-x --out mie-x.html
    """
    from ..reports.inspect import inspect_dataset

    typer.echo(inspect_dataset(dataset, out, samples=samples))
