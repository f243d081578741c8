"""How often does a 95 % interval over subjects hold the true score, and how wide is it?

Populations of subjects are made up in the likeness of MEGC2019: 1 to 39 clips each (mean 6.5, sd 6.7), classes uneven
and clustered by subject, skill and its errors varying by subject. Samples of 68, 40 and 16 subjects are drawn, and
each kind of interval is asked whether it holds the score of the whole population. `fleeting` is the one that the
package uses; its rivals live here only.

Run: python benchmarks/coverage.py
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, ndtr, ndtri, stdtrit

from fleeting.evaluation.metrics import Measure, score_of
from fleeting.evaluation.uncertainty import PooledScore, subject_interval

Numbers = npt.NDArray[np.float64]
Ends = tuple[float, float]

SAMPLES = 5000
DRAWS = 600
POPULATION = 400_000
SUBJECTS = (68, 40, 16)
CLASSES = np.array([0.566, 0.247, 0.188])
LOW, HIGH = 0.025, 0.975
OURS = "fleeting: symmetric bootstrap-t, logit"
TARGET = 0.93


@dataclass(frozen=True)
class World:
    """A population of subjects."""

    answers: tuple[tuple[float, ...], ...]
    """Shares of the answers of a middling subject, per true class."""
    skill: float = 0.8
    """Sd over subjects of the log odds of a right answer."""
    skill_per_class: float = 0.4
    clustering: float = 4.0
    """Concentration of the subjects' class shares (Dirichlet); 4 gives the overdispersion of the 442 real labels."""

    def draw(self, subjects: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        """(1, S, C, C) confusion counts of one seed."""
        sizes = np.clip(np.ceil(np.exp(rng.normal(np.log(6.5) - 0.55, 1, subjects))), 1, 39).astype(int)
        shares = np.maximum(rng.gamma(self.clustering * CLASSES, size=(subjects, 3)), 1e-200)
        labels = rng.multinomial(sizes, shares / shares.sum(-1, keepdims=True))
        shift = rng.normal(0, self.skill, (subjects, 1)) + rng.normal(0, self.skill_per_class, (subjects, 3))
        odds = np.array(self.answers) * np.exp(shift[..., None] * np.eye(3))
        return rng.multinomial(labels, odds / odds.sum(-1, keepdims=True))[None]


WORLDS = {
    "typical": World(((0.80, 0.11, 0.09), (0.22, 0.66, 0.12), (0.18, 0.10, 0.72))),
    "clustered": World(((0.82, 0.10, 0.08), (0.20, 0.70, 0.10), (0.15, 0.08, 0.77)), 1.5, 0.8, 1.5),
    "strong": World(((0.93, 0.04, 0.03), (0.10, 0.84, 0.06), (0.08, 0.05, 0.87))),
    "weak": World(((0.62, 0.22, 0.16), (0.42, 0.38, 0.20), (0.36, 0.20, 0.44))),
}


@dataclass(frozen=True)
class Sample:
    """What the rival intervals need to know of one sample, worked out once."""

    value: float
    error: float
    subjects: int
    without: Numbers
    """(S,) the score without each subject."""
    values: Numbers
    """(B,) scores of the draws."""
    errors: Numbers
    """(B,) standard errors of the draws."""

    @classmethod
    def of(cls, counts: npt.NDArray[np.int64], measure: Measure, rng: np.random.Generator) -> Sample:
        """The facts of (1, S, C, C) counts."""
        score = PooledScore.of(counts, measure)
        subjects = counts.shape[1]
        without = score.effects(1 - np.eye(subjects))[0]
        return cls(score.value(), score.standard_error(), subjects, without, *score.draw(rng, DRAWS))

    @property
    def jackknife_error(self) -> float:
        """From leaving out one subject at a time."""
        share = (self.subjects - 1) / self.subjects
        return float(np.sqrt(share * ((self.without - self.without.mean()) ** 2).sum()))


def percentile(sample: Sample) -> Ends:
    low, high = np.quantile(sample.values, [LOW, HIGH])
    return float(low), float(high)


def accelerated(sample: Sample) -> Ends:
    """BCa, Efron and Tibshirani 14.3."""
    share = np.mean(sample.values < sample.value) + np.mean(sample.values == sample.value) / 2
    bias = ndtri(np.clip(share, 1 / DRAWS, 1 - 1 / DRAWS))
    pull = sample.without.mean() - sample.without
    bend = (pull**3).sum() / max(6 * (pull**2).sum() ** 1.5, 1e-12)
    places = bias + ndtri([LOW, HIGH])
    low, high = np.quantile(sample.values, ndtr(bias + places / (1 - bend * places)))
    return float(low), float(high)


def studentised(sample: Sample) -> Ends:
    """The plain bootstrap-t."""
    usable = sample.errors > 1e-9
    shift = (sample.values[usable] - sample.value) / sample.errors[usable]
    low, high = sample.value - np.quantile(shift, [HIGH, LOW]) * sample.error
    return max(float(low), 0.0), min(float(high), 1.0)


def delta(sample: Sample) -> Ends:
    reach = stdtrit(sample.subjects - 1, HIGH) * sample.error
    return max(sample.value - reach, 0.0), min(sample.value + reach, 1.0)


def jackknife(sample: Sample) -> Ends:
    """Jackknife standard error, t quantile, on the logit scale."""
    return _on_logit(sample, stdtrit(sample.subjects - 1, HIGH))


def jackknife_moments(sample: Sample) -> Ends:
    """The same, the degrees of freedom by matching the second moment of the squared pulls (Satterthwaite)."""
    squares = (sample.without - sample.without.mean()) ** 2
    spread = max(float(((squares - squares.mean()) ** 2).sum()), 1e-15)
    return _on_logit(sample, stdtrit(max(2 * squares.sum() ** 2 / spread, 1.0), HIGH))


def _on_logit(sample: Sample, reach: float) -> Ends:
    value = min(max(sample.value, 1e-6), 1 - 1e-6)
    shift = reach * sample.jackknife_error / (value * (1 - value))
    return float(expit(logit(value) - shift)), float(expit(logit(value) + shift))


RIVALS: dict[str, Callable[[Sample], Ends]] = {
    "percentile bootstrap": percentile,
    "BCa bootstrap": accelerated,
    "bootstrap-t": studentised,
    "delta method, t": delta,
    "jackknife, t, logit": jackknife,
    "jackknife, t by moments, logit": jackknife_moments,
}


def population_score(world: World, measure: Measure, rng: np.random.Generator) -> float:
    """The score of so many subjects that it moves no more."""
    return float(score_of(world.draw(POPULATION, rng).sum((0, 1)), measure))


def measure_cell(
    world: World, measure: Measure, truth: float, subjects: int, rng: np.random.Generator
) -> dict[str, tuple[float, float]]:
    """Coverage and mean width of every kind of interval."""
    ends: dict[str, list[Ends]] = {name: [] for name in (*RIVALS, OURS)}
    for _ in range(SAMPLES):
        counts = world.draw(subjects, rng)
        sample = Sample.of(counts, measure, rng)
        for name, rival in RIVALS.items():  # a sample without a mistake gives them no spread to work with
            ends[name].append(rival(sample) if sample.error else (sample.value, sample.value))
        ends[OURS].append(subject_interval(counts, rng, measure=measure, draws=DRAWS))
    found = {}
    for name, pairs in ends.items():
        low, high = np.array(pairs).T
        found[name] = (float(((low <= truth) & (truth <= high)).mean()), float((high - low).mean()))
    return found


def main() -> None:
    started = time.perf_counter()
    rng = np.random.default_rng(0)
    cells: dict[str, dict[str, tuple[float, float]]] = {}
    heads = "".join(f"{f'{n} subjects':>16}" for n in SUBJECTS)
    plan: list[tuple[str, Measure]] = [*((name, "uf1") for name in WORLDS), ("typical", "uar")]
    for name, measure in plan:
        truth = population_score(WORLDS[name], measure, rng)
        rows = [measure_cell(WORLDS[name], measure, truth, subjects, rng) for subjects in SUBJECTS]
        print(f"{f'{name}: {measure.upper()} {truth:.3f}':40}{heads}")
        for method in (*RIVALS, OURS):
            print(f"{method:40}" + "".join(f"{row[method][0]:9.3f} /{row[method][1]:5.3f}" for row in rows))
        cells |= {f"{name} {measure} {n}": row for n, row in zip(SUBJECTS, rows, strict=True)}
    print(f"coverage / mean width; {SAMPLES} samples of {DRAWS} draws per cell; wanted .95, sd of a coverage .003")
    large = [cell[OURS][0] for name, cell in cells.items() if not name.endswith(" 16")]
    result = {
        "benchmark": "coverage",
        "ratio": round(min(large), 3),
        "against": "lowest share of our 95 % intervals that hold the truth, 68 and 40 subjects",
        "target": TARGET,
        "details": {
            "highest": round(max(large), 3),
            "seconds": round(time.perf_counter() - started, 1),
            "cells": {
                name: {method: [round(x, 4) for x in pair] for method, pair in cell.items()}
                for name, cell in cells.items()
            },
        },
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
