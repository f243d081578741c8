"""One experiment from its two halves: the data sets that it needs, the run, its recipe and its report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from ..errors import OptionsError
from ..executors import Executor
from ..files import write_text
from ..options import write_toml
from ..reports.run import write_report
from ..synthesis import synthesize
from ..synthesis.recipe import SynthesisRecipe
from ..training.experiment import run
from ..training.recipe import TrainingRecipe
from .arguments import Place, count, make_executor

SEED = "{seed}"
"""Stands for the seed in train.root."""


@dataclass(frozen=True)
class Machines:
    """What works on an experiment."""

    workers: int
    """Processes on this machine."""
    executor: Executor | None
    """Where data sets and folds are made; None: the data sets by `workers`, the folds in this process."""

    @classmethod
    def of(cls, place: Place | None, workers: int, address: str, settings: list[str] | None) -> Machines:
        """What the options of a command say; on a cluster `--workers` counts places there, not processes here.

        Raises:
            OptionsError: one of them is wrong, or they describe an executor that is not named.
        """
        if place is None and (address or settings):
            raise OptionsError("--address and --executor-option need --executor.", cure="for example --executor ray")
        if place is None:
            return cls(count(workers), None)
        here = workers if place in (Place.INLINE, Place.PROCESS) else 0
        return cls(count(here), make_executor(place, workers, address, settings))


def carry_out(
    synthesis: SynthesisRecipe, training: TrainingRecipe, out: Path, *, data: Path, machines: Machines, origin: str
) -> dict[str, Any]:
    """Synthesize what the training asks for and names no folder of, train, test, and write the run with its report.

    Args:
        synthesis: how the data set of a seed is made; its own seed is replaced by the training's.
        training: the training and test.
        out: the run folder.
        data: where the data sets are made, as DATA/seed-N; finished ones are used as they are.
        machines: what works on it.
        origin: name of the recipe, for the head of recipe.toml.

    Returns:
        The content of results.json.
    """
    place = training.train.root
    numbered = [number for number in training.train.seeds if SEED in place]
    roots = {number: Path(place.replace(SEED, str(number))) for number in numbered}
    if training.needs_synthetic() and not place:
        for number in training.train.seeds:
            output = synthesis.synthesis.model_copy(update={"seed": number})
            roots[number] = data / f"seed-{number}"
            typer.echo(f"synthesizing {roots[number]}", err=True)
            part = synthesis.model_copy(update={"synthesis": output})
            synthesize(part, roots[number], workers=machines.workers, executor=machines.executor)
    results = run(training, out, roots=roots, workers=machines.workers, executor=machines.executor)
    tables = training.model_dump(mode="json") | ({} if place else synthesis.model_dump(mode="json"))
    write_text(out / "recipe.toml", write_toml(tables, [f"As run, from {origin}."]))
    write_report(out, data=list(roots.values()) or ([Path(place)] if place else []))
    return results
