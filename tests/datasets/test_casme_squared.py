"""The rules of CAS(ME)^2: no header, naming rules, a type column, zeros for what was not coded."""

import pytest
from openpyxl import load_workbook

from fake_recorded import casme_squared, numbers
from fake_tree import write_frames, write_table
from fleeting.datasets import open_dataset
from fleeting.errors import DatasetError


def test_casme_squared_finds_the_video_by_the_naming_rules(tmp_path):
    dataset = open_dataset("casme-squared", str(casme_squared(tmp_path)))
    assert [(clip.key, clip.label, clip.apex) for clip in dataset.clips()] == [
        ("casme-squared/s15/anger1_1", 0, 8),
        ("casme-squared/s15/happy1_1", 1, 6),  # apex 0: the middle of 3 and 9
    ]
    assert dataset.faults == []


def test_casme_squared_counts_macro_expressions_as_left_out(tmp_path):
    assert open_dataset("casme-squared", str(casme_squared(tmp_path))).left_out == {"macro-expression": 3}


def test_casme_squared_macro_takes_the_apex_where_the_offset_is_zero(tmp_path):
    dataset = open_dataset("casme-squared-macro", str(casme_squared(tmp_path)))
    assert [(clip.key, clip.apex, clip.offset) for clip in dataset.clips()] == [
        ("casme-squared/s15/anger1_2", 4, 6),
        ("casme-squared/s16/disgust1_2", 8, 8),
    ]
    assert dataset.left_out == {"micro-expression": 2, "others": 1}


def test_casme_squared_names_a_clip_with_neither_apex_nor_offset(tmp_path):
    """The offset must not become the end of the video."""
    write_table(tmp_path / "code_final.xlsx", [[1, "anger1_1", 5, 0, 0, "4", "negative", "micro-expression", "anger"]])
    write_table(tmp_path / "code_final.xlsx", [[15, "s15", 1]], "naming rule1")
    write_table(tmp_path / "code_final.xlsx", [[401, "anger1"]], "naming rule2")
    write_frames(tmp_path / "rawpic" / "s15" / "15_0401x", numbers(1, 9, "img{:03d}.jpg"))
    assert [fault.kind for fault in open_dataset("casme-squared", str(tmp_path)).faults] == ["impossible"]


def test_casme_squared_reads_selected_pictures_without_the_rules_for_videos(tmp_path):
    root = casme_squared(tmp_path)
    write_frames(root / "selectedpic" / "s15" / "anger1_1", numbers(5, 12, "img{}.jpg"))
    dataset = open_dataset("casme-squared", str(root), {"layout": "selected"})
    assert [clip.clip for clip in dataset.clips()] == ["anger1_1"]
    assert [(fault.kind, fault.clip) for fault in dataset.faults] == [("missing", "casme-squared/s15/happy1_1")]


def test_casme_squared_says_which_sheet_is_missing(tmp_path):
    write_table(tmp_path / "code_final.xlsx", [[1, "anger1_1", 5, 6, 7, "4", "negative", "micro-expression", "anger"]])
    write_frames(tmp_path / "rawpic" / "s15" / "15_0401x", numbers(1, 9))
    with pytest.raises(DatasetError, match="no sheet for naming rule 1"):
        open_dataset("casme-squared", str(tmp_path))


def test_casme_squared_reads_its_table_wherever_the_sheet_stands(tmp_path):
    path = casme_squared(tmp_path) / "CAS(ME)^2code_final.xlsx"
    book = load_workbook(path)
    book.move_sheet("naming rule1", -1)
    book.save(path)
    assert len(open_dataset("casme-squared", str(tmp_path)).clips()) == 2
