"""How far a score would move had other people been recorded: a studentised bootstrap over subjects.

Clips of one subject resemble each other, so drawing clips would promise too narrow an interval: whole subjects are
drawn. The seeds of a run share each draw, and the score of a draw is the mean over the seeds, as in the headline.

Method: the symmetric bootstrap-t on the logit scale. Every draw b of S subjects with replacement gives the score s_b
and its linearised standard error e_b; t_b = |logit s_b - logit s| / (e_b / (s_b (1 - s_b))). The interval is logit s
+- (95 % quantile of t_b) e / (s (1 - s)), mapped back, so it stays inside 0..1. The plain percentile interval is too
narrow on data like these: benchmarks/coverage.py measures both, docs/evaluation.md has the table.

Source: bootstrap-t, also on a transformed scale: Efron and Tibshirani, An Introduction to the Bootstrap, 12.5-12.6;
symmetric form: Hall, The Bootstrap and Edgeworth Expansion; linearised variance of ratios over clusters: Cochran,
Sampling Techniques. The choice among the candidates and the rules for few subjects and for runs without a mistake are
ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from ..errors import ShapeError
from .metrics import Absent, Counts, Measure, Ratios, ratio_parts, ratio_weights

DRAWS = 10_000
LEVEL = 0.95
"""Share of intervals that shall hold the score of the whole population."""
FEWEST_SUBJECTS = 5
"""With fewer, nothing useful can be said about other people: the interval is the whole range."""
BLOCK = 2_000_000
"""Numbers drawn at a time, so that memory does not grow with subjects x draws."""
ZERO = 1e-9


@dataclass(frozen=True, slots=True)
class PooledScore:
    """A score as a weighted sum of ratios whose numerators and denominators add up over subjects.

    One ratio per seed and class; a difference of two scores is one PooledScore with the weights of the second negated.
    """

    above: Ratios
    """(S, J) float64."""
    below: Ratios
    """(S, J) float64."""
    weights: Ratios
    """(J,) float64."""

    @classmethod
    def of(cls, counts: Counts, measure: Measure = "uf1", absent: Absent = "zero") -> PooledScore:
        """The mean over seeds of a measure; which classes count is settled by all subjects, not by a draw.

        Args:
            counts: (K, S, C, C) confusion counts per seed and subject, rows are the truth.
            measure: the score.
            absent: the rule for classes in neither truth nor prediction.

        Raises:
            ShapeError: counts are not (K, S, C, C), or there is no seed or no subject.
        """
        if counts.ndim != 4 or counts.shape[2] != counts.shape[3] or 0 in counts.shape:
            raise ShapeError(
                "The counts are not per seed and subject.", expected="(K>0, S>0, C, C)", got=str(counts.shape)
            )
        above, below = (part.transpose(1, 0, 2).reshape(counts.shape[1], -1) for part in ratio_parts(counts, measure))
        return cls(above, below, ratio_weights(counts.sum(1), measure, absent).ravel() / len(counts))

    def __sub__(self, other: PooledScore) -> PooledScore:
        """The difference of two scores over the same subjects in the same order."""
        return PooledScore(
            np.hstack([self.above, other.above]),
            np.hstack([self.below, other.below]),
            np.concatenate([self.weights, -other.weights]),
        )

    def ratio_mean(self, above: Ratios, below: Ratios) -> Ratios:
        """The score, (...), of sums (..., J) over subjects; a ratio over nothing is 0."""
        return np.asarray(np.divide(above, below, out=np.zeros_like(below), where=below > 0) @ self.weights)

    def effects(self, times: npt.NDArray[np.float64]) -> tuple[Ratios, Ratios]:
        """The score and the pull of each subject on it, to first order, when subjects count `times` over.

        Args:
            times: (B, S) float64.

        Returns:
            values: (B,) float64.
            pulls: (B, S) float64; weighted by `times` they sum to 0.
        """
        above, below = times @ self.above, times @ self.below
        inverse = np.divide(
            np.broadcast_to(self.weights, below.shape), below, out=np.zeros_like(below), where=below > 0
        )
        shrink = np.divide(inverse * above, below, out=np.zeros_like(below), where=below > 0)
        return self.ratio_mean(above, below), inverse @ self.above.T - shrink @ self.below.T

    def standard_error(self) -> float:
        """The linearised standard error of the score over subjects; 0 for a single subject."""
        return float(self._estimates(np.ones((1, len(self.above))))[1][0])

    def value(self) -> float:
        """The score of all subjects."""
        return float(self.effects(np.ones((1, len(self.above))))[0][0])

    def _estimates(self, times: npt.NDArray[np.float64]) -> tuple[Ratios, Ratios]:
        values, pulls = self.effects(times)
        subjects = len(self.above)
        return values, np.sqrt(subjects / max(subjects - 1, 1) * (times * pulls**2).sum(-1))

    def draw(self, rng: np.random.Generator, draws: int) -> tuple[Ratios, Ratios]:
        """Scores and standard errors, each (draws,), of as many subjects drawn with replacement."""
        subjects = len(self.above)
        size = max(1, BLOCK // subjects)
        found = []
        for start in range(0, draws, size):
            rows = min(size, draws - start)
            chosen = rng.integers(subjects, size=(rows, subjects)) + subjects * np.arange(rows)[:, None]
            times = np.bincount(chosen.ravel(), minlength=rows * subjects).reshape(rows, subjects)
            found.append(self._estimates(times.astype(np.float64)))
        return np.concatenate([values for values, _ in found]), np.concatenate([errors for _, errors in found])


def subject_interval(
    counts: Counts,
    rng: np.random.Generator,
    *,
    measure: Measure = "uf1",
    absent: Absent = "zero",
    draws: int = DRAWS,
) -> tuple[float, float]:
    """The 95 % interval of a score for other people from the same population.

    Args:
        counts: (K, S, C, C) confusion counts per seed and subject, rows are the truth.
        rng: where the draws come from.
        measure: the score.
        absent: the rule for classes in neither truth nor prediction; a class that only a draw lacks scores 0 there.
        draws: number of draws.

    Returns:
        (low, high) inside 0..1. Below FEWEST_SUBJECTS subjects (0, 1). Where all subjects are alike, as in a run
        without a mistake, the draws have no spread; then both ends allow for the exact binomial bound of "nobody of so
        many subjects is otherwise".

    Raises:
        ShapeError: counts are not (K, S, C, C), or there is no seed or no subject.
    """
    score = PooledScore.of(counts, measure, absent)
    subjects, value, error = len(score.above), score.value(), score.standard_error()
    if subjects < FEWEST_SUBJECTS:
        return 0.0, 1.0
    if error < ZERO:
        surest = float(((1 - LEVEL) / 2) ** (1 / subjects))
        return value * surest, 1 - (1 - value) * surest
    values, errors = score.draw(rng, draws)
    usable = errors > ZERO  # a draw in which no subject pulls tells nothing about the spread
    shift = np.abs(_logit(values[usable]) - _logit(value)) / (errors[usable] * _slope(values[usable]))
    reach = float(np.quantile(shift, LEVEL, method="higher")) * error * float(_slope(value))
    return float(expit(_logit(value) - reach)), float(expit(_logit(value) + reach))


def difference_interval(
    difference: PooledScore, rng: np.random.Generator, *, draws: int = DRAWS
) -> tuple[float, float]:
    """As `subject_interval`, for a difference of two scores: the symmetric bootstrap-t, not transformed.

    Returns:
        (low, high) inside -1..1; (-1, 1) below FEWEST_SUBJECTS subjects; a point where no subject tells the runs apart.
    """
    value, error = difference.value(), difference.standard_error()
    if len(difference.above) < FEWEST_SUBJECTS:
        return -1.0, 1.0
    if error < ZERO:
        return value, value
    values, errors = difference.draw(rng, draws)
    usable = errors > ZERO
    shift = np.abs(values[usable] - value) / errors[usable]
    reach = float(np.quantile(shift, LEVEL, method="higher")) * error
    return max(value - reach, -1.0), min(value + reach, 1.0)


def _logit(value: npt.ArrayLike) -> Ratios:
    return np.asarray(logit(np.clip(value, ZERO, 1 - ZERO)), np.float64)


def _slope(value: npt.ArrayLike) -> Ratios:
    """The derivative of the logit."""
    inside = np.clip(value, ZERO, 1 - ZERO)
    return np.asarray(1 / (inside * (1 - inside)), np.float64)
