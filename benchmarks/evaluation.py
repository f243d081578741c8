"""How long does an honest evaluation take?

A predictions table in the shape of MEGC2019 (442 clips, 68 subjects, 3 seeds) is scored with every interval (UF1 and
UAR of the whole and of three parts, 10,000 draws each), and compared with a second run by 10,000 swaps. The peer is a
plain loop that calls scikit-learn's f1_score for each draw and swap, timed on a few of them and scaled to 10,000.

Run: python benchmarks/evaluation.py
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core, as stated; must precede numpy

import json
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score

from fleeting.evaluation import paired_permutation, score, subject_interval
from fleeting.evaluation.predictions import subject_counts
from fleeting.evaluation.protocols.loso import COMPOSITE, PEOPLE

SEEDS = 3
DRAWS = 10_000
TIMED = 50
"""Draws and swaps of the peer that are timed."""
TARGET = 100
LIMIT = 5.0


def run(skill: float, seed: int) -> pd.DataFrame:
    """A run that is right on a share of about `skill` of the clips; the clips are the same for every run."""
    clips = np.random.default_rng(0)
    rng = np.random.default_rng(seed)
    tables = []
    for part, sizes in sorted(COMPOSITE.items()):
        subjects = PEOPLE[part]
        labels = np.repeat(np.arange(3), sizes)
        popular = clips.pareto(1.2, subjects) + 0.3
        owner = np.concatenate(
            [np.arange(subjects), clips.choice(subjects, len(labels) - subjects, p=popular / popular.sum())]
        )
        clips.shuffle(owner)
        for number in range(SEEDS):
            guess = np.where(rng.random(len(labels)) < skill, labels, rng.integers(0, 3, len(labels)))
            facts = {"seed": number, "fold": owner, "dataset": part, "subject": owner, "clip": np.arange(len(labels))}
            tables.append(pd.DataFrame({**facts, "label": labels, "prediction": guess}))
    return pd.concat(tables, ignore_index=True).astype({"subject": str, "clip": str, "fold": str})


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """CPU seconds of one call, and what it gave."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def mean_f1(tables: list[pd.DataFrame]) -> float:
    return float(np.mean([f1_score(rows["label"], rows["prediction"], average="macro") for rows in tables]))


def loop_interval(first: pd.DataFrame) -> None:
    """TIMED draws of subjects with replacement, scored one by one."""
    rng = np.random.default_rng(0)
    key = first["dataset"] + "/" + first["subject"]
    places = [list(first[first["seed"] == seed].groupby(key).indices.values()) for seed in range(SEEDS)]
    seeds = [first[first["seed"] == seed] for seed in range(SEEDS)]
    for _ in range(TIMED):
        drawn = rng.integers(len(places[0]), size=len(places[0]))
        mean_f1(
            [
                rows.iloc[np.concatenate([where[subject] for subject in drawn])]
                for rows, where in zip(seeds, places, strict=True)
            ]
        )


def loop_permutation(first: pd.DataFrame, second: pd.DataFrame) -> None:
    """TIMED swaps of subjects between two runs, scored one by one."""
    rng = np.random.default_rng(0)
    subject, names = pd.factorize(first["dataset"] + "/" + first["subject"])
    for _ in range(TIMED):
        swap = rng.integers(2, size=len(names))[subject].astype(bool)
        pair = (
            first.assign(prediction=np.where(swap, second["prediction"], first["prediction"])),
            second.assign(prediction=np.where(swap, first["prediction"], second["prediction"])),
        )
        for table in pair:
            mean_f1([rows for _, rows in table.groupby("seed")])


def main() -> None:
    first, second = run(0.62, 1), run(0.55, 2)
    score(first[first["seed"] == 0])  # the first call pays for set-up
    scoring, results = timed(lambda: score(first))
    comparing, comparison = timed(lambda: paired_permutation(first, second, np.random.default_rng(0), draws=DRAWS))
    counts = subject_counts(first, 3)[0]
    interval, _ = timed(lambda: subject_interval(counts, np.random.default_rng(0), draws=DRAWS))
    plain_interval = timed(lambda: loop_interval(first))[0] * DRAWS / TIMED
    plain_comparing = timed(lambda: loop_permutation(first, second))[0] * DRAWS / TIMED
    total = scoring + comparing
    print(
        f"{len(first) // SEEDS} clips, 68 subjects, {SEEDS} seeds, one core; peer timed on {TIMED} of {DRAWS:,} draws"
    )
    print(f"{'':44}{'fleeting s':>12}{'plain loop s':>14}")
    print(f"{'one interval, 10,000 draws':44}{interval:12.3f}{plain_interval:14.0f}")
    print(f"{'paired comparison, 10,000 swaps + interval':44}{comparing:12.3f}{plain_comparing:14.0f}")
    print(f"{'all scores with 8 intervals':44}{scoring:12.3f}{'':>14}")
    print(f"{'evaluation and comparison together':44}{total:12.3f}{'':>14}  (limit {LIMIT} s)")
    result = {
        "benchmark": "evaluation",
        "ratio": round((plain_interval + plain_comparing) / (interval + comparing), 1),
        "against": "plain loop with scikit-learn's f1_score, scaled from fewer draws, same run",
        "target": TARGET,
        "details": {
            "seconds": round(total, 3),
            "limit": LIMIT,
            "interval_seconds": round(interval, 3),
            "comparison_seconds": round(comparing, 3),
            "uf1": results["overall"]["uf1"] if isinstance(results, dict) else None,
            "p": getattr(comparison, "p", None),
        },
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
