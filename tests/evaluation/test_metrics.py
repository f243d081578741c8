import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, recall_score

from fleeting.errors import ShapeError
from fleeting.evaluation import confusion, per_class, uar, uf1, war

TRUTH = np.array([0] * 250 + [1] * 109 + [2] * 83)
"""Labels in the proportions of the 442-clip composite."""


@pytest.mark.parametrize("seed", range(5))
def test_metrics_agree_with_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    guess = np.where(rng.random(442) < 0.6, TRUTH, rng.integers(0, 3, 442))
    counts = confusion(TRUTH, guess)
    assert uf1(counts) == pytest.approx(f1_score(TRUTH, guess, average="macro"))
    assert uar(counts) == pytest.approx(balanced_accuracy_score(TRUTH, guess))
    assert war(counts) == pytest.approx(accuracy_score(TRUTH, guess))
    np.testing.assert_allclose(per_class(counts)["f1"], f1_score(TRUTH, guess, average=None))
    np.testing.assert_allclose(per_class(counts)["recall"], recall_score(TRUTH, guess, average=None))


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
    assert float(uf1(folds, "leave-out").mean()) == pytest.approx((3 / 7 + 1) / 2)


@pytest.mark.parametrize(("truth", "guess"), [([0, 1], [0]), ([0, 3], [0, 0]), ([0, -1], [0, 0]), ([0.5], [0])])
def test_confusion_refuses_what_is_no_class_index(truth, guess):
    with pytest.raises(ShapeError):
        confusion(truth, guess)
