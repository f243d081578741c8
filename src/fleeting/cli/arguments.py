"""Options that several verbs share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

RecipePath = Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe (TOML); see recipes/.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY.PATH=VALUE", help="Change a value of the recipe; repeatable.")
]
Workers = Annotated[
    int, typer.Option("--workers", min=0, help="Processes; 0 = one per core. The result does not depend on it.")
]


def count(workers: int) -> int:
    """The number of processes that `--workers` means."""
    return workers or os.cpu_count() or 1
