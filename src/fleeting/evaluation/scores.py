"""From a predictions table to the scores of results.json. Pooled over folds, then averaged over seeds."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..seeds import stream
from ..types import LABELS
from . import metrics
from .predictions import check_predictions
from .uncertainty import subject_interval

CLASSES = len(LABELS)


def score(predictions: pd.DataFrame) -> dict[str, Any]:
    """Score a predictions table.

    Args:
        predictions: columns dataset, subject, clip, label, prediction, and seed where there is more than one.

    Returns:
        Plain numbers, ready for JSON: "seeds", "overall" (uf1, uf1_sd, uar, uar_sd, war, clips, subjects, uf1_interval:
        95 % bootstrap over subjects), "parts" (the same per data set), "per_class" (f1, recall, precision, clips),
        "confusion" (C x C, summed over seeds, rows are the truth), "floor" (what always answering "negative" scores)
        and "notes" (sentences: classes that a part lacks).

    Raises:
        DatasetError: the table cannot be scored (see `check_predictions`).
    """
    table = check_predictions(predictions)
    seeds = sorted(int(seed) for seed in table["seed"].unique())
    parts = sorted(table["dataset"].unique())
    notes = [note for part in parts if (note := _absent(part, table[table["dataset"] == part]))]
    pooled = _counts(table, seeds).sum(axis=1)
    return {
        "seeds": seeds,
        "overall": _block(table, seeds, "zero"),
        "parts": {part: _block(table[table["dataset"] == part], seeds, "leave-out") for part in parts},
        "per_class": _classes(pooled),
        "confusion": pooled.sum(axis=0).tolist(),
        "floor": _floor(pooled[0]),
        "notes": notes,
    }


def _block(table: pd.DataFrame, seeds: list[int], absent: metrics.Absent) -> dict[str, Any]:
    counts = _counts(table, seeds)
    pooled = counts.sum(axis=1)
    f1, recall = metrics.uf1(pooled, absent), metrics.uar(pooled, absent)
    interval = subject_interval(counts, stream(0, "uncertainty"), measure=lambda drawn: metrics.uf1(drawn, absent))
    return {
        "uf1": _number(f1.mean()),
        "uf1_sd": _spread(f1),
        "uar": _number(recall.mean()),
        "uar_sd": _spread(recall),
        "war": _number(metrics.war(pooled).mean()),
        "clips": int(pooled[0].sum()),
        "subjects": int(counts.shape[1]),
        "uf1_interval": [_number(end) for end in interval],
    }


def _counts(table: pd.DataFrame, seeds: list[int]) -> metrics.Counts:
    """(K, S, C, C) counts per seed and subject, by one bincount."""
    subject, names = pd.factorize(table["dataset"].astype(str) + "/" + table["subject"].astype(str))
    seed = np.searchsorted(seeds, table["seed"].to_numpy())
    place = ((seed * len(names) + subject) * CLASSES + table["label"].to_numpy()) * CLASSES + table[
        "prediction"
    ].to_numpy()
    shape = (len(seeds), len(names), CLASSES, CLASSES)
    return np.bincount(place, minlength=int(np.prod(shape))).reshape(shape).astype(np.int64)


def _classes(pooled: metrics.Counts) -> dict[str, dict[str, float | int]]:
    values = {name: value.mean(axis=0) for name, value in metrics.per_class(pooled).items()}
    clips = pooled[0].sum(axis=1)
    return {
        label: {**{name: _number(value[index]) for name, value in values.items()}, "clips": int(clips[index])}
        for index, label in enumerate(LABELS)
    }


def _floor(pooled: metrics.Counts) -> dict[str, float]:
    always = np.zeros_like(pooled)
    always[:, 0] = pooled.sum(axis=1)
    return {
        "uf1": _number(metrics.uf1(always)),
        "uar": _number(metrics.uar(always)),
        "war": _number(metrics.war(always)),
    }


def _absent(part: str, table: pd.DataFrame) -> str:
    seen = set(table["label"]) | set(table["prediction"])
    names = [label for index, label in enumerate(LABELS) if index not in seen]
    if not names:
        return ""
    return f"{part}: {' and '.join(names)} in neither truth nor prediction, left out of this part's means"


def _spread(values: npt.NDArray[np.float64]) -> float:
    """Sample standard deviation over seeds (ddof 1); 0 for one seed."""
    return _number(values.std(ddof=1)) if len(values) > 1 else 0.0


def _number(value: Any) -> float:
    return round(float(value), 6)
