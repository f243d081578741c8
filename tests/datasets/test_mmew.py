"""The rules of MMEW's two trees, proved on small fake ones."""

import pytest

from fake_recorded import mmew, numbers
from fake_tree import write_frames, write_table
from fleeting.datasets import open_dataset

HEAD = ["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Action Units", "Estimated Emotion", "remarks"]


def test_mmew_takes_the_subject_from_the_clip_name_and_leaves_others_out(tmp_path):
    dataset = open_dataset("mmew", str(mmew(tmp_path)))
    assert [(clip.key, clip.label, clip.apex) for clip in dataset.clips()] == [
        ("mmew/S01/S01-01-003", 1, 7),
        ("mmew/S02/S02-02-002", 2, 4),
    ]
    assert (dataset.left_out, dataset.faults) == ({"others": 1}, [])


@pytest.mark.parametrize(
    "folder", ["MMEW/S03/happiness/S03-01-002", "MMEW_Final/Micro_Expression/S03/happiness/S03-01-002"]
)
def test_mmew_reads_the_tree_that_begins_with_the_subject(tmp_path, folder):
    write_table(tmp_path / "MMEW_Micro_Exp.xlsx", [HEAD, [3, "S03-01-002", 1, 4, 8, "12", "happiness", None]])
    write_frames(tmp_path / folder, numbers(1, 8))
    assert [clip.key for clip in open_dataset("mmew", str(tmp_path)).clips()] == ["mmew/S03/S03-01-002"]


def test_mmew_sorts_unpadded_frames_by_number(tmp_path):
    dataset = open_dataset("mmew", str(mmew(tmp_path)))
    assert dataset.clips()[0].offset == 12
    assert dataset.frames(dataset.clips()[0])[1, 0, 0, 1] == pytest.approx(60, abs=4)  # 7.jpg, the seventh of twelve


def test_mmew_six_classes_follow_the_emotion_index(tmp_path):
    dataset = open_dataset("mmew", str(mmew(tmp_path)), {"labels": "six"})
    assert [(clip.emotion, clip.label) for clip in dataset.clips()] == [("happiness", 0), ("surprise", 1)]


def test_mmew_corrects_a_clip_whose_table_ends_too_early(tmp_path):
    write_table(tmp_path / "MMEW_Micro_Exp.xlsx", [HEAD, [4, "S04-02-002", 1, 8, 15, "5", "surprise", None]])
    write_frames(tmp_path / "Micro_Expression" / "surprise" / "S04-02-002", numbers(1, 54))
    dataset = open_dataset("mmew", str(tmp_path))
    assert [(clip.apex, clip.offset) for clip in dataset.clips()] == [(15, 54)]
    assert [correction.field for correction in dataset.applied] == ["apex", "offset"]


def test_mmew_names_a_missing_folder_below_a_relative_root(tmp_path, monkeypatch):
    write_table(mmew(tmp_path) / "MMEW_Micro_Exp.xlsx", [HEAD, [2, "S02-02-009", 1, 4, 8, "5", "surprise", None]])
    monkeypatch.chdir(tmp_path.parent)
    (tmp_path / "MMEW_Final" / "MMEW_Micro_Exp.xlsx").unlink()
    (fault,) = open_dataset("mmew", tmp_path.name).faults
    assert fault.problem == "there is no folder MMEW_Final/Micro_Expression/surprise/S02-02-009"


def test_mmew_finds_folders_whatever_their_case(tmp_path):
    emotions = mmew(tmp_path) / "MMEW_Final" / "Micro_Expression"
    (emotions / "happiness").rename(emotions / "Happiness")
    assert open_dataset("mmew", str(tmp_path)).faults == []
