"""The rules of DFME's layout, proved on a small fake tree."""

from fake_recorded import dfme, numbers
from fake_tree import write_frames, write_table
from fleeting.datasets import open_dataset


def test_dfme_reads_five_digit_frames_below_a_folder_in_a_folder_of_its_name(tmp_path):
    dataset = open_dataset("dfme", str(dfme(tmp_path)))
    assert [(clip.key, clip.label, clip.onset, clip.apex) for clip in dataset.clips()] == [
        ("dfme/sub0003/sub0003_01", 1, 0, 4),
        ("dfme/sub0003/sub0003_02", 0, 2, 5),
    ]
    assert dataset.found[0].frames.parent.name == "train_data"


def test_dfme_does_not_know_the_frame_rate_of_a_clip(tmp_path):
    assert {clip.fps for clip in open_dataset("dfme", str(dfme(tmp_path))).clips()} == {None}


def test_dfme_seven_classes_leave_others_out(tmp_path):
    dataset = open_dataset("dfme", str(dfme(tmp_path)), {"labels": "seven"})
    assert [(dataset.classes[clip.label], clip.emotion) for clip in dataset.clips()] == [
        ("happiness", "Happiness"),
        ("contempt", "Contempt"),
    ]
    assert dataset.left_out == {"Others": 1}


def test_dfme_opens_all_parts_together_and_one_by_its_layout(tmp_path):
    root = dfme(tmp_path)
    head = ["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Emotion", "AU"]
    write_table(root / "test_A_full_with_AU.xlsx", [head, ["sub0500", "sub0500_01", 0, 2, 4, "Surprise", "1+2"]])
    write_frames(root / "test_A" / "sub0500_01", numbers(0, 4, "{:05d}.png"))
    assert [clip.subject for clip in open_dataset("dfme", str(root)).clips()] == ["sub0003", "sub0003", "sub0500"]
    assert [clip.clip for clip in open_dataset("dfme", str(root), {"layout": "test-a"}).clips()] == ["sub0500_01"]


def test_dfme_names_a_part_without_its_table(tmp_path):
    write_frames(dfme(tmp_path) / "test_A" / "sub0500_01", numbers(0, 4, "{:05d}.png"))
    assert [(fault.kind, fault.clip) for fault in open_dataset("dfme", str(tmp_path)).faults] == [
        ("missing", "dfme/test-a")
    ]
    assert open_dataset("dfme", str(tmp_path), {"layout": "train"}).faults == []
