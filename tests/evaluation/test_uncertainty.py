import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from fleeting.errors import ShapeError
from fleeting.evaluation import subject_interval, uar, uf1
from fleeting.evaluation.metrics import score_of
from fleeting.evaluation.uncertainty import PooledScore, difference_interval


def counts_of(subjects, seed=0, seeds=1):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 5, (seeds, subjects, 3, 3)) + 5 * np.eye(3, dtype=int)


def flawless(subjects):
    return np.tile(2 * np.eye(3, dtype=int), (1, subjects, 1, 1))


def slow_standard_error(counts):
    """By what the score moves when a subject counts a little more."""
    pooled = counts.sum(0).astype(float)
    moves = [(uf1(pooled + 1e-6 * one) - uf1(pooled - 1e-6 * one)) / 2e-6 for one in counts]
    return float(np.sqrt(len(counts) / (len(counts) - 1) * np.square(moves).sum()))


def test_interval_agrees_with_a_plain_loop_over_draws():
    counts = counts_of(12)[0]
    rng, value = np.random.default_rng(1), float(uf1(counts.sum(0)))
    shifts = []
    for _ in range(1500):
        drawn = counts[rng.integers(0, 12, 12)]
        score = float(uf1(drawn.sum(0)))
        scale = slow_standard_error(drawn) / (score * (1 - score))
        shifts.append(abs(np.log(score / (1 - score)) - np.log(value / (1 - value))) / scale)
    reach = np.quantile(shifts, 0.95) * slow_standard_error(counts) / (value * (1 - value))
    expected = [1 / (1 + np.exp(-(np.log(value / (1 - value)) + sign * reach))) for sign in (-1, 1)]
    assert subject_interval(counts[None], np.random.default_rng(2)) == pytest.approx(expected, abs=0.004)


@pytest.mark.parametrize("measure", ["uf1", "uar", "war"])
def test_score_as_ratios_is_the_score(measure):
    counts = counts_of(7, seeds=3)
    assert PooledScore.of(counts, measure).value() == pytest.approx(score_of(counts.sum(1), measure).mean())


@pytest.mark.parametrize("measure", ["uf1", "uar"])
def test_pulls_are_what_leaving_out_a_little_of_a_subject_does(measure):
    counts = counts_of(6, seeds=2)
    score, ones = PooledScore.of(counts, measure), np.ones((1, 6))
    less = score.effects(1 - 1e-6 * np.eye(6))[0]
    np.testing.assert_allclose(score.effects(ones)[1][0], (score.value() - less) / 1e-6, atol=1e-6)
    assert score.effects(ones)[1].sum() == pytest.approx(0, abs=1e-12)


def test_interval_holds_the_truth_as_often_as_it_says(monkeypatch):
    """A small version of benchmarks/coverage.py, whose populations it draws from."""
    path = Path(__file__).parents[2] / "benchmarks" / "coverage.py"
    spec = importlib.util.spec_from_file_location("coverage_benchmark", path)
    benchmark = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, benchmark)
    spec.loader.exec_module(benchmark)
    rng, world = np.random.default_rng(0), benchmark.WORLDS["typical"]
    truth = float(uf1(world.draw(100_000, rng).sum((0, 1))))
    ends = np.array([subject_interval(world.draw(40, rng), rng, draws=300) for _ in range(500)])
    covered = ((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean()
    assert 0.92 <= covered <= 0.98  # 0.95 with an sd of 0.01
    assert 0.18 <= (ends[:, 1] - ends[:, 0]).mean() <= 0.22


def test_interval_is_no_point_when_all_subjects_are_alike():
    counts = np.repeat(counts_of(1), 9, axis=1)
    low, high = subject_interval(counts, np.random.default_rng(0))
    value, surest = float(uf1(counts.sum((0, 1)))), 0.025 ** (1 / 9)
    assert (low, high) == pytest.approx((value * surest, 1 - (1 - value) * surest))


def test_interval_without_mistake_still_doubts():
    assert subject_interval(flawless(40), np.random.default_rng(0)) == pytest.approx((0.025 ** (1 / 40), 1))
    never = np.roll(flawless(40), 1, axis=3)
    assert subject_interval(never, np.random.default_rng(0)) == pytest.approx((0, 1 - 0.025 ** (1 / 40)))


def test_interval_stays_inside_and_open_with_a_single_mistake():
    counts = flawless(40)
    counts[0, 0, 0] = [1, 1, 0]
    low, high = subject_interval(counts, np.random.default_rng(0))
    assert 0.9 < low < float(uf1(counts.sum((0, 1)))) < high < 1


@pytest.mark.parametrize("subjects", [1, 2, 4])
def test_interval_of_few_subjects_is_the_whole_range(subjects):
    assert subject_interval(counts_of(subjects), np.random.default_rng(0)) == (0, 1)


def test_interval_of_a_part_leaves_an_absent_class_out():
    counts = counts_of(20)
    counts[..., 2, :] = counts[..., 2] = 0
    low, high = subject_interval(counts, np.random.default_rng(0), absent="leave-out")
    assert low < float(uf1(counts.sum((0, 1)), "leave-out")) < high
    assert subject_interval(counts, np.random.default_rng(0))[1] < 2 / 3 + 0.01


def test_interval_narrows_with_more_subjects():
    few, many = (subject_interval(counts_of(n), np.random.default_rng(0)) for n in (8, 128))
    assert many[1] - many[0] < 0.5 * (few[1] - few[0])


def test_interval_of_equal_seeds_is_that_of_one():
    one = counts_of(12)
    first, second = (subject_interval(c, np.random.default_rng(3)) for c in (one, np.repeat(one, 3, axis=0)))
    assert first == pytest.approx(second)


def test_interval_repeats_with_the_same_generator_seed():
    first, second = (subject_interval(counts_of(6), np.random.default_rng(3)) for _ in range(2))
    assert first == second


def test_interval_does_not_depend_on_how_draws_are_blocked(monkeypatch):
    whole = subject_interval(counts_of(9), np.random.default_rng(3), draws=500)
    monkeypatch.setattr("fleeting.evaluation.uncertainty.BLOCK", 9 * 64)
    assert subject_interval(counts_of(9), np.random.default_rng(3), draws=500) == pytest.approx(whole)


def test_difference_interval_is_centred_on_the_difference():
    one, other = counts_of(20), counts_of(20, seed=1)
    difference = PooledScore.of(one, "uar") - PooledScore.of(other, "uar")
    low, high = difference_interval(difference, np.random.default_rng(0))
    assert (low + high) / 2 == pytest.approx(float(uar(one.sum((0, 1))) - uar(other.sum((0, 1)))))
    same = PooledScore.of(one) - PooledScore.of(one)
    assert difference_interval(same, np.random.default_rng(0)) == pytest.approx((0, 0), abs=1e-12)


@pytest.mark.parametrize("shape", [(3, 3), (1, 0, 3, 3), (1, 2, 3, 4)])
def test_interval_refuses_other_shapes(shape):
    with pytest.raises(ShapeError):
        subject_interval(np.ones(shape, int), np.random.default_rng(0))
