"""The composite on frames: members and labels from the official list and nowhere else."""

import os
from collections import Counter

import pytest

from fake_composite import composite, official_list
from fake_recorded import CASME2_HEAD, casme, casme2, compmie, samm, smic
from fake_tree import write_table
from fleeting.datasets import open_dataset
from fleeting.datasets.compmie import FILES, READERS
from fleeting.datasets.doctor import examine
from fleeting.datasets.layout import find_file
from fleeting.errors import DatasetError

QUIRKS = [("sub04", "EP12_01f", "/"), ("sub05", "EP09_05f", 1)]
"""In CASME II's table, of three-class emotions, and not in the list: no apex, and onset = apex."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return composite(tmp_path_factory.mktemp("composite"), QUIRKS)


def test_compmie_holds_the_442_clips_of_68_subjects(whole):
    dataset = open_dataset("compmie", str(whole))
    clips = dataset.clips()
    assert len(clips) == 442
    assert Counter(clip.label for clip in clips) == {0: 250, 1: 109, 2: 83}
    assert Counter(clip.dataset for clip in clips) == {"casme2": 145, "smic": 164, "samm": 133}
    assert len({(clip.dataset, clip.subject) for clip in clips}) == 68
    assert (dataset.missing(), dataset.faults) == ({}, [])


def test_compmie_takes_the_lists_145_clips_of_casme2_where_the_emotions_rule_gives_147(whole):
    by_rule = open_dataset("casme2", str(whole), {"bad_apex": "keep"}).clips()
    by_list = [clip for clip in open_dataset("compmie", str(whole)).clips() if clip.dataset == "casme2"]
    assert (len(by_rule), len(by_list)) == (147, 145)
    assert {clip.clip for clip in by_rule} - {clip.clip for clip in by_list} == {"EP12_01f", "EP09_05f"}
    assert "casme2/sub05/EP12_03f" in {clip.key for clip in by_list}
    of_list = open_dataset("casme2", str(whole), {"labels": "megc2019"}).clips()
    assert [clip.key for clip in of_list] == [clip.key for clip in by_list]


def test_compmie_is_usable_for_the_doctor_when_whole(whole):
    diagnosis = examine("compmie", str(whole))
    assert diagnosis.usable
    assert all(count.agrees for count in diagnosis.counts)


def test_compmie_names_every_clip_of_the_list_that_is_not_there(tmp_path):
    dataset = open_dataset("compmie", str(compmie(tmp_path)))
    assert len(dataset.clips()) + sum(map(len, dataset.missing().values())) == 442
    assert len(dataset.missing()["smic"]) == 161
    assert {fault.clip for fault in dataset.faults} == {key for keys in dataset.missing().values() for key in keys}


def test_compmie_opens_without_a_part_and_says_which(tmp_path):
    dataset = open_dataset("compmie", str(smic(tmp_path)))
    assert set(dataset.absent) == {"casme2", "samm"}
    assert len(dataset.missing()["samm"]) == 133
    assert "compmie: not usable" in examine("compmie", str(tmp_path)).text()


def test_compmie_takes_the_label_from_the_list_and_not_from_the_table(tmp_path):
    casme2(tmp_path)
    table = tmp_path / "CASME2-coding-20140508.xlsx"
    table.unlink()
    write_table(table, [CASME2_HEAD, [1, "EP02_01f", None, 46, 59, 86, None, "12", "disgust"]])
    assert [clip.label for clip in open_dataset("compmie", str(tmp_path)).clips()] == [1]


def test_compmie_says_why_a_clip_of_the_list_cannot_be_used(tmp_path):
    """A row that cannot be read once came out as a clip that the data set does not name."""
    casme2(tmp_path)
    table = tmp_path / "CASME2-coding-20140508.xlsx"
    table.unlink()
    rows = [
        [1, "EP02_01f", None, 46, "59-60", 86, None, "12", "happiness"],
        [2, "EP01_11f", None, 8, 10, 12, None, "1", "surprise"],
    ]
    write_table(table, [CASME2_HEAD, *rows])
    (fault,) = (
        fault for fault in open_dataset("compmie", str(tmp_path)).faults if fault.clip == "casme2/sub01/EP02_01f"
    )
    assert (fault.kind, fault.problem) == ("unknown", "'apexframe' is no whole number. 59-60")


def test_compmie_takes_the_folder_that_holds_casme2_where_another_cropped_is_there(tmp_path):
    casme(tmp_path / "CASME")
    (tmp_path / "CASME" / "CASME_raw_selected").rename(tmp_path / "CASME" / "Cropped")
    casme2(tmp_path)
    assert len(open_dataset("compmie", str(tmp_path)).clips()) == 3


def test_compmie_does_not_search_the_clips_for_a_list(tmp_path, monkeypatch):
    compmie(tmp_path)
    listed, scandir = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: (listed.append(os.fspath(path)), scandir(path))[1])
    assert find_file(tmp_path, FILES, [layout for reader in READERS.values() for layout in reader.layouts]) is None
    assert not [path for path in listed if "/sub01" in path or "/s1/" in path]


def test_compmie_uses_the_users_own_list_and_refuses_a_broken_one(tmp_path):
    compmie(tmp_path)
    official_list(tmp_path / "combined_3class_gt.csv")
    dataset = open_dataset("compmie", str(tmp_path))
    assert dataset.list_file == tmp_path / "combined_3class_gt.csv"
    lines = dataset.list_file.read_text().splitlines()
    dataset.list_file.write_text("\n".join(lines[1:]) + "\n")
    with pytest.raises(DatasetError, match="not the organisers'"):
        open_dataset("compmie", str(tmp_path))


def test_compmie_opens_parts_that_lie_apart(tmp_path):
    samm(tmp_path / "here")
    smic(tmp_path / "there")
    roots = {"samm": str(tmp_path / "here"), "smic": str(tmp_path / "there")}
    assert {clip.dataset for clip in open_dataset("compmie", "", roots).clips()} == {"smic", "samm"}
    with pytest.raises(DatasetError, match="no usual place"):
        open_dataset("compmie")
