"""How training went: loss and accuracy per epoch and seed, from history.csv."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from ..errors import DatasetError
from ..types import LABELS
from .figures import MUTED, SEED_COLOURS, look, svg

COLUMNS = ["seed", "fold", "epoch", "loss", "accuracy"]


@dataclass(frozen=True, slots=True)
class Training:
    """What the page says about training."""

    curve: str | None
    """Data URI of the figure; None where no model has more than one row (an exactly solved model)."""
    final: tuple[tuple[int, int, int, float, float], ...]
    """Per seed: seed, folds, epochs (or solver steps), last loss and last accuracy, means over folds."""
    accuracy: float
    """Mean last training accuracy, 0..1."""


def read_training(run: Path, classes: int = len(LABELS)) -> Training | None:
    """What history.csv of a run holds; None where there is no such file.

    Raises:
        DatasetError: the file cannot be read or lacks columns.
    """
    path = run / "history.csv"
    if not path.is_file():
        return None
    try:
        table = pd.read_csv(path, dtype={"fold": str})
    except (ValueError, OSError) as error:
        raise DatasetError("The training history cannot be read.", got=str(error), where=str(path)) from error
    missing = [name for name in COLUMNS if name not in table]
    if missing or table.empty:
        raise DatasetError(
            "The training history is incomplete.", expected=", ".join(missing) or "one row or more", where=str(path)
        )
    last = table.sort_values("epoch").groupby(["seed", "fold"], as_index=False).last()
    final = tuple(
        (
            int(str(seed)),
            len(rows),
            round(rows["epoch"].mean()),
            float(rows["loss"].mean()),
            float(rows["accuracy"].mean()),
        )
        for seed, rows in last.groupby("seed")
    )
    several = bool((table.groupby(["seed", "fold"]).size() > 1).any())
    return Training(svg(_draw(table, classes)) if several else None, final, sum(row[4] for row in final) / len(final))


def _draw(table: pd.DataFrame, classes: int) -> Figure:
    mean = table.groupby(["seed", "epoch"], as_index=False)[["loss", "accuracy"]].mean()
    with look():
        figure = Figure(figsize=(8.2, 2.9), layout="constrained")
        left, right = figure.subplots(1, 2)
        for index, (seed, rows) in enumerate(mean.groupby("seed")):
            colour = SEED_COLOURS[index % len(SEED_COLOURS)]
            left.plot(rows["epoch"], rows["loss"], color=colour, linewidth=1.5, label=f"seed {seed}")
            right.plot(rows["epoch"], rows["accuracy"], color=colour, linewidth=1.5, label=f"seed {seed}")
        guess = math.log(classes)
        left.axhline(guess, color=MUTED, linewidth=1, linestyle=":")
        left.annotate(
            f"guessing (ln {classes})", (1, guess), (-2, 3),
            xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="right", color=MUTED, fontsize=8,
        )  # fmt: skip
        left.set(title="Loss on the training clips", xlabel="epoch", ylabel="cross-entropy, nats")
        left.set_ylim(0, max(1.2 * guess, float(mean["loss"].quantile(0.98))))
        right.set(title="Accuracy on the training clips", xlabel="epoch", ylabel="share that is right")
        right.set_ylim(0, 1.02)
        right.legend(loc="lower right", fontsize=8, ncols=2 if mean["seed"].nunique() > 5 else 1)
        for axes in (left, right):
            axes.grid(axis="y", linewidth=0.7)
            axes.margins(x=0.01)
    return figure
