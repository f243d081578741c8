import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from fleeting.evaluation import power_note
from fleeting.evaluation.predictions import subject_counts
from fleeting.evaluation.uncertainty import PooledScore


def run_of(subjects, skill=0.7, copies=1):
    rng = np.random.default_rng(0)
    subject = np.repeat(np.arange(subjects), rng.integers(1, 9, subjects))
    label = rng.integers(0, 3, len(subject))
    guess = np.where(rng.random(len(subject)) < skill, label, (label + 1) % 3)
    table = pd.DataFrame({"dataset": "toy", "subject": subject, "clip": range(len(subject)), "label": label,
                          "prediction": guess})  # fmt: skip
    return pd.concat([table.assign(subject=table["subject"].astype(str) + f"-{n}") for n in range(copies)])


@pytest.mark.parametrize("measure", ["uf1", "uar"])
def test_gain_is_the_formula_of_the_paired_test(measure):
    table = run_of(40)
    error = PooledScore.of(subject_counts(table.assign(seed=0), 3)[0], measure).standard_error()
    expected = (t.ppf(0.975, 39) + t.ppf(0.8, 39)) * error * np.sqrt(2 * (1 - 0.5))
    assert power_note(table, measure=measure, correlation=0.5).gain == pytest.approx(expected)


def test_four_times_the_subjects_show_half_the_gain():
    few, many = power_note(run_of(40)), power_note(run_of(40, copies=4))
    assert many.gain == pytest.approx(few.gain / 2, rel=0.05)


def test_sentence_states_clips_subjects_and_gain():
    table = run_of(40)
    note = power_note(table)
    assert note.text == (
        f"On these {len(table)} clips of 40 subjects a gain below about .{round(100 * note.gain):02d} UF1 "
        "cannot be told from chance (80% power, 5% level)."
    )


@pytest.mark.parametrize("table", [run_of(3), run_of(40, skill=1)])
def test_data_that_cannot_tell_say_so(table):
    note = power_note(table)
    assert note.gain is None
    assert "nothing can be said" in note.text
