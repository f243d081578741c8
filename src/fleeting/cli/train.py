"""fleeting train."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .arguments import Address, ExecutorOptions, RecipePath, Settings, TrainPlace, Workers


def command(
    recipe: RecipePath,
    out: Annotated[Path, typer.Option(help="Folder of the run.")],
    seed: Annotated[list[int] | None, typer.Option(help="Seed of a repeat; repeatable. Default: the recipe's.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda. Default: the recipe's.")] = None,
    workers: Workers = 0,
    executor: TrainPlace = None,
    address: Address = "",
    executor_option: ExecutorOptions = None,
    settings: Settings = None,
) -> None:
    """Train and test a recogniser as the recipe says, and write the run's report.

    Where the recipe trains on synthetic data and names no train.root, the data set of each seed is made first, in
    OUT/data/seed-N, so that the spread over seeds covers the synthesis too. Another run can use these data sets by
    train.root="OUT/data/seed-{seed}". With --executor, folds and data sets are made as tasks (docs/scale.md).

    Example: fleeting train recipes/direct.toml --out runs/direct --set model.name=ststnet
    """
    from ..reports.tables import summary_text
    from .experiment import Machines, carry_out
    from .recipe import read_recipe

    choices = [*(settings or ())]
    choices += [f"train.seeds={seed}"] if seed else []
    choices += [f'train.device="{device}"'] if device else []
    synthesis, training, _ = read_recipe(recipe, choices)
    machines = Machines.of(executor, workers, address, executor_option)
    results = carry_out(synthesis, training, out, data=out / "data", machines=machines, origin=recipe.name)
    typer.echo(summary_text(results))
    typer.echo(f"report: {out / 'report.html'}")
