import itertools

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, recall_score

from fleeting.errors import DatasetError, OptionsError
from fleeting.evaluation import holm, paired_permutation, score

SIZES = [1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 8, 12]


def run_of(skill, seed, *, seeds=1, sizes=SIZES, clips_seed=0):
    """A run on clips of `sizes` that is right with the given probability, a scalar or one per subject."""
    rng, subject = np.random.default_rng(seed), np.repeat(np.arange(len(sizes)), sizes)
    label = np.random.default_rng(clips_seed).integers(0, 3, len(subject))
    right = np.broadcast_to(skill, len(sizes))[subject]
    tables = []
    for number in range(seeds):
        guess = np.where(rng.random(len(subject)) < right, label, (label + rng.integers(1, 3, len(subject))) % 3)
        tables.append(
            pd.DataFrame(
                {"seed": number, "dataset": "toy", "subject": subject.astype(str), "clip": np.arange(len(subject)),
                 "label": label, "prediction": guess}
            )
        )  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def compare(one, other, **options):
    return paired_permutation(one, other, np.random.default_rng(0), **options)


@pytest.mark.parametrize(("measure", "reference"), [("uf1", f1_score), ("uar", recall_score)])
def test_all_swaps_of_few_subjects_agree_with_a_plain_loop(measure, reference):
    one, other = run_of(0.8, 1, sizes=SIZES[-6:]), run_of(0.5, 2, sizes=SIZES[-6:])

    def difference(swapped):
        mark = one["subject"].astype(int).isin(swapped)
        pair = (
            one["prediction"].where(~mark, other["prediction"]),
            other["prediction"].where(~mark, one["prediction"]),
        )
        scores = [reference(one["label"], guess, average="macro", labels=range(3), zero_division=0) for guess in pair]
        return scores[0] - scores[1]

    swaps = [s for size in range(7) for s in itertools.combinations(range(6), size)]
    found = compare(one, other, measure=measure)
    assert found.difference == pytest.approx(difference(()))
    assert found.p == np.mean([abs(difference(s)) >= abs(difference(())) - 1e-9 for s in swaps])
    assert (found.subjects, found.clips) == (6, sum(SIZES[-6:]))


def test_drawn_swaps_come_near_all_swaps():
    one, other = run_of(0.75, 1), run_of(0.6, 2)
    exact, drawn = compare(one, other, draws=4096), compare(one, other, draws=4095)
    assert drawn.p == pytest.approx(exact.p, abs=0.03)
    assert drawn.p != exact.p


def test_difference_is_that_of_the_headline_figures_for_unequal_seeds():
    one, other = run_of(0.8, 1, seeds=3), run_of(0.6, 2, seeds=2)
    expected = score(one)["overall"]["uf1"] - score(other)["overall"]["uf1"]
    found = compare(one, other)
    assert found.difference == pytest.approx(expected, abs=2e-6)
    assert found.interval[0] < expected < found.interval[1]


def test_exchanging_the_runs_turns_the_sign_only():
    one, other = run_of(0.8, 1, seeds=2), run_of(0.6, 2, seeds=2)
    there, back = compare(one, other), compare(other, one)
    assert there.difference == pytest.approx(-back.difference)
    assert there.interval == pytest.approx((-back.interval[1], -back.interval[0]))
    assert there.p == back.p


def test_run_is_no_better_than_itself():
    found = compare(run_of(0.7, 1), run_of(0.7, 1))
    assert (found.difference, found.interval, found.p) == (0, (0, 0), 1)


def test_clear_gain_has_the_smallest_p():
    sizes = SIZES * 2
    found = compare(run_of(1, 1, sizes=sizes), run_of(0.1, 2, sizes=sizes), draws=999)
    assert found.p == 1 / 1000
    assert found.interval[0] > 0.5


def test_rows_are_joined_by_name_and_not_by_position():
    one, other = run_of(0.8, 1), run_of(0.6, 2)
    assert compare(one, other.sample(frac=1, random_state=0)) == compare(one, other)


def rejections(draw, count):
    """Share of p below .05 of pairs of runs."""
    return np.mean([compare(*draw(number), draws=199).p <= 0.05 for number in range(count)])


def test_no_difference_is_called_one_in_twenty_times():
    """Subjects differ in skill, as they do; both runs find the same ones hard."""

    def pair(number):
        sizes = SIZES * 2
        skill = np.random.default_rng(number).beta(3, 2, len(sizes))
        return [run_of(skill, [number, side], sizes=sizes, clips_seed=number) for side in (0, 1)]

    assert 0.02 <= rejections(pair, 200) <= 0.09  # 0.05 with an sd of 0.015


@pytest.mark.slow
def test_rejection_rate_under_no_difference_is_near_the_level():
    def pair(number):
        sizes = SIZES * 3
        skill = np.random.default_rng(number).beta(3, 2, len(sizes))
        return [run_of(skill, [number, side], sizes=sizes, clips_seed=number) for side in (0, 1)]

    assert 0.03 <= rejections(pair, 1000) <= 0.07


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        (run_of(0.5, 2).iloc[:-2], "same clips: 2 are in one of them only"),
        (run_of(0.5, 2).assign(clip=lambda t: t["clip"] + 1), "same clips: 24 are in one of them only"),
        (run_of(0.5, 2, clips_seed=1), "another label"),
        (run_of(0.5, 2).assign(p_yes=1, p_no=0, p_perhaps=0), "different classes"),
        (run_of(0.5, 2, seeds=2).iloc[:-1], "not tested on the same clips"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(other, problem):
    with pytest.raises(DatasetError, match=problem):
        compare(run_of(0.5, 1), other)


def test_refusal_names_the_clips():
    with pytest.raises(DatasetError) as caught:
        compare(run_of(0.5, 1), run_of(0.5, 2).iloc[:-1])
    assert caught.value.got == "toy/11/50"


def test_synthetic_clips_that_differ_between_seeds_are_refused():
    table = run_of(0.5, 1, seeds=2).assign(dataset="synthetic").iloc[:-1]
    with pytest.raises(DatasetError, match="1 clips were not tested by every seed of the first run"):
        compare(table, table)


@pytest.mark.parametrize(
    ("raw", "adjusted"),
    [
        ([], []),
        ([0.04], [0.04]),
        ([0.01, 0.02, 0.03, 0.04], [0.04, 0.06, 0.06, 0.06]),  # 4 x .01, 3 x .02, then never smaller than before
        ([0.03, 0.005, 0.5], [0.06, 0.015, 0.5]),
        ([0.9, 0.8], [1.0, 1.0]),
    ],
)
def test_holm_agrees_with_the_formula_written_out(raw, adjusted):
    assert holm(raw) == pytest.approx(adjusted)


def test_holm_keeps_the_rate_of_any_false_finding():
    rng = np.random.default_rng(0)
    assert np.mean([min(holm(rng.random(6))) <= 0.05 for _ in range(2000)]) == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize("values", [[-0.1], [1.1], [float("nan")]])
def test_holm_refuses_what_is_no_probability(values):
    with pytest.raises(OptionsError):
        holm(values)
