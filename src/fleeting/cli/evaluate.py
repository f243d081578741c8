"""fleeting evaluate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

ORIGIN = ("recipe.toml", "environment.json", "folds.csv", "training.csv", "history.csv")
"""Files of a run that say how its predictions came about."""


def command(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A run folder, or a predictions table (CSV).")],
    out: Annotated[Path, typer.Option(help="Folder for predictions.csv, results.json and report.html.")],
) -> None:
    """Score a run or a table of predictions again, from the predictions alone.

    Example: fleeting evaluate runs/direct --out runs/direct-again
    """
    from ..evaluation import read_predictions, score, write_predictions
    from ..files import write_text
    from ..reports.json_files import read_json
    from ..reports.run import write_report
    from ..reports.tables import summary_text

    table = read_predictions(path / "predictions.csv" if path.is_dir() else path)
    # How the epochs were chosen cannot be seen in a table of predictions: only a run of ours says it.
    told = (read_json(path / "results.json") if path.is_dir() else None) or {}
    scored = score(table)
    notes = list(dict.fromkeys([*told.get("notes", []), *scored["notes"]]))
    others = {rule: path / f"predictions-{rule}.csv" for rule in told.get("selections", {})}
    again = {rule: score(read_predictions(file)) for rule, file in others.items() if file.is_file()}
    told["selections"] = {rule: {key: found[key] for key in ("overall", "parts")} for rule, found in again.items()}
    results = {"selection": "unknown", **told, **scored, "notes": notes}
    write_predictions(out / "predictions.csv", table)
    for name in (*ORIGIN, *(file.name for file in others.values())):
        if path.is_dir() and path != out and (path / name).is_file():
            write_text(out / name, (path / name).read_text(encoding="utf-8"))
    write_text(out / "results.json", json.dumps(results, indent=2) + "\n")
    page = write_report(out)
    typer.echo(summary_text(results))
    typer.echo(f"report: {page}")
