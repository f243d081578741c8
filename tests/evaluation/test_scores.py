import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from fleeting.errors import DatasetError, OptionsError
from fleeting.evaluation import class_names, read_predictions, score, write_predictions
from fleeting.evaluation.predictions import COLUMNS


def table(**changes):
    rows = pd.DataFrame(
        {
            "dataset": ["casme2"] * 6 + ["smic"] * 4,
            "subject": ["s1", "s1", "s2", "s2", "s3", "s3", "s1", "s1", "s2", "s2"],
            "clip": [f"c{n}" for n in range(10)],
            "label": [0, 0, 1, 1, 2, 2, 0, 0, 1, 1],
            "prediction": [0, 0, 1, 0, 2, 2, 0, 1, 1, 1],
        }
    )
    return rows.assign(**changes)


def test_score_pools_clips_before_it_divides():
    rows, result = table(), score(table())
    assert result["overall"]["uf1"] == pytest.approx(f1_score(rows.label, rows.prediction, average="macro"), abs=1e-6)
    assert (result["overall"]["clips"], result["overall"]["subjects"]) == (10, 5)
    assert result["confusion"] == [[3, 1, 0], [1, 3, 0], [0, 0, 2]]
    assert result["floor"] == {"answer": "negative", "uf1": 0.190476, "uar": 0.333333, "war": 0.4}
    assert result["per_class"]["surprise"] == {"f1": 1.0, "recall": 1.0, "precision": 1.0, "clips": 2}


def test_floor_is_the_most_frequent_class_whichever_comes_first():
    rows = table(label=[2, 2, 1, 1, 2, 2, 0, 0, 2, 1])
    assert score(rows)["floor"] == {"answer": "surprise", "uf1": 0.222222, "uar": 0.333333, "war": 0.5}


def test_score_of_seeds_is_their_mean_and_sample_deviation():
    both = pd.concat([table(seed=0), table(seed=1, prediction=table().label)])
    one, result = score(table())["overall"], score(both)
    assert result["seeds"] == [0, 1]
    assert result["overall"]["uf1"] == pytest.approx((one["uf1"] + 1) / 2, abs=1e-6)
    assert result["overall"]["uf1_sd"] == pytest.approx((1 - one["uf1"]) / np.sqrt(2), abs=1e-6)
    assert result["overall"]["clips"] == 10


def test_part_without_a_class_leaves_it_out_and_says_so():
    result = score(table())
    assert result["parts"]["smic"]["uf1"] == pytest.approx((2 / 3 + 0.8) / 2, abs=1e-6)
    assert "smic: surprise in neither truth nor prediction, left out of this part's means" in result["notes"]


def test_part_with_few_subjects_gets_the_whole_range_and_says_so():
    result = score(table())
    assert result["parts"]["smic"]["uf1_interval"] == [0.0, 1.0]
    assert "smic: 2 subjects are too few for an interval, so the whole range is given" in result["notes"]


@pytest.mark.parametrize("measure", ["uf1", "uar"])
def test_interval_holds_the_score(measure):
    overall = score(table())["overall"]
    low, high = overall[f"{measure}_interval"]
    assert low < overall[measure] < high


def test_extras_are_means_over_folds_and_subjects():
    extras = score(table(fold=["a"] * 4 + ["b"] * 6))["extras"]
    assert extras["uf1_fold_mean"] == pytest.approx(((0.8 + 2 / 3) / 2 + (1 + 2 / 3 + 0.8) / 3) / 2, abs=1e-6)
    assert extras["uar_fold_mean"] == pytest.approx(((1 + 0.5) / 2 + (1 + 0.5 + 1) / 3) / 2, abs=1e-6)
    assert extras["war_subject_mean"] == pytest.approx((1 + 0.5 + 1 + 0.5 + 1) / 5)
    assert "no headline figures" in extras["note"]
    assert score(table())["extras"]["uf1_fold_mean"] is None


FIVE = ("happiness", "surprise", "disgust", "repression", "others")


def five_classes():
    return table(label=[0, 1, 2, 3, 4, 4, 0, 1, 2, 3], prediction=[0, 1, 2, 3, 4, 0, 0, 1, 2, 3])


def test_classes_come_from_the_probability_columns():
    rows = five_classes().assign(**{f"p_{name}": 0.2 for name in FIVE})
    result = score(rows)
    assert result["classes"] == list(FIVE)
    assert result["overall"]["uf1"] == pytest.approx(f1_score(rows.label, rows.prediction, average="macro"), abs=1e-6)
    assert result["per_class"]["others"]["clips"] == 2
    assert score(table())["classes"] == ["negative", "positive", "surprise"]


def test_classes_may_be_named_where_the_table_does_not():
    assert score(five_classes(), FIVE)["classes"] == list(FIVE)
    with pytest.raises(DatasetError, match=r"no class index 0\.\.2"):
        score(five_classes())


@pytest.mark.parametrize("classes", [("a", "b"), ("negative", "negative", "surprise")])
def test_classes_that_contradict_the_table_are_refused(classes):
    with pytest.raises(OptionsError, match="do not fit"):
        score(table(p_negative=1, p_positive=0, p_surprise=0), classes)


def test_probabilities_of_other_classes_survive_the_file(tmp_path):
    write_predictions(tmp_path / "p.csv", five_classes().assign(**{f"p_{name}": 0.2 for name in FIVE}))
    assert class_names(read_predictions(tmp_path / "p.csv")) == FIVE


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (table().drop(columns="label"), "lacks columns"),
        (table().head(0), "no rows"),
        (table(label=[0, 0, 1, 1, 2, 3, 0, 0, 1, 1]), "1 rows have a label"),
        (table(prediction=["x", *[0] * 9]), "1 values of 'prediction'"),
        (table(clip=["c1", "c1", *[f"c{n}" for n in range(2, 10)]]), "more than once"),
        (pd.concat([table(seed=0), table(seed=1).head(9)]), "not tested on the same clips"),
        (pd.concat([table(seed=0), table(seed=1, label=table().label[::-1].to_numpy())]), "two labels"),
    ],
)
def test_score_refuses_a_table_that_cannot_be_trusted(rows, problem):
    with pytest.raises(DatasetError, match=problem):
        score(rows)


def test_subject_names_with_leading_zeros_survive_the_file(tmp_path):
    rows = table(
        subject=[f"00{n}" for n in range(10)], seed=0, fold="all", p_negative=0.5, p_positive=0.25, p_surprise=0.25
    )
    write_predictions(tmp_path / "p.csv", rows)
    again = read_predictions(tmp_path / "p.csv")
    assert list(again.columns) == list(COLUMNS)
    assert again["subject"].tolist() == rows["subject"].tolist()
    assert score(again) == score(rows)


def test_missing_table_is_named(tmp_path):
    with pytest.raises(DatasetError, match="no predictions table"):
        read_predictions(tmp_path / "none.csv")


def test_person_in_two_data_sets_is_one_subject():
    rows = table(dataset=["smic-hs"] * 6 + ["smic-vis"] * 4)
    result = score(rows)
    assert (result["overall"]["subjects"], result["parts"]["smic-hs"]["subjects"]) == (3, 3)
    assert score(table())["overall"]["subjects"] == 5
