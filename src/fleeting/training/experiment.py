"""One run: every seed and fold is trained and tested, and the run folder is written.

RUN/recipe.toml environment.json predictions.csv history.csv folds.csv results.json models/seed-0[/fold-1]/
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from .. import files
from ..evaluation import score, write_predictions
from ..evaluation.predictions import PROBABILITIES
from ..models import create_model
from ..models.model import Model
from ..models.saving import save_model
from ..options import write_toml
from ..seeds import derive
from .environment import environment, installed
from .loop import choose_device, predict, seeded, train
from .recipe import TrainingRecipe
from .sources import Fold, Sources

__all__ = ["run", "score"]

SAVED_FOLDS = 10
"""Folds whose models are kept; a leave-one-subject-out run keeps none, for nobody uses 68 models."""
LOG = logging.getLogger("fleeting")


@dataclass
class _Record:
    """What the folds leave behind."""

    predictions: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    folds: list[dict[str, Any]] = field(default_factory=list)
    parameters: int = 0


def run(
    recipe: TrainingRecipe, out: Path, *, roots: Mapping[int, Path] | None = None, workers: int = 1
) -> dict[str, Any]:
    """Train and test as the recipe says.

    Args:
        recipe: features, model, training and test.
        out: the run folder; files of an earlier run there are replaced.
        roots: synthetic data set per training seed; train.root serves seeds without one.
        workers: processes that compute flow.

    Returns:
        The content of results.json: "selection", "seeds", "overall", "parts", "seconds" as docs/evaluation.md explains
        them, and "protocol", "model", "parameters", "per_class", "confusion", "floor", "train_samples" and
        "dropped_for_leak" (means per trained model), "tested_on", "notes".

    Raises:
        AbsentError: the test data is not here and the recipe names no fallback.
        OptionsError, DatasetError, ManifestError: recipe or data cannot be used.
    """
    started = time.perf_counter()
    device = choose_device(recipe.train.device)
    create_model(recipe.model.name, **recipe.model.options)  # a wrong option shows before any flow is computed
    sources = Sources(recipe, roots or {}, workers)
    record = _Record()
    for seed in recipe.train.seeds:
        folds = list(sources.folds(seed))
        many = len(folds) > 1
        for fold in tqdm(folds, f"seed {seed}", unit="fold", disable=not many):
            model = _fold(recipe, seed, fold, record, bar="" if many else f"seed {seed}")
            if len(folds) <= SAVED_FOLDS:
                _save(out, recipe, seed, fold, model, many)
    results = _results(recipe, sources, record, time.perf_counter() - started)
    _write(out, recipe, record, results, device.type)
    LOG.info(
        "%s UF1 %.3f, UAR %.3f", sources.tested_on["summary"], results["overall"]["uf1"], results["overall"]["uar"]
    )
    return results


def _fold(recipe: TrainingRecipe, seed: int, fold: Fold, record: _Record, *, bar: str) -> Model:
    split = fold.split
    with seeded(derive(seed, "weights")):
        model = create_model(recipe.model.name, **recipe.model.options)
    epochs = train(model, *fold.train.take(split.train), recipe.train, seed, bar=bar)
    probabilities = predict(model, fold.test.take(split.test)[0], recipe.test.flip)
    place = {"seed": seed, "fold": split.fold}
    record.history += [{**place, "epoch": e.epoch, "loss": e.loss, "accuracy": e.accuracy} for e in epochs]
    record.folds.append({**place, "train": len(split.train), "test": len(split.test), "dropped": split.dropped})
    record.parameters = model.count_parameters()
    for clip, row in zip(split.test, probabilities, strict=True):
        facts = {"dataset": clip.dataset, "subject": clip.subject, "clip": clip.clip, "label": clip.label}
        scores = dict(zip(PROBABILITIES, row.tolist(), strict=True))
        record.predictions.append({**place, **facts, "prediction": int(row.argmax()), **scores})
    return model


def _save(out: Path, recipe: TrainingRecipe, seed: int, fold: Fold, model: Model, many: bool) -> None:
    name = fold.split.fold.replace("/", "-")
    folder = out / "models" / f"seed-{seed}" / (f"fold-{name}" if many else "")
    save_model(folder, recipe.model.name, model, {"seed": seed, "fold": fold.split.fold, "epochs": recipe.train.epochs})


def _results(recipe: TrainingRecipe, sources: Sources, record: _Record, seconds: float) -> dict[str, Any]:
    scored = score(pd.DataFrame(record.predictions))
    notes = [sources.tested_on["summary"], *sources.notes, *scored.pop("notes")]
    models = len(record.folds)
    return {
        "selection": "last",
        **scored,
        "protocol": sources.protocol,
        "model": recipe.model.name,
        "parameters": record.parameters,
        "train_samples": round(sum(row["train"] for row in record.folds) / models),
        "dropped_for_leak": round(sum(row["dropped"] for row in record.folds) / models),
        "tested_on": sources.tested_on,
        "notes": notes,
        "seconds": round(seconds, 2),
    }


def _write(out: Path, recipe: TrainingRecipe, record: _Record, results: dict[str, Any], device: str) -> None:
    """Results last: where they stand, the run is whole."""
    head = [f"As run by fleeting {installed('fleeting')}."]
    files.write_text(out / "recipe.toml", write_toml(recipe.model_dump(mode="json"), head))
    files.write_text(out / "environment.json", json.dumps(environment(device), indent=2) + "\n")
    write_predictions(out / "predictions.csv", pd.DataFrame(record.predictions))
    for name, rows in (("history", record.history), ("folds", record.folds)):
        files.write_text(out / f"{name}.csv", pd.DataFrame(rows).to_csv(index=False, lineterminator="\n"))
    files.write_text(out / "results.json", json.dumps(results, indent=2) + "\n")
