"""Scores that the authors or our specification name for the released descriptors, on the sets at hand (C, V, N)."""

from functools import cache

import pytest
import torch
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


PRINTED = {
    "svm": (None, {
        "V->N": (None, 0.6186, 63.38), "N->V": (None, 0.6078, 63.38), "C->V": (None, 0.4701, 50.70),
        "V->C": (None, 0.5367, 53.08), "C->N": (None, 0.5295, 52.11), "N->C": (None, 0.2368, 23.85),
    }),
    "tca": ("components", {
        "V->N": (1, 0.5810, 61.97), "N->V": (8, 0.6598, 67.61), "C->V": (25, 0.6834, 69.01),
        "V->C": (92, 0.5789, 59.23), "C->N": (21, 0.4992, 50.70), "N->C": (38, 0.3937, 42.31),
    }),
    "gfk": ("components", {
        "V->N": (45, 0.7619, 76.06), "N->V": (30, 0.8142, 81.69), "C->V": (44, 0.6361, 66.20),
        "V->C": (42, 0.6056, 61.54), "C->N": (39, 0.5180, 53.52), "N->C": (24, 0.4469, 46.92),
    }),
    "sa": ("components", {
        "V->N": (22, 0.7004, 71.83), "N->V": (67, 0.7394, 74.65), "C->V": (31, 0.5939, 59.15),
        "V->C": (60, 0.5243, 51.54), "N->C": (39, 0.3592, 36.92),
    }),
    "tkl": ("damping", {"V->N": (1.2, 0.7558, 76.06), "C->N": (1.1, 0.5392, 54.93)}),
    "drls": ("sparsity", {"C->V": (0.3, 0.5757, 57.75)}),
}  # fmt: skip
"""Method -> the option that the benchmark chose by the score on the target, and task -> its value and the row printed.

Of `gfk` V->C the paper prints an accuracy of 61.50, which 130 clips cannot give. The values are the best of all."""
CASES = [(name, option, task, *row) for name, (option, rows) in PRINTED.items() for task, row in rows.items()]


@pytest.mark.parametrize(("name", "option", "task", "value", "uf1", "accuracy"), CASES)
def test_method_has_the_printed_score(tasks, name, option, task, value, uf1, accuracy):
    assert tasks.score(name, task, **({option: value} if option else {})) == (uf1, accuracy)


def test_equal_votes_of_the_machines_decide_a_printed_score(tasks):
    """In CASME II the first clip is positive: were the lowest class to win, C->V would have .4800."""
    model = tasks.adapted("svm", "C->V")
    assert model.ranks.tolist() == [1, 0, 2]
    model.ranks = torch.arange(3)
    assert tasks.counts(model, "C->V").trace() == 37  # of 71, for 36


@pytest.mark.parametrize(
    ("task", "balance", "sparsity", "score"),
    [("V->N", 1000, 3, (0.6951, 70.42)), ("N->V", 1000, 1, (0.7884, 78.87)), ("V->C", 1000, 1, (0.5854, 58.46))],
)
def test_drls_has_the_best_scores_of_its_grid(tasks, task, balance, sparsity, score):
    assert tasks.score("drls", task, balance=balance, sparsity=sparsity) == score
