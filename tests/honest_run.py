"""A small run that nothing is wrong with, for tests to tamper with: 12 people, 3 to 14 clips each, 2 seeds, LOSO."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from fleeting.evaluation import score
from fleeting.types import Clip

PEOPLE = [("casme2", f"sub{n:02d}") for n in range(1, 7)] + [("smic", f"s{n}") for n in range(1, 7)]
CLIPS = [
    Clip(part, subject, f"c{number}", (place + number) % 3)
    for place, (part, subject) in enumerate(PEOPLE)
    for number in range(3 + place)
]
CLASSES = ("negative", "positive", "surprise")


def predictions() -> pd.DataFrame:
    """Seven of ten are right, whoever the person is; the probabilities say so."""
    rng = np.random.default_rng(1)
    rows = []
    for seed in (0, 1):
        for clip in CLIPS:
            right = rng.random() < 0.7
            guess = clip.label if right else int((clip.label + rng.integers(1, 3)) % 3)
            chances = {f"p_{name}": 0.8 if index == guess else 0.1 for index, name in enumerate(CLASSES)}
            fold = f"{clip.dataset}/{clip.subject}"
            rows.append(
                {"seed": seed, "fold": fold, "dataset": clip.dataset, "subject": clip.subject, "clip": clip.clip,
                 "label": clip.label, "prediction": guess, **chances}
            )  # fmt: skip
    return pd.DataFrame(rows)


def training() -> pd.DataFrame:
    """Every fold saw all other people, and synthetic clips with donors of another data set."""
    rows = []
    for seed in (0, 1):
        for part, subject in PEOPLE:
            fold = f"{part}/{subject}"
            rows += [(seed, fold, "model", "recorded", *other, 5) for other in PEOPLE if other != (part, subject)]
            rows += [
                (seed, fold, "model", "donor", "mmew", "7", 9),
                (seed, fold, "model", "synthetic", "synthetic", "", 9),
            ]
    return pd.DataFrame(rows, columns=["seed", "fold", "step", "role", "dataset", "subject", "clips"])


def folds() -> pd.DataFrame:
    """All folds use epoch 30."""
    return pd.DataFrame(
        [
            {"seed": seed, "fold": f"{part}/{subject}", "epoch_last": 30, "epoch_oracle": 3 + place, "declared": ""}
            for seed in (0, 1)
            for place, (part, subject) in enumerate(PEOPLE)
        ]
    )


def write_run(root: Path, *, oracle: bool = False, **changes: object) -> Path:
    """Write the run; `changes` replace tables (predictions, training, folds) or update results.json (results)."""
    table = changes.get("predictions", predictions())
    assert isinstance(table, pd.DataFrame)
    root.mkdir(parents=True, exist_ok=True)
    results = {"selection": "last", "protocol": "loso", "tested_on": {"missing": {"samm": 133}}, **score(predictions())}
    update = changes.get("results", {})
    assert isinstance(update, dict)
    (root / "results.json").write_text(json.dumps({**results, **update}))
    (root / "recipe.toml").write_text('[train]\nepochs = 30\n[model]\nname = "ststnet"\n')
    table.to_csv(root / "predictions.csv", index=False)
    for name, default in (("training", training), ("folds", folds)):
        content = changes.get(name, default())
        if isinstance(content, pd.DataFrame):
            content.to_csv(root / f"{name}.csv", index=False)
    if oracle:
        table.to_csv(root / "predictions-oracle.csv", index=False)
    return root
