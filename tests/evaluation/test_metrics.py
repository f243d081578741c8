import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from fleeting.errors import ShapeError
from fleeting.evaluation import (
    confusion,
    f1_of_means,
    fold_mean,
    per_class,
    subject_mean_accuracy,
    uar,
    uf1,
    war,
    weighted_f1,
)

TRUTH = np.array([0] * 250 + [1] * 109 + [2] * 83)
"""Labels in the proportions of the 442-clip composite."""


def random_tables():
    """Truth and prediction of 2 to 7 classes, some of which are in neither, in one of them or have one clip."""
    rng = np.random.default_rng(0)
    for classes in (2, 3, 3, 4, 5, 7):
        truth, guess = (rng.choice(rng.permutation(classes)[: rng.integers(1, classes + 1)], 40) for _ in range(2))
        yield classes, truth, np.where(rng.random(40) < 0.5, truth, guess)
    yield 3, TRUTH, np.where(rng.random(442) < 0.6, TRUTH, rng.integers(0, 3, 442))


@pytest.mark.parametrize(("classes", "truth", "guess"), list(random_tables()))
def test_metrics_agree_with_scikit_learn(classes, truth, guess):
    counts, every = confusion(truth, guess, classes), {"labels": range(classes), "zero_division": 0}
    present = {"labels": np.union1d(truth, guess), "zero_division": 0}
    for absent, options in (("zero", every), ("leave-out", present)):
        macro = {"average": "macro", **options}
        assert uf1(counts, absent) == pytest.approx(f1_score(truth, guess, **macro))
        assert uar(counts, absent) == pytest.approx(recall_score(truth, guess, **macro))
        precision, recall = precision_score(truth, guess, **macro), recall_score(truth, guess, **macro)
        expected = 2 * precision * recall / (precision + recall) if precision + recall else 0
        assert f1_of_means(counts, absent) == pytest.approx(expected)
    assert war(counts) == pytest.approx(accuracy_score(truth, guess))
    assert war(counts) == pytest.approx(f1_score(truth, guess, average="micro"))
    assert weighted_f1(counts) == pytest.approx(f1_score(truth, guess, average="weighted", **every))
    for name, reference in (("f1", f1_score), ("recall", recall_score), ("precision", precision_score)):
        np.testing.assert_allclose(per_class(counts)[name], reference(truth, guess, average=None, **every))


@pytest.mark.parametrize("metric", [uf1, uar, war, weighted_f1, f1_of_means])
def test_metric_of_many_tables_is_that_of_each(metric):
    counts = np.random.default_rng(0).integers(0, 4, (2, 5, 3, 3))
    assert metric(counts).shape == (2, 5)
    assert metric(counts)[1, 4] == metric(counts[1, 4])


def test_fold_mean_agrees_with_scikit_learn_fold_by_fold():
    rng = np.random.default_rng(0)
    truth, guess = rng.integers(0, 3, (2, 12, 4))
    folds = np.stack([confusion(*pair) for pair in zip(truth, guess, strict=True)])
    usual = [f1_score(*pair, average="macro") for pair in zip(truth, guess, strict=True)]
    zero = [
        f1_score(*pair, average="macro", labels=range(3), zero_division=0) for pair in zip(truth, guess, strict=True)
    ]
    assert fold_mean(folds) == pytest.approx(np.mean(usual))
    assert fold_mean(folds, absent="zero") == pytest.approx(np.mean(zero))
    assert fold_mean(np.concatenate([folds, np.zeros((3, 3, 3), int)])) == pytest.approx(np.mean(usual))


def test_subject_mean_accuracy_weighs_every_subject_alike():
    subjects = np.stack([confusion([0, 0, 0, 0], [0, 0, 0, 1]), confusion([1], [1])])
    assert float(subject_mean_accuracy(subjects)) == pytest.approx((0.75 + 1) / 2)
    assert float(war(subjects.sum(0))) == 0.8


def test_f1_of_means_is_not_the_uf1():
    counts = confusion([0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 1], classes=2)
    assert float(uf1(counts)) == pytest.approx((0.75 + 0.5) / 2)
    assert float(f1_of_means(counts)) == pytest.approx(2 * 0.8 * (2 / 3) / (0.8 + 2 / 3))


def test_always_negative_scores_the_published_floor():
    counts = confusion(TRUTH, np.zeros(442, int))
    assert round(float(uf1(counts)), 4) == 0.2408
    assert round(float(uar(counts)), 4) == 0.3333
    assert round(float(war(counts)), 3) == 0.566


def test_confusion_has_the_truth_in_rows():
    assert confusion([0, 0, 2], [1, 1, 0]).tolist() == [[0, 2, 0], [0, 0, 0], [1, 0, 0]]


def test_absent_class_counts_as_zero_or_is_left_out():
    counts = confusion([0, 1], [0, 1])
    assert float(uf1(counts)) == pytest.approx(2 / 3)
    assert float(uf1(counts, "leave-out")) == 1.0
    assert float(uar(counts, "leave-out")) == 1.0


def test_class_that_is_only_predicted_stays_in_the_mean():
    counts = confusion([0, 1], [0, 2])
    assert float(uf1(counts, "leave-out")) == pytest.approx(1 / 3)


def test_pooling_differs_from_the_mean_of_folds():
    folds = np.stack([confusion([0, 0, 0, 1], [0, 0, 0, 0]), confusion([1], [1])])
    assert float(uf1(folds.sum(0))) == pytest.approx((6 / 7 + 2 / 3) / 3)
    assert float(fold_mean(folds)) == pytest.approx((3 / 7 + 1) / 2)


@pytest.mark.parametrize(("truth", "guess"), [([0, 1], [0]), ([0, 3], [0, 0]), ([0, -1], [0, 0]), ([0.5], [0])])
def test_confusion_refuses_what_is_no_class_index(truth, guess):
    with pytest.raises(ShapeError):
        confusion(truth, guess)
