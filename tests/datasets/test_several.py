"""More than one data set as one."""

import os
import shutil

import numpy as np
import pytest
from openpyxl import load_workbook

from fake_recorded import casme2, casme_squared, several
from fake_tree import write_frames
from fleeting.datasets import open_dataset
from fleeting.datasets.doctor import examine
from fleeting.errors import DatasetError, OptionsError
from fleeting.evaluation import create_protocol

PARTS = {"parts": ["casme2", "smic-vis"]}


def test_several_holds_the_clips_of_all_its_parts(tmp_path):
    dataset = open_dataset("several", str(several(tmp_path)), PARTS)
    single = [open_dataset(name, str(tmp_path)) for name in PARTS["parts"]]
    assert dataset.clips() == [clip for part in single for clip in part.clips()]
    for part in single:
        np.testing.assert_array_equal(dataset.frames(part.clips()[0]), part.frames(part.clips()[0]))


def test_several_makes_a_task_between_two_data_sets_possible(tmp_path):
    clips = open_dataset("several", str(several(tmp_path)), PARTS).clips()
    (split,) = create_protocol("cdmer", task="C->V").splits(clips)
    assert {clip.dataset for clip in split.train} == {"casme2"}
    assert {clip.dataset for clip in split.test} == {"smic-vis"}


def test_several_reads_each_part_by_its_own_options(tmp_path):
    options = {**PARTS, "options": {"casme2": {"labels": "cdmer"}}}
    assert open_dataset("several", str(several(tmp_path)), options).readers["casme2"].options.labels == "cdmer"
    with pytest.raises(OptionsError, match="'samm' has options and is no part"):
        open_dataset("several", str(tmp_path), {**PARTS, "options": {"samm": {}}})


def test_several_refuses_parts_of_different_classes(tmp_path):
    options = {**PARTS, "options": {"casme2": {"labels": "five"}}}
    with pytest.raises(OptionsError, match="different classes"):
        open_dataset("several", str(several(tmp_path)), options)


def test_several_refuses_a_data_set_named_twice_and_what_is_no_recorded_one(tmp_path):
    several(tmp_path)
    with pytest.raises(OptionsError, match="named twice"):
        open_dataset("several", str(tmp_path), {"parts": ["casme2", "casme2"]})
    with pytest.raises(OptionsError, match="cannot be a part"):
        open_dataset("several", str(tmp_path), {"parts": ["casme2", "synthetic"]})


def test_several_refuses_two_clips_of_one_name(tmp_path):
    """casme-squared and casme-squared-macro name their clips alike."""
    table = casme_squared(tmp_path) / "CAS(ME)^2code_final.xlsx"
    book = load_workbook(table)
    book["CASFEcode_final"]["B2"] = "anger1_1"
    book.save(table)
    with pytest.raises(OptionsError, match="Two parts hold the clip casme-squared/s15/anger1_1"):
        open_dataset("several", str(tmp_path), {"parts": ["casme-squared", "casme-squared-macro"]})


def test_several_joins_what_its_parts_lack(tmp_path):
    shutil.rmtree(several(tmp_path) / "CASME2" / "CASME2_RAW_selected" / "sub02")
    write_frames(tmp_path / "SMIC" / "SMIC_all_cropped" / "VIS" / "s1" / "micro" / "odd", ["image1.bmp"])
    dataset = open_dataset("several", str(tmp_path), PARTS)
    assert dataset.missing() == {"casme2": ["casme2/sub02/EP01_11f"], "smic-vis": ["smic-vis/s1/micro/odd"]}
    assert len(dataset.faults) == 2
    assert not examine("several", str(tmp_path), PARTS).usable


def test_several_without_one_of_its_parts_is_not_there(tmp_path):
    with pytest.raises(DatasetError, match="none of the official layouts"):
        open_dataset("several", str(casme2(tmp_path)), PARTS)


def test_several_digest_changes_with_one_part(tmp_path):
    before = open_dataset("several", str(several(tmp_path)), PARTS).digest()
    frame = next((tmp_path / "SMIC").rglob("s1_ne_01/image98.bmp"))
    os.utime(frame, ns=(0, 1))
    assert open_dataset("several", str(tmp_path), PARTS).digest() != before


def test_doctor_counts_several_data_sets_one_by_one(tmp_path):
    counts = {count.what: count.here for count in examine("several", str(several(tmp_path)), PARTS).counts}
    assert (counts["casme2 clips"], counts["smic-vis clips"]) == (3, 3)
