import numpy as np
import pandas as pd
import pytest

from fleeting.synthesis.measurement.doses import COLUMNS, DOSES
from fleeting.synthesis.measurement.summary import slope, spearman, summarise

RISING = np.array([DOSES, np.square(DOSES)]) * 0.1


def rows(curves, **others):
    made = []
    for face, curve in enumerate(curves):
        for dose, value in zip(DOSES, curve, strict=True):
            row = dict.fromkeys(COLUMNS) | {"face": f"f{face}", "au": 12, "dose": dose, "displacement": value}
            made.append(row | {"region_motion": value} | others)
    return pd.DataFrame(made)


def test_spearman_is_one_for_any_rise_and_minus_one_for_a_fall():
    np.testing.assert_allclose(spearman(np.concatenate([RISING, -RISING])), [1, 1, -1, -1])


def test_spearman_of_no_motion_is_zero():
    tiny = 1e-5 * np.array(DOSES)
    np.testing.assert_array_equal(spearman(np.stack([np.zeros(len(DOSES)), tiny])), [0, 0])


def test_spearman_agrees_with_scipy():
    from scipy.stats import spearmanr

    motion = np.random.default_rng(0).normal(size=(5, len(DOSES)))
    np.testing.assert_allclose(spearman(motion), [spearmanr(DOSES, row).statistic for row in motion])


def test_slope_is_motion_per_unit_of_intensity():
    np.testing.assert_allclose(slope(RISING[:1]), [0.1])


def test_unit_figures_are_means_over_faces_with_an_interval_around_them():
    found = summarise(rows([RISING[0], 3 * RISING[0], 2 * RISING[0]]), seed=0)["action_units"]["12"]
    assert found["slope"] == pytest.approx(0.2)
    assert found["displacement_at_0.2"] == pytest.approx(0.04)
    low, high = found["slope_interval"]
    assert 0.099 < low < 0.2 < high < 0.301
    assert found["curve"][-1] == pytest.approx(0.2)


def test_one_face_has_no_interval():
    assert summarise(rows(RISING[:1]), seed=0)["action_units"]["12"]["slope_interval"] is None


def test_what_cannot_be_told_is_left_out_of_the_mean():
    unknown = np.full(len(DOSES), np.nan)
    found = summarise(rows([RISING[0], unknown]), seed=0)["action_units"]["12"]
    assert found["faces"] == 1
    assert found["slope"] == pytest.approx(0.1)
    assert found["leakage_at_1"] is None


def test_overall_counts_the_units_that_follow():
    table = pd.concat([rows([RISING[0]]), rows([-RISING[0]]).assign(au=1)])
    overall = summarise(table, seed=0)["overall"]
    assert (overall["units"], overall["following"], overall["spearman"]) == (2, 1, 0)
