"""The rules of SMIC's official layouts, proved on small fake trees."""

import os
import shutil

import pytest

from fake_recorded import numbers, smic, smic_hs, smic_long
from fake_tree import write_frames
from fleeting.datasets import open_dataset
from fleeting.datasets.megc2019_flow import registry
from fleeting.evaluation.people import person


def test_smic_hs_spells_clips_as_the_official_list_does(tmp_path):
    keys = [clip.key for clip in open_dataset("smic-hs", str(smic(tmp_path))).clips()]
    assert keys == ["smic/s01/s01_ne_01", "smic/s01/s01_po_01", "smic/s20/s20_sur_01"]
    assert set(keys) < {item.clip.key for item in registry()}


def test_smic_takes_frame_half_of_n_for_the_apex_that_nobody_coded(tmp_path):
    clip = open_dataset("smic-hs", str(smic(tmp_path))).clips()[0]
    assert (clip.onset, clip.apex, clip.offset, clip.fps) == (98, 101, 103, 100.0)  # frame 3 of 0..5


def test_smic_labels_are_those_of_the_emotions_folders(tmp_path):
    clips = open_dataset("smic-hs", str(smic(tmp_path))).clips()
    assert [(clip.emotion, clip.label) for clip in clips] == [("negative", 0), ("positive", 1), ("surprise", 2)]


def test_smic_reads_the_rearranged_copy_without_the_folder_micro(tmp_path):
    write_frames(tmp_path / "SMIC_cropped" / "s2" / "positive" / "s2_po_01", numbers(76518, 76521, "image{:06d}.bmp"))
    (clip,) = open_dataset("smic-hs", str(tmp_path)).clips()
    assert (clip.key, clip.onset, clip.apex) == ("smic/s02/s02_po_01", 76518, 76520)


@pytest.mark.parametrize(("name", "camera"), [("smic-vis", "VIS"), ("smic-nir", "NIR")])
def test_smic_cameras_have_clips_of_their_own_and_the_same_people(tmp_path, name, camera):
    other = open_dataset(name, str(smic(tmp_path, camera))).clips()
    high_speed = open_dataset("smic-hs", str(smic(tmp_path))).clips()
    assert {clip.key for clip in other}.isdisjoint(clip.key for clip in high_speed)
    assert {person(clip) for clip in other} == {person(clip) for clip in high_speed} == {"smic/1", "smic/20"}
    assert {clip.fps for clip in other} == {25.0}


def test_smic_long_reads_onset_and_offset_from_the_table(tmp_path):
    clip = open_dataset("smic-long", str(smic_long(tmp_path))).clips()[0]
    assert (clip.key, clip.emotion) == ("smic-long/s01/s01_ne_01", "negative")
    assert (clip.onset, clip.apex, clip.offset) == (103, 105, 107)


def test_smic_long_names_an_annotated_clip_that_is_not_on_disk(tmp_path):
    smic_long(tmp_path)
    folder = tmp_path / "SMIC-E_raw image" / "HS_long" / "SMIC-HS-E" / "s01" / "s1_po_01"
    folder.rename(folder.with_name("elsewhere"))
    (fault,) = open_dataset("smic-long", str(tmp_path)).faults
    assert (fault.kind, fault.clip) == ("missing", "smic-long/s01/s01_po_01")


def faults(root, name="smic-vis"):
    return [(fault.kind, fault.clip) for fault in open_dataset(name, str(root)).faults]


@pytest.mark.parametrize(
    ("old", "new"), [("s1/micro/negative", "s1/micro/Negative"), ("s1", "S1")], ids=["emotion", "subject"]
)
def test_smic_finds_folders_whatever_their_case(tmp_path, old, new):
    """The search for patterns saw case: such clips were lost without a word."""
    base = smic(tmp_path, "VIS") / "SMIC_all_cropped" / "VIS"
    (base / old).rename(base / new)
    dataset = open_dataset("smic-vis", str(tmp_path))
    assert (len(dataset.clips()), dataset.faults) == (3, [])


@pytest.mark.parametrize("name", ["s1/micro/others", "s1/micro/negative/clip_ne_01", "p7"])
def test_smic_names_a_folder_that_it_does_not_understand(tmp_path, name):
    (smic(tmp_path, "VIS") / "SMIC_all_cropped" / "VIS" / name).mkdir(parents=True)
    assert faults(tmp_path) == [("unknown", f"smic-vis/{name}")]


@pytest.mark.parametrize("place", ["s1/micro/positive", "s20/micro/negative"])
def test_smic_names_a_clip_whose_place_contradicts_its_name(tmp_path, place):
    base = smic(tmp_path, "VIS") / "SMIC_all_cropped" / "VIS"
    (base / place).mkdir(parents=True, exist_ok=True)
    (base / "s1" / "micro" / "negative" / "s1_ne_01").rename(base / place / "s1_ne_01")
    assert faults(tmp_path) == [("unknown", "smic-vis/s01/s01_ne_01")]


def test_smic_names_a_folder_that_cannot_be_read(tmp_path, monkeypatch):
    forbidden = smic(tmp_path, "VIS") / "SMIC_all_cropped" / "VIS" / "s1" / "micro" / "negative"
    scandir = os.scandir

    def guarded(path):
        if os.fspath(path) == str(forbidden):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    assert faults(tmp_path) == [("unreadable", "smic-vis/s1/micro/negative")]


def test_smic_hs_names_a_clip_of_the_official_list_that_is_not_there(tmp_path):
    shutil.rmtree(smic_hs(tmp_path) / "SMIC_all_cropped" / "HS" / "s1" / "micro" / "surprise" / "s1_sur_01")
    assert faults(tmp_path, "smic-hs") == [("missing", "smic/s01/s01_sur_01")]
