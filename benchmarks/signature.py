"""How often does the best-epoch signature accuse an honest run, and from how many epochs on does it find a guesser?

Honest runs are made up on the 442 names of the composite: a clip is right with a chance that depends on its data set
and its subject (sd .5 on the logit scale). Guessers draw at random and keep the best of E epochs per subject.
Run: python benchmarks/signature.py [runs]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from fleeting.datasets.megc2019_flow import registry
from fleeting.evaluation import person
from fleeting.evaluation.audit import Evidence
from fleeting.evaluation.audit.epochs import RARE, no_selection_signature
from fleeting.evaluation.audit.guesser import guess
from fleeting.types import Clip

RUNS, GUESSERS = 600, 40
EPOCHS = (5, 20, 50, 200)
EQUAL = {"casme2": 0.74, "smic": 0.74, "samm": 0.74}
UNEQUAL = {"casme2": 0.88, "smic": 0.67, "samm": 0.62}
TARGET = 0.005
"""Largest share of honest runs that may be accused."""


def honest(clips: list[Clip], accuracy: dict[str, float], rng: np.random.Generator) -> pd.DataFrame:
    """Predictions of a recogniser that is better on some data sets and people than on others."""
    names = [person(clip) for clip in clips]
    skill = {name: rng.normal(0, 0.5) for name in dict.fromkeys(names)}
    level = np.array([np.log(accuracy[clip.dataset] / (1 - accuracy[clip.dataset])) for clip in clips])
    chance = 1 / (1 + np.exp(-level - [skill[name] for name in names]))
    labels = np.array([clip.label for clip in clips])
    right = rng.random(len(clips)) < chance
    guesses = np.where(right, labels, (labels + rng.integers(1, 3, len(clips))) % 3)
    columns = {name: [getattr(clip, name) for clip in clips] for name in ("dataset", "subject", "clip")}
    return pd.DataFrame({"seed": 0, **columns, "label": labels, "prediction": guesses})


def accused(table: pd.DataFrame) -> bool:
    return no_selection_signature(Evidence(Path("made up"), table, {})).verdict == "FAIL"


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    clips = [item.clip for item in registry()]
    rng = np.random.default_rng(0)
    shares = {}
    for title, accuracy in (("data sets equally hard", EQUAL), ("data sets unequally hard", UNEQUAL)):
        shares[title] = sum(accused(honest(clips, accuracy, rng)) for _ in range(runs)) / runs
        print(f"honest, {title:26} accused {shares[title]:6.2%} of {runs} runs (level {RARE:.2%})")
    found = {}
    for epochs in EPOCHS:
        found[epochs] = sum(accused(guess(clips, epochs, seed)[0]) for seed in range(GUESSERS)) / GUESSERS
        print(f"guesser, best of {epochs:3} epochs per subject   found {found[epochs]:6.1%} of {GUESSERS} runs")
    result = {
        "benchmark": "signature",
        "ratio": round(max(shares.values()), 4),
        "against": "share of honest made-up runs that are accused (smaller is better)",
        "target": TARGET,
        "details": {"honest": shares, "guesser": {str(epochs): share for epochs, share in found.items()}},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
