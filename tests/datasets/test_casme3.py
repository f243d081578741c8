"""The rules of CAS(ME)^3: several expressions in one video in part A, no apex in part C."""

from fake_recorded import casme3_a, casme3_c, numbers
from fake_tree import write_frames, write_table
from fleeting.datasets import open_dataset

HEAD = ["Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Objective class", "emotion"]


def test_casme3_a_tells_the_expressions_of_one_video_apart_by_their_onset(tmp_path):
    dataset = open_dataset("casme3-a", str(casme3_a(tmp_path)))
    assert [(clip.key, clip.label, clip.apex) for clip in dataset.clips()] == [
        ("casme3-a/spNO.1/a_355", 0, 357),
        ("casme3-a/spNO.1/a_361", 1, 363),
    ]


def test_casme3_a_finds_folders_whatever_their_case(tmp_path):
    dataset = open_dataset("casme3-a", str(casme3_a(tmp_path)), {"labels": "native"})
    assert (dataset.clips()[2].key, dataset.faults) == ("casme3-a/spNO.10/b_8", [])  # on disk: spNo.10


def test_casme3_a_takes_the_numbered_folder_of_a_later_expression(tmp_path):
    root = casme3_a(tmp_path)
    for path in (root / "data" / "ME_A" / "spNO.1" / "a" / "color").glob("36*.jpg"):
        path.unlink()
    write_frames(root / "data" / "ME_A" / "spNO.1" / "a2" / "color", numbers(361, 365))
    assert [clip.clip for clip in open_dataset("casme3-a", str(root)).clips()] == ["a_355", "a_361"]


def test_casme3_a_reads_one_folder_per_expression(tmp_path):
    root = casme3_a(tmp_path)
    for name, first, last in (("spNo.1_a_355", 355, 359), ("spNo.1_a_361", 361, 365), ("spNo.10_b_8", 8, 12)):
        write_frames(root / "Part_A_ME_clip" / "frame" / name, numbers(first, last))
    dataset = open_dataset("casme3-a", str(root))
    assert (dataset.found[0].layout.name, len(dataset.clips()), dataset.faults) == ("clips", 2, [])


def test_casme3_a_corrects_an_onset_behind_the_offset(tmp_path):
    table = tmp_path / "cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx"
    write_table(table, [HEAD, ["spNO.216", "d", 3647, 2668, 2694, "38", 7, "disgust"]])
    write_frames(tmp_path / "ME_A" / "spNO.216" / "d" / "color", numbers(2640, 2700))
    (clip,) = open_dataset("casme3-a", str(tmp_path)).clips()
    assert (clip.clip, clip.onset, clip.apex, clip.offset) == ("d_3647", 2647, 2668, 2694)


def test_casme3_c_takes_the_middle_for_the_apex_that_nobody_annotated(tmp_path):
    dataset = open_dataset("casme3-c", str(casme3_c(tmp_path)))
    assert [(clip.key, clip.label, clip.onset, clip.apex, clip.offset) for clip in dataset.clips()] == [
        ("casme3-c/01/1", 0, 4, 6, 8),
        ("casme3-c/01/2", 2, 9, 11, 13),
    ]
    assert dataset.left_out == {"others": 1}


def test_casme3_c_reads_one_folder_per_expression(tmp_path):
    root = casme3_c(tmp_path)
    for clip, first, last in ((1, 4, 8), (2, 9, 13), (3, 2, 6)):
        write_frames(root / "ME_C" / "01" / str(clip) / "color", numbers(first, last))
    dataset = open_dataset("casme3-c", str(root))
    assert (dataset.found[0].layout.name, len(dataset.clips()), dataset.faults) == ("selected", 2, [])
