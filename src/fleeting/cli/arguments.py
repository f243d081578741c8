"""Options that several verbs share."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..executors import Executor


class Place(StrEnum):
    """Where the workers run."""

    INLINE = "inline"
    PROCESS = "process"
    RAY = "ray"
    SLURM = "slurm"


RecipePath = Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe (TOML); see recipes/.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY.PATH=VALUE", help="Change a value of the recipe; repeatable.")
]
Workers = Annotated[
    int, typer.Option("--workers", min=0, help="Processes; 0 = one per core. The result does not depend on it.")
]

PLACES = "inline: this process; process: a pool; ray, slurm: a cluster (docs/scale.md)."
TrainPlace = Annotated[
    Place | None, typer.Option("--executor", help=f"Train the folds as tasks. {PLACES} Default: here, without tasks.")
]
Address = Annotated[str, typer.Option(help="Of a running Ray cluster; without it Ray is started on this machine.")]
ExecutorOptions = Annotated[
    list[str] | None,
    typer.Option("--executor-option", metavar="KEY=VALUE", help="For example partition=short with slurm; repeatable."),
]


def count(workers: int) -> int:
    """The number of processes that `--workers` means."""
    return workers or os.cpu_count() or 1


def make_executor(place: Place, workers: int, address: str, settings: list[str] | None) -> Executor:
    """The executor that the options describe.

    Raises:
        OptionsError: one of them is wrong.
    """
    from ..executors import create_executor
    from ..options import override

    options = override({"address": address} if address else {}, settings or ())
    # A cluster knows itself how many cores it has.
    places = count(workers) if place in (Place.INLINE, Place.PROCESS) else workers
    return create_executor(place.value, places, options)
