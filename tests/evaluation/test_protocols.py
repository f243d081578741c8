from collections import Counter

import numpy as np
import pytest

from fleeting.errors import DatasetError
from fleeting.evaluation import Split, direct, holdout, k_fold, leave_one_subject_out, subject_key
from fleeting.types import Clip, Donor


def clip(subject, name, label=0, dataset="casme2"):
    return Clip(dataset, subject, name, label)


def made(identity, name, donor=None, label=0):
    return Clip("synthetic", identity, name, label, donor=Donor(*donor) if donor else None)


RECORDED = [clip(f"sub{s:02d}", f"c{n}", label=(s + n) % 3) for s in range(7) for n in range(1 + s)]


def test_subjects_of_two_data_sets_are_two_people():
    assert subject_key(clip("01", "a")) != subject_key(clip("01", "a", dataset="smic"))


def test_subject_key_ignores_the_case_of_names():
    assert subject_key(Donor("CASME2", "Sub01", "x")) == subject_key(clip("sub01", "y"))


@pytest.mark.parametrize(
    ("train", "test", "problem"),
    [
        ([clip("a", "1")], [clip("a", "2")], "1 subjects"),
        ([clip("a", "1")], [clip("a", "1")], "1 clips"),
        ([made("f", "1", ("casme2", "a", "9"))], [clip("a", "1")], "1 donors"),
        ([made("f", "1", ("x", "a", "9"))], [made("g", "2", ("x", "a", "8"))], "1 donors"),
        ([], [clip("a", "1")], "no train clips"),
        ([clip("a", "1")], [], "no test clips"),
        ([clip("a", "1"), clip("a", "1")], [clip("b", "1")], "twice"),
    ],
)
def test_split_refuses_a_leak(train, test, problem):
    with pytest.raises(DatasetError, match=problem):
        Split("0", train, test)


@pytest.mark.parametrize("folds", [2, 3, 7])
def test_k_fold_tests_each_clip_once_and_shares_no_subject(folds):
    splits = list(k_fold(RECORDED, folds))
    tested = [c.key for split in splits for c in split.test]
    assert len(splits) == folds
    assert sorted(tested) == sorted(c.key for c in RECORDED)
    assert all(len(split.train) + len(split.test) == len(RECORDED) for split in splits)


def test_k_fold_spreads_classes_and_sizes():
    splits = list(k_fold(RECORDED, 2))
    sizes = [Counter(c.label for c in split.test) for split in splits]
    assert all(abs(sizes[0][label] - sizes[1][label]) <= 2 for label in range(3))


def test_k_fold_is_the_same_on_every_call():
    first, second = ([[c.key for c in s.test] for s in k_fold(RECORDED, 3)] for _ in range(2))
    assert first == second


def test_k_fold_refuses_more_folds_than_subjects():
    with pytest.raises(DatasetError, match="8 folds cannot be made of 7 subjects"):
        list(k_fold(RECORDED, 8))


def test_loso_makes_one_fold_per_subject_named_by_it():
    splits = list(leave_one_subject_out(RECORDED))
    assert [split.fold for split in splits] == [f"casme2/sub{s:02d}" for s in range(7)]
    assert {c.subject for c in splits[3].test} == {"sub03"}


def test_fold_drops_synthetic_clips_of_its_test_subjects_and_counts_them():
    extra = [made("f", "0"), made("f", "1", ("casme2", "sub00", "x")), made("f", "2", ("casme2", "sub01", "x"))]
    splits = {split.fold: split for split in leave_one_subject_out(RECORDED, extra)}
    assert [s.dropped for s in splits.values()] == [1, 1, 0, 0, 0, 0, 0]
    assert [c.clip for c in splits["casme2/sub00"].train if c.dataset == "synthetic"] == ["0", "2"]


def test_fold_can_train_on_synthetic_clips_alone():
    split = next(k_fold(RECORDED, 2, [made("f", "0")], use_recorded=False))
    assert {c.dataset for c in split.train} == {"synthetic"}


def test_direct_drops_donors_among_the_test_subjects():
    split = direct([made("f", "0"), made("f", "1", ("casme2", "sub03", "x"))], RECORDED)
    assert (len(split.train), len(split.test), split.dropped) == (1, len(RECORDED), 1)


def test_holdout_shares_neither_identity_nor_donor():
    clips = [made(f"id{i}", f"{i}-{d}", ("mmew", str(d), "c") if d else None) for i in range(20) for d in range(6)]
    split = holdout(clips, 0.2, np.random.default_rng(0))
    assert len({c.subject for c in split.test}) == 4
    assert {c.donor for c in split.train}.isdisjoint({c.donor for c in split.test} - {None})
    assert len(split.train) + len(split.test) + split.dropped == 120
    assert (len(split.train), len(split.test)) == (16 * 5, 4 * 2)


def test_holdout_keeps_the_variations_of_a_portrait_together():
    clips = [made(f"face{i}" + (f"+{n}" if n else ""), f"{i}-{n}") for i in range(5) for n in range(4)]
    split = holdout(clips, 0.2, np.random.default_rng(0))
    assert len({c.subject.partition("+")[0] for c in split.test}) == 1
    assert (len(split.train), len(split.test), split.dropped) == (16, 4, 0)
