from collections import Counter

import pytest

from fleeting.action_units import label_datasets, label_of
from fleeting.errors import ActionUnitError

CK_PLUS = {"anger": 45, "contempt": 18, "disgust": 59, "fear": 25, "happy": 69, "sadness": 28, "surprise": 83}


def _classes(dataset, counts):
    totals = Counter()
    for emotion, count in counts.items():
        totals[label_of(dataset, emotion)] += count
    return totals


def test_ck_plus_merge_gives_175_69_83():
    assert _classes("ck+", CK_PLUS) == {0: 175, 1: 69, 2: 83}


def test_ck_plus_public_code_merge_repeats_the_slip_147_97_83():
    assert _classes("ck+-miex", CK_PLUS) == {0: 147, 1: 97, 2: 83}


def test_ck_plus_codes_and_words_agree():
    words = ["neutral", "anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise"]
    for merge in ("ck+", "ck+-miex"):
        assert [label_of(merge, str(code)) for code in range(8)] == [label_of(merge, word) for word in words]


def test_mmew_merge_gives_109_36_89_and_66_dropped():
    counts = {"happiness": 36, "surprise": 89, "anger": 8, "disgust": 72, "fear": 16, "sadness": 13, "others": 66}
    assert _classes("mmew", counts) == {0: 109, 1: 36, 2: 89, None: 66}


def test_samm_merge_gives_92_26_15_and_26_dropped():
    counts = {"Anger": 57, "Contempt": 12, "Disgust": 9, "Fear": 8, "Sadness": 6, "Happiness": 26, "Surprise": 15}
    assert _classes("samm", {**counts, "Other": 26}) == {0: 92, 1: 26, 2: 15, None: 26}


def test_casme2_merge_leaves_sadness_and_fear_out_as_megc2019_does():
    counts = {"disgust": 63, "repression": 27, "happiness": 32, "surprise": 25, "sadness": 7, "fear": 2, "others": 99}
    assert _classes("casme2", counts) == {0: 90, 1: 32, 2: 25, None: 108}
    assert label_of("megc2019", "sadness") == 0


@pytest.mark.parametrize(
    ("emotion", "label"),
    [("happy", 1), ("angry", 0), ("fearful", 0), ("disgust", 0), ("sad", 0), ("surprised", 2), ("neutral", None)],
)
def test_ravdess_merge(emotion, label):
    assert label_of("RAVDESS", f" {emotion.title()} ") == label
    assert label_of("ravdess", "calm") is None


def test_unknown_emotion_names_the_nearest_one():
    with pytest.raises(ActionUnitError, match="Did you mean 'happiness'"):
        label_of("mmew", "happyness")


def test_unknown_dataset_names_the_nearest_one():
    with pytest.raises(ActionUnitError, match="Did you mean 'casme2'"):
        label_of("casme-2", "disgust")
    assert "samm" in label_datasets()
