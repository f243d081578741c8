"""One experiment from its two halves: the data sets that it needs, the run, its recipe and its report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from ..files import write_text
from ..options import write_toml
from ..reports.run import write_report
from ..synthesis import synthesize
from ..synthesis.recipe import SynthesisRecipe
from ..training.experiment import run
from ..training.recipe import TrainingRecipe


def carry_out(
    synthesis: SynthesisRecipe, training: TrainingRecipe, out: Path, *, data: Path, workers: int, origin: str
) -> dict[str, Any]:
    """Synthesize what the training asks for and names no folder of, train, test, and write the run with its report.

    Args:
        synthesis: how the data set of a seed is made; its own seed is replaced by the training's.
        training: the training and test.
        out: the run folder.
        data: where the data sets are made, as DATA/seed-N; finished ones are used as they are.
        workers: processes.
        origin: name of the recipe, for the head of recipe.toml.

    Returns:
        The content of results.json.
    """
    place = training.train.root
    roots = {number: Path(place.format(seed=number)) for number in training.train.seeds if "{seed}" in place}
    if training.needs_synthetic() and not place:
        for number in training.train.seeds:
            output = synthesis.synthesis.model_copy(update={"seed": number})
            roots[number] = data / f"seed-{number}"
            typer.echo(f"synthesizing {roots[number]}", err=True)
            synthesize(synthesis.model_copy(update={"synthesis": output}), roots[number], workers=workers)
    results = run(training, out, roots=roots, workers=workers)
    tables = training.model_dump(mode="json") | ({} if place else synthesis.model_dump(mode="json"))
    write_text(out / "recipe.toml", write_toml(tables, [f"As run, from {origin}."]))
    write_report(out, data=list(roots.values()) or ([Path(place)] if place else []))
    return results
