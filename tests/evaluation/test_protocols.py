from collections import Counter

import numpy as np
import pytest

from fleeting.errors import DatasetError, OptionsError
from fleeting.evaluation import Split, create_protocol, inner_split, person
from fleeting.evaluation.protocols.kfold import preset
from fleeting.evaluation.protocols.loso import COMPOSITE, PEOPLE
from fleeting.evaluation.protocols.synthetic_only import holdout
from fleeting.types import Clip, Donor


def clip(subject, name, label=0, dataset="casme2"):
    return Clip(dataset, subject, name, label)


def made(identity, name, donor=None, label=0):
    return Clip("synthetic", identity, name, label, donor=Donor(*donor) if donor else None)


RECORDED = [clip(f"sub{s:02d}", f"c{n}", label=(s + n) % 3) for s in range(7) for n in range(1 + s)]


def splits(name, recorded=RECORDED, extra=(), use_recorded=True, **options):
    return list(create_protocol(name, **options).splits(recorded, extra, use_recorded=use_recorded))


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
    made_splits = splits("kfold", folds=folds)
    tested = [c.key for split in made_splits for c in split.test]
    assert len(made_splits) == folds
    assert sorted(tested) == sorted(c.key for c in RECORDED)
    assert all(len(split.train) + len(split.test) == len(RECORDED) for split in made_splits)


def test_k_fold_spreads_classes_and_sizes():
    sizes = [Counter(c.label for c in split.test) for split in splits("kfold", folds=2)]
    assert all(abs(sizes[0][label] - sizes[1][label]) <= 2 for label in range(3))


def test_k_fold_is_the_same_on_every_call():
    first, second = ([[c.key for c in s.test] for s in splits("kfold", folds=3)] for _ in range(2))
    assert first == second


def test_k_fold_refuses_more_folds_than_subjects():
    with pytest.raises(DatasetError, match="8 folds cannot be made of 7 subjects"):
        splits("kfold", folds=8)


def test_loso_makes_one_fold_per_subject_named_by_it():
    folds = splits("loso")
    assert [split.fold for split in folds] == [f"casme2/{s}" for s in range(7)]
    assert {c.subject for c in folds[3].test} == {"sub03"}


def test_fold_drops_synthetic_clips_of_its_test_subjects_and_counts_them():
    extra = [made("f", "0"), made("f", "1", ("casme2", "sub00", "x")), made("f", "2", ("casme2", "sub01", "x"))]
    folds = {split.fold: split for split in splits("loso", extra=extra)}
    assert [split.dropped for split in folds.values()] == [1, 1, 0, 0, 0, 0, 0]
    assert [c.clip for c in folds["casme2/0"].train if c.dataset == "synthetic"] == ["0", "2"]


def test_fold_can_train_on_synthetic_clips_alone():
    split = splits("kfold", extra=[made("f", "0")], use_recorded=False, folds=2)[0]
    assert {c.dataset for c in split.train} == {"synthetic"}


def test_direct_drops_donors_among_the_test_subjects():
    (split,) = splits("direct", extra=[made("f", "0"), made("f", "1", ("casme2", "sub03", "x"))])
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


def composite():
    """442 made-up clips with the counts of the real list."""
    clips = []
    for part, counts in COMPOSITE.items():
        labels = [label for label, count in enumerate(counts) for _ in range(count)]
        clips += [clip(f"s{n % PEOPLE[part]}", f"c{n}", label, part) for n, label in enumerate(labels)]
    return clips


def test_composite_evaluation_has_68_folds_that_test_442_clips():
    folds = splits("megc2019-cde", composite())
    assert (len(folds), sum(len(split.test) for split in folds)) == (68, 442)


def test_composite_evaluation_refuses_a_part_of_the_composite():
    with pytest.raises(DatasetError, match=r"samm negative: 91 instead of 92"):
        splits("megc2019-cde", [c for c in composite() if c.key != "samm/s0/c0"])


@pytest.mark.parametrize(
    ("name", "dataset", "people", "folds"),
    [("compmie-3", "casme2", 68, 3), ("samm-5", "samm", 28, 5), ("mmew-5", "mmew", 30, 5)],
)
def test_presets_hold_the_published_subjects(name, dataset, people, folds):
    listed = preset(name)
    assert (len(listed), len(set(listed.values()))) == (people, folds)
    assert any(key.startswith(f"{dataset}/") for key in listed)


def test_preset_tests_the_published_subjects_however_they_are_spelt():
    recorded = [clip("sub02", "a"), clip("13", "b"), clip("s2", "c", dataset="smic"), clip("006", "d", dataset="samm")]
    tested = {split.fold: {c.clip for c in split.test} for split in splits("kfold", recorded, preset="compmie-3")}
    assert tested == {"0": {"a", "c"}, "1": {"b", "d"}}
    assert create_protocol("kfold", preset="compmie-3").remarks(recorded) == [
        "64 of the 68 subjects of preset compmie-3 have no clip here."
    ]


def test_preset_refuses_a_subject_that_it_does_not_list():
    with pytest.raises(DatasetError, match="1 subjects are in no fold of the preset compmie-3"):
        splits("kfold", [clip("sub01", "a"), clip("99", "x")], preset="compmie-3")


TWO = [*RECORDED, *(clip(f"s{n}", "c", n % 3, "smic") for n in range(4))]


def test_hde_trains_on_one_data_set_and_tests_on_another():
    extra = [made("f", "0"), made("f", "1", ("smic", "s01", "x"))]
    (split,) = splits("hde", TWO, extra, train=["casme2"], test=["smic"])
    assert (split.fold, split.dropped) == ("casme2->smic", 1)
    assert {c.dataset for c in split.train} == {"casme2", "synthetic"}
    assert {c.dataset for c in split.test} == {"smic"}


@pytest.mark.parametrize(("train", "test", "where"), [(["casme"], ["smic"], "train"), (["casme2"], [], "test")])
def test_hde_names_a_data_set_that_is_not_there(train, test, where):
    with pytest.raises(DatasetError, match=f"cannot {where} on"):
        splits("hde", TWO, train=train, test=test)


def test_lodo_leaves_out_a_group_of_people_with_all_its_cameras():
    recorded = [*TWO, clip("s1", "v", 0, "smic-vis")]
    folds = splits("lodo", recorded)
    assert [(split.fold, {c.dataset for c in split.test}) for split in folds] == [
        ("casme2", {"casme2"}),
        ("smic", {"smic", "smic-vis"}),
    ]


def test_lodo_needs_two_groups():
    with pytest.raises(DatasetError, match="needs two or more"):
        splits("lodo")


def test_cdmer_inside_smic_declares_that_it_films_the_same_people():
    recorded = [clip("s1", "h", 0, "smic"), clip("s1", "v", 0, "smic-vis"), clip("s2", "n", 1, "smic-nir")]
    (split,) = splits("cdmer", recorded, task="H->V")
    assert (split.fold, [c.clip for c in split.train], [c.clip for c in split.test]) == ("H->V", ["h"], ["v"])
    assert "the same people" in split.declared
    assert create_protocol("cdmer", task="H->V").remarks(recorded) == [split.declared]


def test_cdmer_between_data_sets_shares_nobody():
    recorded = [clip("sub01", "c", 0), clip("s1", "v", 0, "smic-vis")]
    (split,) = splits("cdmer", recorded, task="V->C")
    assert (split.declared, [c.clip for c in split.test]) == ("", ["c"])


def test_cdmer_names_the_set_that_is_not_there():
    with pytest.raises(DatasetError, match="needs clips of smic-nir"):
        splits("cdmer", TWO, task="C->N")


def test_protocol_options_are_checked():
    with pytest.raises(OptionsError, match="unknown key 'fold'"):
        create_protocol("kfold", fold=3)
    with pytest.raises(OptionsError, match="Did you mean 'loso'"):
        create_protocol("losso")


def test_inner_split_takes_validation_people_from_the_training_side_only():
    outer = splits("loso", extra=[made("f", "0"), made("g", "1", ("casme2", "sub05", "x"))])[1]
    inner = inner_split(outer, seed=0)
    people = {person(c) for c in inner.test}
    assert people
    assert person(outer.test[0]) not in people
    assert {c.key for c in inner.train} | {c.key for c in inner.test} <= {c.key for c in outer.train}
    assert inner.test == [c for c in outer.train if person(c) in people]


def test_inner_split_drops_donors_among_the_validation_people():
    extra = [made("f", f"{n}", ("casme2", f"sub{n:02d}", "x")) for n in range(7)]
    inner = inner_split(splits("loso", extra=extra)[0], seed=0)
    validated = {person(c) for c in inner.test}
    assert inner.dropped == len(validated & {f"casme2/{n}" for n in range(7)})
    assert not validated & {person(c.donor) for c in inner.train if c.donor}


def test_inner_split_of_a_synthetic_training_side_holds_out_portraits():
    extra = [made(f"face{n}", f"{n}") for n in range(10)]
    (outer,) = splits("direct", extra=extra)
    inner = inner_split(outer, seed=0)
    assert (len(inner.train), len(inner.test)) == (8, 2)


def test_inner_split_depends_on_seed_and_fold_only():
    folds = splits("loso")
    assert inner_split(folds[0], 1) == inner_split(folds[0], 1)
    assert len({tuple(c.key for c in inner_split(folds[0], seed).test) for seed in range(8)}) > 1
