"""How well a run recognises: confusions, classes and subjects, from results.json and predictions.csv."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..evaluation import class_names
from ..types import LABELS
from .figures import MUTED, SEED_COLOURS, look, svg
from .made import shade


@dataclass(frozen=True, slots=True)
class Mistake:
    """One kind of confusion."""

    truth: str
    prediction: str
    count: int
    """Summed over seeds."""
    share: float
    """Of the answers for clips of this class, 0..1."""


@dataclass(frozen=True, slots=True)
class Stability:
    """How many clips are right or wrong whatever the seed."""

    seeds: int
    always: int
    sometimes: int
    never: int


@dataclass(frozen=True, slots=True)
class ConfusionRow:
    """One line of the confusion matrix."""

    truth: str
    cells: tuple[tuple[int, float, str], ...]
    """Per predicted class: count, share of the row, CSS."""
    total: int


def confusion_rows(confusion: Sequence[Sequence[int]], classes: Sequence[str] = LABELS) -> list[ConfusionRow]:
    """Counts, shares of the row and shading."""
    rows = []
    for truth, counts in zip(classes, confusion, strict=True):
        total = sum(counts)
        shares = [count / total if total else 0.0 for count in counts]
        cells = tuple((count, share, shade(share)) for count, share in zip(counts, shares, strict=True))
        rows.append(ConfusionRow(truth, cells, total))
    return rows


def mistakes(confusion: Sequence[Sequence[int]], classes: Sequence[str] = LABELS) -> list[Mistake]:
    """The kinds of confusion that occur, the most frequent share first."""
    found = [
        Mistake(row.truth, classes[column], count, share)
        for row in confusion_rows(confusion, classes)
        for column, (count, share, _) in enumerate(row.cells)
        if count and classes[column] != row.truth
    ]
    return sorted(found, key=lambda item: (-item.share, item.truth, item.prediction))


def stability(table: pd.DataFrame) -> Stability:
    """Count the clips that all, some or no seeds got right; clips are matched by name."""
    right = (table["label"] == table["prediction"]).groupby([table[name] for name in ("dataset", "subject", "clip")])
    share = right.mean()
    always, never = int((share == 1).sum()), int((share == 0).sum())
    return Stability(int(table["seed"].nunique()), always, len(share) - always - never, never)


def subject_plot(table: pd.DataFrame) -> str:
    """Dot plot, one dot per subject: the share of its clips that are right, over all seeds; a panel per data set.

    Returns:
        The figure as a data URI.
    """
    return svg(_dots(_subjects(table), int(table["seed"].nunique()), 1 / len(class_names(table))))


def subject_words(table: pd.DataFrame) -> str:
    """The figure in one sentence, for those who cannot see it."""
    share, classes = _subjects(table)["right"], len(class_names(table))
    return (
        f"Of {len(share)} subjects, the middle half have between {share.quantile(0.25):.0%} and "
        f"{share.quantile(0.75):.0%} of their clips right; {int((share < 1 / classes).sum())} have less than one in "
        f"{classes} right."
    )


def _subjects(table: pd.DataFrame) -> pd.DataFrame:
    right = table.assign(right=table["label"] == table["prediction"])
    grouped = right.groupby(["dataset", "subject"]).agg(right=("right", "mean"), clips=("right", "size"))
    return grouped.reset_index()


def _dots(subjects: pd.DataFrame, seeds: int, chance: float) -> Figure:
    parts = [(str(name), rows.sort_values("right", kind="stable")) for name, rows in subjects.groupby("dataset")]
    widths = [max(len(rows), 8) for _, rows in parts]
    with look():
        figure = Figure(figsize=(8.2, 2.9), layout="constrained")
        grid = figure.subplots(1, len(parts), sharey=True, squeeze=False, width_ratios=widths)[0]
        for index, (axes, (name, rows)) in enumerate(zip(grid, parts, strict=True)):
            colour = SEED_COLOURS[index % len(SEED_COLOURS)]
            area = 10 + 5 * np.minimum(rows["clips"] / seeds, 60)
            axes.scatter(np.arange(len(rows)), rows["right"], s=area, color=colour, alpha=0.75, linewidths=0)
            axes.axhline(chance, color=MUTED, linewidth=1, linestyle=":")
            axes.set_title(f"{name}: {len(rows)} subjects")
            axes.set_xlabel("subjects, sorted")
            axes.set_xticks([])
            axes.set_xlim(-1, max(len(rows), 8))
            axes.grid(axis="y", linewidth=0.7)
        grid[0].set_ylabel("share of clips that are right")
        grid[0].set_ylim(-0.06, 1.06)
    return figure
