"""fleeting leaderboard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .arguments import Address, ExecutorOptions, TrainPlace, Workers


def command(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Run folders, folders that hold some, or a recipe that lists runs."),
    ],
    out: Annotated[Path, typer.Option(help="Folder for leaderboard.md, .tex, .csv and .html.")],
    against: Annotated[
        str | None, typer.Option(metavar="RUN", help="The run to compare with; without it, the best on the same clips.")
    ] = None,
    workers: Workers = 0,
    executor: TrainPlace = None,
    address: Address = "",
    executor_option: ExecutorOptions = None,
) -> None:
    """Audit several runs and set them in one table, beside printed figures.

    A run that fails its audit is listed below the table and not ranked; the exit code stays 0 (`fleeting audit` tells
    it by its own). A recipe with [[run]] tables is carried out first, in OUT/runs; what is finished is not repeated.

    Example: fleeting leaderboard runs --out runs/leaderboard
    """
    from ..reports.comparisons import compare, power_notes
    from ..reports.leaderboard import board_text, write_leaderboard
    from ..reports.standings import read_standings
    from .board_recipe import carry_out_board
    from .experiment import Machines

    machines = Machines.of(executor, workers, address, executor_option)
    folders = []
    for path in runs:
        folders += carry_out_board(path, out, machines) if path.suffix == ".toml" else [path]
    standings = read_standings(folders)
    power = power_notes(standings)
    paths = write_leaderboard(standings, compare(standings, against), power, out)
    typer.echo(board_text(standings, power))
    typer.echo("")
    for path in paths:
        typer.echo(path)
