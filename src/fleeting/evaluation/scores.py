"""From a predictions table to the scores of results.json. Pooled over folds, then averaged over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..seeds import stream
from . import metrics
from .predictions import check_predictions, class_names, fold_counts, subject_counts
from .uncertainty import FEWEST_SUBJECTS, subject_interval

EXTRAS_NOTE = (
    "These are no headline figures: they average scores of folds or subjects, most of which hold one class only, and "
    "stand here to compare with papers that print them."
)


def score(predictions: pd.DataFrame, classes: Sequence[str] | None = None) -> dict[str, Any]:
    """Score a predictions table.

    Args:
        predictions: columns dataset, subject, clip, label, prediction, and seed where there is more than one.
        classes: names in label order; None takes them from the columns p_NAME, else the usual three (`class_names`).

    Returns:
        Plain numbers, ready for JSON: "seeds", "classes", "overall" (uf1, uf1_sd, uar, uar_sd, war, weighted_f1,
        f1_of_means, clips, subjects, uf1_interval and uar_interval: 95 % over subjects), "parts" (the same per data
        set), "per_class" (f1, recall, precision, clips), "confusion" (C x C, summed over seeds, rows are the truth),
        "floor" (what always answering the most frequent class scores, and which that is), "extras" (no headline
        figures: uf1_fold_mean and uar_fold_mean, None without a column "fold"; war_subject_mean; a note that says so)
        and "notes" (sentences: classes that a part lacks, parts with too few subjects).

    Raises:
        DatasetError: the table cannot be scored (see `check_predictions`).
        OptionsError: `classes` contradicts the table.
    """
    table = check_predictions(predictions, classes=classes)
    names = class_names(table, classes)
    datasets = {str(part): rows for part, rows in table.groupby("dataset")}
    counts = subject_counts(table, len(names))[0]
    pooled = counts.sum(axis=1)
    return {
        "seeds": sorted(int(seed) for seed in table["seed"].unique()),
        "classes": list(names),
        "overall": _block(counts, "zero"),
        "parts": {part: _block(subject_counts(rows, len(names))[0], "leave-out") for part, rows in datasets.items()},
        "per_class": _classes(pooled, names),
        "confusion": pooled.sum(axis=0).tolist(),
        "floor": _floor(pooled[0], names),
        "extras": _extras(table, counts),
        "notes": [note for part, rows in datasets.items() for note in _notes(part, rows, names)],
    }


def _block(counts: metrics.Counts, absent: metrics.Absent) -> dict[str, Any]:
    pooled = counts.sum(axis=1)
    f1, recall = metrics.uf1(pooled, absent), metrics.uar(pooled, absent)
    f1_ends, recall_ends = (
        subject_interval(counts, stream(0, "uncertainty"), measure=measure, absent=absent) for measure in ("uf1", "uar")
    )
    return {
        "uf1": _number(f1.mean()),
        "uf1_sd": _spread(f1),
        "uar": _number(recall.mean()),
        "uar_sd": _spread(recall),
        "war": _number(metrics.war(pooled).mean()),
        "weighted_f1": _number(metrics.weighted_f1(pooled).mean()),
        "f1_of_means": _number(metrics.f1_of_means(pooled, absent).mean()),
        "clips": int(pooled[0].sum()),
        "subjects": int(counts.shape[1]),
        "uf1_interval": [_number(end) for end in f1_ends],
        "uar_interval": [_number(end) for end in recall_ends],
    }


def _classes(pooled: metrics.Counts, names: Sequence[str]) -> dict[str, dict[str, float | int]]:
    values = {name: value.mean(axis=0) for name, value in metrics.per_class(pooled).items()}
    clips = pooled[0].sum(axis=1)
    return {
        label: {**{name: _number(value[index]) for name, value in values.items()}, "clips": int(clips[index])}
        for index, label in enumerate(names)
    }


def _floor(pooled: metrics.Counts, names: Sequence[str]) -> dict[str, float | str]:
    always, answer = np.zeros_like(pooled), int(pooled.sum(axis=1).argmax())
    always[:, answer] = pooled.sum(axis=1)
    return {
        "answer": names[answer],
        "uf1": _number(metrics.uf1(always)),
        "uar": _number(metrics.uar(always)),
        "war": _number(metrics.war(always)),
    }


def _extras(table: pd.DataFrame, counts: metrics.Counts) -> dict[str, Any]:
    folds = fold_counts(table, counts.shape[-1]) if "fold" in table else None
    return {
        **{
            f"{measure}_fold_mean": None if folds is None else _number(metrics.fold_mean(folds, measure).mean())
            for measure in ("uf1", "uar")
        },
        "war_subject_mean": _number(metrics.subject_mean_accuracy(counts).mean()),
        "note": EXTRAS_NOTE,
    }


def _notes(part: str, table: pd.DataFrame, classes: Sequence[str]) -> list[str]:
    seen = set(table["label"]) | set(table["prediction"])
    names = [label for index, label in enumerate(classes) if index not in seen]
    notes = []
    if names:
        notes.append(f"{part}: {' and '.join(names)} in neither truth nor prediction, left out of this part's means")
    subjects = table["subject"].nunique()
    if subjects < FEWEST_SUBJECTS:
        notes.append(f"{part}: {subjects} subjects are too few for an interval, so the whole range is given")
    return notes


def _spread(values: npt.NDArray[np.float64]) -> float:
    """Sample standard deviation over seeds (ddof 1); 0 for one seed."""
    return _number(values.std(ddof=1)) if len(values) > 1 else 0.0


def _number(value: Any) -> float:
    return round(float(value), 6)
