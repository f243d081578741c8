import pytest

from fleeting.reports.honesty import UNKNOWN, answers, other_notes, warning

RESULTS = {
    "selection": "last",
    "seeds": [0, 1],
    "overall": {"clips": 309, "subjects": 40, "uf1_interval": [0.65, 0.79]},
    "dropped_for_leak": 12,
    "tested_on": {"summary": "Tested on x.", "recorded": True, "missing": {"samm": 133}},
    "notes": ["Tested on x.", "3 samples failed"],
}


def test_every_question_is_answered_with_the_runs_numbers():
    said = dict(answers(RESULTS, {"epochs": 30}, solved=False))
    assert len(said) == 6
    text = " ".join(said.values())
    for fact in ("last of 30 epochs", "309 clips of 40 subjects", "0.14", "12 training clips", "133 of samm", "(0, 1)"):
        assert fact in text


def test_what_was_not_recorded_is_said():
    bare = {"overall": RESULTS["overall"], "seeds": [0]}
    said = [answer for _, answer in answers(bare, {}, solved=False)]
    assert said.count(UNKNOWN) == 3
    assert said[0].startswith("Not recorded")
    assert said[-1].startswith("One seed")


def test_a_solved_model_has_no_last_epoch():
    assert "no epochs" in answers(RESULTS, {"epochs": 30}, solved=True)[0][1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"tested_on": {"recorded": False}}, "NOT about recorded"),
        ({"selection": "best"}, "'best'"),
        ({"selection": "unknown"}, ""),
    ],
)
def test_a_score_that_misleads_is_warned_of(change, words):
    text = warning({**RESULTS, **change})
    assert words in text
    assert bool(words) == bool(text)


def test_notes_leave_out_what_has_its_own_place():
    assert other_notes(RESULTS) == ["3 samples failed"]
