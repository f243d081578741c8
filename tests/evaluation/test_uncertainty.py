import time

import numpy as np
import pytest

from fleeting.errors import ShapeError
from fleeting.evaluation import subject_interval, uf1


def counts_of(subjects, seed=0, seeds=1):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 5, (seeds, subjects, 3, 3)) + 5 * np.eye(3, dtype=int)


def test_interval_agrees_with_a_plain_loop_over_draws():
    counts = counts_of(12)
    rng = np.random.default_rng(1)
    scores = [float(uf1(counts[0][rng.integers(0, 12, 12)].sum(0))) for _ in range(4000)]
    low, high = subject_interval(counts, np.random.default_rng(2), draws=4000)
    assert low == pytest.approx(np.quantile(scores, 0.025), abs=0.005)
    assert high == pytest.approx(np.quantile(scores, 0.975), abs=0.005)


def test_interval_is_a_point_when_all_subjects_are_alike():
    counts = np.repeat(counts_of(1), 9, axis=1)
    low, high = subject_interval(counts, np.random.default_rng(0))
    assert low == pytest.approx(high) == pytest.approx(float(uf1(counts.sum((0, 1)))))


def test_interval_narrows_with_more_subjects():
    few, many = (subject_interval(counts_of(n), np.random.default_rng(0)) for n in (8, 128))
    assert many[1] - many[0] < 0.5 * (few[1] - few[0])


def test_interval_repeats_with_the_same_generator_seed():
    first, second = (subject_interval(counts_of(6), np.random.default_rng(3)) for _ in range(2))
    assert first == second


def test_two_thousand_draws_over_the_composite_take_under_a_second():
    start = time.process_time()
    subject_interval(counts_of(68, seeds=3), np.random.default_rng(0), draws=2000)
    assert time.process_time() - start < 1


@pytest.mark.parametrize("shape", [(3, 3), (1, 0, 3, 3), (1, 2, 3, 4)])
def test_interval_refuses_other_shapes(shape):
    with pytest.raises(ShapeError):
        subject_interval(np.ones(shape, int), np.random.default_rng(0))
