"""The rules of 4DME: several emotions in one clip."""

import pytest

from fake_recorded import fourdme, numbers
from fake_tree import write_frames, write_table
from fleeting.datasets import open_dataset


def test_fourdme_gives_several_emotions_of_one_class_that_class(tmp_path):
    dataset = open_dataset("4dme", str(fourdme(tmp_path)))
    assert [(clip.key, clip.emotion, clip.label) for clip in dataset.clips()] == [
        ("4dme/sub01/clip01", "positive", 1),
        ("4dme/sub01/clip02", "negative+repression", 0),
    ]


def test_fourdme_leaves_out_emotions_of_different_classes_and_counts_them(tmp_path):
    dataset = open_dataset("4dme", str(fourdme(tmp_path)))
    assert (dataset.left_out, dataset.faults) == ({"positive+surprise": 1}, [])
    native = open_dataset("4dme", str(tmp_path), {"labels": "native"})
    assert native.left_out == {"negative+repression": 1, "positive+surprise": 1}


@pytest.mark.parametrize(
    ("word", "emotion", "label"), [("Surprise", "surprise", 2), ("Negative_Repression", "negative+repression", 0)]
)
def test_fourdme_reads_the_emotion_column_where_no_emotion_is_marked(tmp_path, word, emotion, label):
    head = ["sub_ID", "fold_name", "Onset", "Apex", "Offset", "AUs", "Emotion"]
    write_table(tmp_path / "4DME_Labelling_Micro_release v1.xlsx", [head, ["s1", "c1", 1, 3, 5, "1+2", word]])
    write_frames(tmp_path / "gray_micro_crop" / "s1" / "c1", numbers(1, 5))
    (clip,) = open_dataset("4dme", str(tmp_path)).clips()
    assert (clip.emotion, clip.label) == (emotion, label)


def test_fourdme_names_an_unknown_emotion(tmp_path):
    head = ["sub_ID", "fold_name", "Onset", "Apex", "Offset", "AUs", "Emotion"]
    write_table(
        tmp_path / "4DME_Labelling_Micro_release v1.xlsx", [head, ["s1", "c1", 1, 3, 5, "1+2", "Positive+bliss"]]
    )
    write_frames(tmp_path / "gray_micro" / "s1" / "c1", numbers(1, 5))
    assert [fault.kind for fault in open_dataset("4dme", str(tmp_path)).faults] == ["unknown"]
