"""The mathematics of the cross-database methods, each against a plain form of its definition."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from fleeting.errors import OptionsError
from fleeting.models import MODELS, create_model, list_models
from fleeting.models.mean_matching import match_means
from fleeting.models.nonnegative import nonnegative
from fleeting.models.regeneration import sparse_map
from fleeting.models.subspaces import geodesic_factor, principal_axes
from fleeting.models.tgsr import group_regression
from fleeting.models.tkl import damped_spectrum
from fleeting.training.loop import Clips, train
from fleeting.training.recipe import TrainTable
from fleeting.types import VECTOR

RNG = np.random.default_rng(0)
SOURCE, TARGET = RNG.random((24, 40)), RNG.random((18, 40)) + 0.3
LABELS = np.arange(24) % 3
TRANSDUCTIVE = [name for name in list_models() if MODELS.load(name).transductive]
GROUPED = {"rstr": {"regions": 4}, "tgsr": {"regions": 4, "kappa": 2}}


def adapted(name, source=SOURCE, labels=LABELS, target=TARGET, **options):
    model = create_model(name, dimension=40, **GROUPED.get(name, {}), **options)
    model.solve_for(source.astype(np.float32), labels, np.ones(len(labels)), target.astype(np.float32))
    return model.eval()


def logits(model, vectors=TARGET):
    with torch.inference_mode():
        return model(torch.from_numpy(vectors.astype(np.float32))).numpy()


@pytest.mark.parametrize("name", TRANSDUCTIVE)
def test_target_without_labels_changes_the_answers(name):
    moved = TARGET * np.linspace(0.2, 2, 40)
    assert np.abs(logits(adapted(name)) - logits(adapted(name, target=moved))).max() > 1e-3


@pytest.mark.parametrize("name", TRANSDUCTIVE)
def test_order_of_the_clips_does_not_matter(name):
    """Except for the order in which the classes are first seen, which decides where votes are equal."""
    order, other = np.append([0, 1, 2], 3 + RNG.permutation(21)), RNG.permutation(18)
    mixed = adapted(name, SOURCE[order], LABELS[order], TARGET[other])
    np.testing.assert_array_equal(logits(mixed).argmax(1), logits(adapted(name)).argmax(1))


@pytest.mark.parametrize("name", TRANSDUCTIVE)
def test_class_without_source_clips_is_never_the_answer(name):
    labels = np.where(LABELS == 1, 2, LABELS)
    assert 1 not in logits(adapted(name, labels=labels)).argmax(1)


def test_class_weights_are_refused():
    model = create_model("sa", dimension=40)
    clips = Clips(SOURCE.astype(np.float32), np.array([0] * 12 + [1] * 6 + [2] * 6), VECTOR)
    with pytest.raises(OptionsError, match="no class weights"):
        train(model, clips, TrainTable(class_weights="balanced"), 0, target=TARGET.astype(np.float32))


def test_group_regression_is_that_of_the_plain_system():
    """The D x D system of the definition, solved as it is written."""
    rows, wanted = RNG.random((9, 12)), RNG.random((9, 2))
    weight, multiplier, mu = np.ones((12, 2)), np.zeros((12, 2)), 1e-3
    for _ in range(1000):
        free = np.linalg.solve(mu * np.eye(12) + 2 * rows.T @ rows, mu * weight + 2 * rows.T @ wanted - multiplier)
        moved = (free + multiplier / mu).reshape(4, 6)
        norms = np.linalg.norm(moved, axis=1)
        weight = (moved * np.maximum(0, 1 - np.sort(norms)[1] / norms)[:, None]).reshape(12, 2)
        multiplier = multiplier + mu * (free - weight)
        mu *= 1.1
        if np.abs(free - weight).max() < 1e-8:
            break
    found, _ = group_regression(rows, wanted, groups=4, kept=2)
    np.testing.assert_allclose(found, weight, atol=1e-7)


@pytest.mark.parametrize("kept", [1, 3, 4])
def test_group_regression_keeps_as_many_groups_as_asked(kept):
    weight, steps = group_regression(RNG.random((9, 12)), RNG.random((9, 2)), 4, kept)
    assert (np.abs(weight.reshape(4, -1)).max(1) > 0).sum() == kept
    assert (steps == 1) == (kept == 4)  # nothing is selected where all are kept


def test_regions_that_do_not_divide_the_vector_are_refused():
    with pytest.raises(OptionsError, match="40 values are not 85 equal regions"):
        create_model("tgsr", dimension=40).adapt(SOURCE, LABELS, TARGET)


def test_geodesic_kernel_is_the_integral_over_the_subspaces():
    start, end = principal_axes(SOURCE, 3), principal_axes(TARGET, 3)
    rotation, cosines, turned = np.linalg.svd(start.T @ end)
    angles = np.arccos(cosines)
    inside = start @ rotation
    away = (end @ turned.T - inside * cosines) / np.sin(angles)
    steps = (np.arange(2000) + 0.5) / 2000
    total = sum((flow := inside * np.cos(t * angles) + away * np.sin(t * angles)) @ flow.T / len(steps) for t in steps)
    factor = geodesic_factor(start, end)
    np.testing.assert_allclose(factor @ factor.T, total, atol=1e-6)


def test_geodesic_kernel_between_equal_subspaces_is_the_projection():
    axes = principal_axes(SOURCE, 3)
    factor = geodesic_factor(axes, axes)
    np.testing.assert_allclose(factor @ factor.T, axes @ axes.T, atol=1e-7)


def test_principal_axes_are_those_of_the_singular_value_decomposition():
    axes = principal_axes(SOURCE, 4)
    theirs = np.linalg.svd(SOURCE - SOURCE.mean(0))[2][:4].T
    np.testing.assert_allclose(np.abs((axes * theirs).sum(0)), 1)
    assert principal_axes(SOURCE, 100).shape == (40, 23)


def test_matched_weights_bring_the_means_together_within_their_bounds():
    source, target = RNG.normal(size=(40, 3)), RNG.normal(size=(30, 3)) + np.eye(3)[0]
    weights = match_means(source @ source.T, source @ target.T)
    assert (weights >= 0).all()
    gap = np.linalg.norm((weights[:, None] * source).mean(0) - target.mean(0))
    assert gap < 0.1 * np.linalg.norm(source.mean(0) - target.mean(0))


def test_sparse_map_is_at_the_minimum_of_its_problem():
    """Where P is 0 the slope may not exceed the penalty; elsewhere both are equal."""
    products, gap, wanted = RNG.normal(size=(6, 9)), RNG.normal(size=6), RNG.normal(size=(9, 2))
    found, _ = sparse_map(products, gap, wanted, balance=0.7, sparsity=2.0)
    slope = 2 * products @ (products.T @ found - wanted) + 1.4 * np.outer(gap, gap @ found)
    held = found == 0
    assert 0 < held.sum() < held.size
    assert (np.abs(slope[held]) <= 2 + 1e-5).all()
    np.testing.assert_allclose(slope[~held], -2 * np.sign(found[~held]), atol=1e-4)


def test_damped_spectrum_obeys_its_rule_and_is_the_best_that_does():
    vectors = np.linalg.qr(RNG.normal(size=(12, 4)))[0] + 0.1 * RNG.normal(size=(12, 4))
    kernel = vectors @ np.diag([1.0, 3.0, 0.5, 0.4]) @ vectors.T
    spectrum = damped_spectrum(vectors, kernel, 1.5)
    assert (spectrum[:-1] >= 1.5 * spectrum[1:] - 1e-9).all()

    def distance(values):
        return ((vectors * values @ vectors.T - kernel) ** 2).sum()

    rules = {"type": "ineq", "fun": lambda values: np.append(values[:-1] - 1.5 * values[1:], values[-1])}
    best = minimize(distance, np.ones(4), method="SLSQP", constraints=rules, options={"ftol": 1e-12})
    assert distance(spectrum) == pytest.approx(best.fun, abs=1e-6)


def test_nonnegative_contributions_are_those_of_a_bounded_solver():
    root = RNG.normal(size=(8, 5))
    squares, pull = root.T @ root, RNG.normal(size=5)
    best = minimize(lambda b: b @ squares @ b - 2 * pull @ b, np.ones(5), bounds=[(0, None)] * 5)
    np.testing.assert_allclose(nonnegative(squares, pull), best.x, atol=1e-4)
