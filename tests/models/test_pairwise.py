import numpy as np
import pytest
import torch
from sklearn.svm import SVC

from fleeting.errors import DatasetError
from fleeting.models.pairwise import class_scores, first_seen, fit_pairs


def cloud(classes, count=60, width=7, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, count)
    return rng.normal(size=(count, width)) + 0.7 * np.eye(classes, width)[labels], labels


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_decisions_and_answers_are_those_of_svc(classes):
    vectors, labels = cloud(classes)
    others, _ = cloud(classes, count=400, seed=1)
    solver = SVC(kernel="linear", C=0.5, decision_function_shape="ovo").fit(vectors, labels)
    duals, biases = fit_pairs(vectors @ vectors.T, labels, classes, 0.5)
    decisions = others @ (duals @ vectors).T + biases
    theirs = solver.decision_function(others).reshape(len(others), -1)
    np.testing.assert_allclose(decisions, -theirs if classes == 2 else theirs, atol=1e-8)
    scores = class_scores(torch.from_numpy(decisions), torch.arange(classes))
    np.testing.assert_array_equal(scores.argmax(1), solver.predict(others))


def test_scores_are_the_one_versus_rest_decisions_of_svc():
    vectors, labels = cloud(4)
    duals, biases = fit_pairs(vectors @ vectors.T, labels, 4, 1.0)
    theirs = SVC(kernel="linear").fit(vectors, labels).decision_function(vectors)
    scores = class_scores(torch.from_numpy(vectors @ (duals @ vectors).T + biases), torch.arange(4)).numpy()
    free = np.sort(theirs.round(), axis=1)[:, -1] != np.sort(theirs.round(), axis=1)[:, -2]  # no equal votes
    np.testing.assert_allclose(scores[free], theirs[free], atol=1e-7)


@pytest.mark.parametrize(("labels", "winner"), [([0, 1, 2], 0), ([1, 1, 0, 2], 1), ([2, 1, 0], 2)])
def test_equal_votes_go_to_the_class_whose_clips_come_first(labels, winner):
    """As libsvm. 0 beats 1, 1 beats 2, 2 beats 0, the last by far: one vote each."""
    scores = class_scores(torch.tensor([[0.1, -9.0, 0.1]]), first_seen(np.array(labels), 3))
    assert scores.argmax(1).tolist() == [winner]


def test_more_votes_win_whichever_class_came_first():
    scores = class_scores(torch.tensor([[-0.1, -0.1, 9.0]]), torch.tensor([0, 2, 1]))
    assert scores.argmax(1).tolist() == [1]


def test_classes_without_clips_come_last():
    assert first_seen(np.array([2, 0, 2]), 4).tolist() == [1, 2, 0, 3]


def test_class_without_clips_never_wins():
    vectors, labels = cloud(3)
    labels[labels == 1] = 2
    duals, biases = fit_pairs(vectors @ vectors.T, labels, 3, 1.0)
    scores = class_scores(torch.from_numpy(vectors @ (duals @ vectors).T + biases), torch.arange(3))
    assert set(scores.argmax(1).tolist()) == {0, 2}
    np.testing.assert_array_equal(scores.argmax(1), SVC(kernel="linear").fit(vectors, labels).predict(vectors))


def test_clip_of_weight_zero_is_as_if_it_were_not_there():
    vectors, labels = cloud(3)
    weights = np.where(np.arange(60) < 40, 2.0, 0.0)
    duals, biases = fit_pairs(vectors @ vectors.T, labels, 3, 1.0, weights)
    few, other = fit_pairs(vectors[:40] @ vectors[:40].T, labels[:40], 3, 2.0)
    np.testing.assert_allclose(duals[:, :40], few, atol=1e-8)
    np.testing.assert_allclose(biases, other, atol=1e-8)
    assert not duals[:, 40:].any()


def test_one_class_is_refused():
    with pytest.raises(DatasetError, match="two classes"):
        fit_pairs(np.eye(3), np.zeros(3, int), 3, 1.0)
