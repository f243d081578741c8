"""One run: every seed and fold is trained and tested, and the run folder is written.

RUN/recipe.toml environment.json predictions.csv [predictions-inner.csv predictions-oracle.csv] history.csv folds.csv
    training.csv results.json models/seed-0[/fold-1]/

parts/ stands there while the run is under way: the finished folds, with which a run that was stopped goes on.
"""

from __future__ import annotations

import json
import logging
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from .. import files
from ..evaluation import score, write_predictions
from ..evaluation.audit.epochs import INNER
from ..evaluation.audit.leaks import MODEL, TARGET
from ..executors import Executor
from ..models import create_model
from ..options import write_toml
from ..types import Clip
from .environment import environment, installed
from .fold_tasks import THREADS, train_as_tasks
from .jobs import Probabilities
from .loop import choose_device
from .outcomes import Trainer
from .parts import Outcome, Parts
from .pretraining import STEP as PRETRAINING
from .recipe import TrainingRecipe
from .seen import seen
from .sources import Fold, Sources

TRANSDUCTIVE = "{} is transductive: beside the training clips it was handed the tested clips, without their labels."
LOG = logging.getLogger("fleeting")


@dataclass
class _Record:
    """What the folds leave behind."""

    predictions: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """Per rule of choosing the epoch."""
    history: list[dict[str, Any]] = field(default_factory=list)
    folds: list[dict[str, Any]] = field(default_factory=list)
    seen: list[dict[str, Any]] = field(default_factory=list)
    parameters: int = 0
    solved: bool = False
    """Whether the model is one that is solved at once."""

    def add(self, trainer: Trainer, fold: Fold, outcome: Outcome, classes: tuple[str, ...]) -> None:
        """Note one fold."""
        before = trainer.pretraining.clips(fold) if trainer.pretraining else ()
        seed = trainer.seed
        split, place = fold.split, {"seed": seed, "fold": fold.split.fold}
        self.history += [{**place, "epoch": e.epoch, "loss": e.loss, "accuracy": e.accuracy} for e in outcome.history]
        used = _choices(trainer, outcome)
        facts = {"train": len(split.train), "test": len(split.test), "dropped": split.dropped}
        facts |= {"pretrain": len(before)} if before else {}
        self.folds.append({**place, **facts, **used, "declared": split.declared})
        self.seen += seen(seed, split.fold, MODEL, split.train) + seen(seed, split.fold, PRETRAINING, before)
        for step in trainer.fitted_steps:
            self.seen += seen(seed, split.fold, step, split.train)
        if trainer.solved is not None and trainer.solved.transductive:
            self.seen += seen(seed, split.fold, TARGET, split.test)
        if "inner" in outcome.chosen:
            inner = trainer.inner(fold)
            self.seen += seen(seed, split.fold, INNER, [*inner.train, *inner.test])
        self.parameters, self.solved = outcome.parameters, trainer.solved is not None
        for rule, (_, probabilities) in outcome.chosen.items():
            self.predictions[rule] += _rows(place, split.test, probabilities, classes)


def run(
    recipe: TrainingRecipe,
    out: Path,
    *,
    roots: Mapping[int, Path] | None = None,
    workers: int = 1,
    executor: Executor | None = None,
) -> dict[str, Any]:
    """Train and test as the recipe says.

    Args:
        recipe: features, model, training and test.
        out: the run folder; files of an earlier run there are replaced. Folds of a run of the same recipe and data
            that was stopped there are not trained again.
        roots: synthetic data set per training seed; train.root serves seeds without one.
        workers: processes that compute flow.
        executor: where the folds are trained; None: in this process.

    Returns:
        The content of results.json: "selection", "seeds", "overall", "parts", "seconds" as docs/evaluation.md explains
        them, "selections" (the same for the rules in test.also), and "protocol", "model", "parameters", "epochs",
        "per_class", "confusion", "floor", "train_samples" and "dropped_for_leak" (means per trained model),
        "tested_on", "notes".

    Raises:
        AbsentError: the test data is not here and the recipe names no fallback.
        OptionsError, DatasetError, ManifestError: recipe or data cannot be used.
    """
    started = time.perf_counter()
    device = choose_device(recipe.train.device)
    model = create_model(recipe.model.name, **recipe.model.options)  # a wrong option shows before any flow is computed
    sources = Sources(recipe, roots or {}, workers)
    if model.transductive:
        sources.notes.append(TRANSDUCTIVE.format(recipe.model.name))
    record = _Record()
    parts = Parts(out, recipe)
    out.mkdir(parents=True, exist_ok=True)  # what cannot be written to shows now
    parts.begin()
    if executor is not None:
        train_as_tasks(sources, parts, out, executor)  # leaves all that is missing where the trainers look for it
    for seed in recipe.train.seeds:
        trainer = Trainer.open(sources, parts, seed)
        for fold, outcome in trainer.outcomes():
            record.add(trainer, fold, outcome, sources.classes)
    results = _results(recipe, sources, record, time.perf_counter() - started)
    facts = environment(device.type) | ({"executor": executor.name, "torch_threads": THREADS} if executor else {})
    _write(out, recipe, record, results, facts)
    parts.clear()
    LOG.info(
        "%s UF1 %.3f, UAR %.3f", sources.tested_on["summary"], results["overall"]["uf1"], results["overall"]["uar"]
    )
    return results


def _choices(trainer: Trainer, outcome: Outcome) -> dict[str, Any]:
    """Which epoch stands behind each rule; of a solved model, which has one, which options of its grid."""
    numbers = {rule: number for rule, (number, _) in outcome.chosen.items()}
    if trainer.solved is None:
        return {f"epoch_{rule}": number for rule, number in numbers.items()}
    options = {f"options_{rule}": trainer.chosen_options(number) for rule, number in numbers.items()}
    return {"epoch_last": len(outcome.history), **(options if len(numbers) > 1 else {})}


def _rows(
    place: dict[str, Any], clips: Sequence[Clip], probabilities: Probabilities, classes: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    for clip, row in zip(clips, probabilities, strict=True):
        facts = {"dataset": clip.dataset, "subject": clip.subject, "clip": clip.clip, "label": clip.label}
        scores = {f"p_{name}": value for name, value in zip(classes, row.tolist(), strict=True)}
        yield {**place, **facts, "prediction": int(row.argmax()), **scores}


def _results(recipe: TrainingRecipe, sources: Sources, record: _Record, seconds: float) -> dict[str, Any]:
    scored = {rule: score(pd.DataFrame(rows), sources.classes) for rule, rows in record.predictions.items()}
    headline = scored.pop("last")
    sources.note_tested(headline["overall"]["clips"])
    dropped = [int(row["dropped"]) for row in record.folds]
    declared = sorted({str(row["declared"]) for row in record.folds if row["declared"]})
    told = TRANSDUCTIVE.format(recipe.model.name)
    declared += [told] if told in sources.notes else []
    notes = [sources.tested_on["summary"], *sources.notes, *headline.pop("notes"), *_notes(recipe, record, dropped)]
    return {
        "selection": "last",
        **headline,
        "selections": {rule: {name: block[name] for name in ("overall", "parts")} for rule, block in scored.items()},
        "protocol": sources.protocol.name,
        "model": recipe.model.name,
        "solved": record.solved,
        "parameters": record.parameters,
        "epochs": max(int(row["epoch_last"]) for row in record.folds),
        "train_samples": round(sum(row["train"] for row in record.folds) / len(record.folds)),
        "dropped_for_leak": round(sum(dropped) / len(dropped)),
        "tested_on": sources.tested_on,
        **({"declared": declared} if declared else {}),
        "notes": notes,
        "seconds": round(seconds, 2),
    }


def _notes(recipe: TrainingRecipe, record: _Record, dropped: Sequence[int]) -> list[str]:
    """What a reader of the scores must know of the training, a sentence each."""
    notes = []
    if max(dropped):
        notes.append(
            f"Leak rule: {sum(dropped):,} times a synthetic clip was left out of a fold because its donor is tested "
            f"there ({min(dropped):,} to {max(dropped):,} per fold)."
        )
    if recipe.pretrain.epochs:
        counts = [int(row["pretrain"]) for row in record.folds]
        notes.append(
            f"Pre-trained for {recipe.pretrain.epochs} epochs on {min(counts):,} to {max(counts):,} synthetic clips, "
            f"then tuned ({recipe.pretrain.tune}); clips whose donor is tested in a fold are left out there."
        )
    if any("options_last" in row for row in record.folds):
        notes.append(
            f"The headline has the recipe's options. Beside it stand others of {recipe.model.name}'s grid: inner, best "
            "on validation clips of the training side; oracle, best on the tested clips, which is no result."
        )
    if recipe.test.also and list(record.predictions) == ["last"]:
        notes.append(f"{recipe.model.name} is solved at once: it has no epochs to choose from.")
    return notes


def _write(out: Path, recipe: TrainingRecipe, record: _Record, results: dict[str, Any], facts: dict[str, Any]) -> None:
    """Results last: where they stand, the run is whole."""
    head = [f"As run by fleeting {installed('fleeting')}."]
    files.write_text(out / "recipe.toml", write_toml(recipe.model_dump(mode="json"), head))
    files.write_text(out / "environment.json", json.dumps(facts, indent=2) + "\n")
    for name in ("results.json", "predictions-inner.csv", "predictions-oracle.csv"):  # of an earlier run in this folder
        (out / name).unlink(missing_ok=True)
    for rule, rows in record.predictions.items():
        write_predictions(out / f"predictions{'' if rule == 'last' else f'-{rule}'}.csv", pd.DataFrame(rows))
    for name, rows in (("history", record.history), ("folds", record.folds), ("training", record.seen)):
        files.write_text(out / f"{name}.csv", pd.DataFrame(rows).to_csv(index=False, lineterminator="\n"))
    files.write_text(out / "results.json", json.dumps(results, indent=2) + "\n")
