"""Scores that the authors or our specification name for the released descriptors, on the sets at hand (C, V, N)."""

from functools import cache

import pytest
from cdmer_tasks import Tasks
from threadpoolctl import threadpool_limits


@pytest.fixture
def tasks(mirror):
    with threadpool_limits(1):
        yield read()


@cache
def read():
    return Tasks()


@pytest.mark.parametrize(
    ("task", "kappa", "xi", "score"),
    [
        ("V->N", 12, 44, (0.6984, 70.42)),
        ("N->V", 12, 280, (0.8403, 84.51)),
        ("C->V", 85, 0.003, (0.5906, 59.15)),
        ("V->C", 85, 0.028, (0.6403, 63.85)),
        ("N->C", 75, 0.022, (0.4474, 48.46)),
        ("C->N", 85, 0.0016, (0.5239, 53.52)),
    ],
)
def test_tgsr_has_the_scores_of_its_authors_log(tasks, task, kappa, xi, score):
    assert tasks.score("tgsr", task, kappa=kappa, xi=xi) == score


def test_tgsr_has_the_confusions_that_were_checked(tasks):
    model = tasks.adapted("tgsr", "V->N", kappa=12, xi=44)
    assert tasks.counts(model, "V->N").tolist() == [[12, 10, 1], [2, 24, 2], [3, 3, 14]]
    model = tasks.adapted("tgsr", "V->C", kappa=85, xi=0.028)
    assert tasks.counts(model, "V->C").tolist() == [[39, 25, 9], [4, 25, 3], [2, 4, 19]]


@pytest.mark.parametrize(
    ("task", "score"),
    [("V->N", 0.5708), ("C->V", 0.5332)],
)
def test_tgsr_with_its_default_options_has_the_score_without_oracle(tasks, task, score):
    assert tasks.score("tgsr", task)[0] == score


@pytest.mark.parametrize(
    ("task", "score"),
    [("V->N", (0.6186, 63.38)), ("N->V", (0.6078, 63.38)), ("V->C", (0.5367, 53.08)), ("N->C", (0.2368, 23.85))],
)
def test_svm_has_the_printed_scores(tasks, task, score):
    assert tasks.score("svm", task) == score


@pytest.mark.parametrize(
    ("name", "task", "options", "score"),
    [
        ("tca", "V->N", {"components": 1}, (0.5810, 61.97)),
        ("tca", "V->C", {"components": 92}, (0.5789, 59.23)),
        ("gfk", "N->V", {"components": 30}, (0.8142, 81.69)),
        ("gfk", "N->C", {"components": 24}, (0.4469, 46.92)),
        ("tkl", "V->N", {"damping": 1.2}, (0.7558, 76.06)),
        ("drls", "C->V", {"balance": 1.0, "sparsity": 0.3}, (0.5757, 57.75)),
    ],
)
def test_other_methods_have_printed_scores_at_some_options(tasks, name, task, options, score):
    assert tasks.score(name, task, **options) == score


@pytest.mark.parametrize(
    ("task", "balance", "sparsity", "score"),
    [("V->N", 1000, 3, (0.6951, 70.42)), ("N->V", 1000, 1, (0.7884, 78.87)), ("V->C", 1000, 1, (0.5854, 58.46))],
)
def test_drls_has_the_best_scores_of_its_grid(tasks, task, balance, sparsity, score):
    assert tasks.score("drls", task, balance=balance, sparsity=sparsity) == score
