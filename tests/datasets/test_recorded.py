"""What holds for all recorded data sets: nothing is guessed, and nothing is lost without a word."""

import os
import shutil

import pytest

from fake_recorded import CASME2_HEAD, casme, casme2, numbers, samm_table, smic_long
from fake_tree import write_frames, write_table
from fleeting.datasets import open_dataset
from fleeting.datasets.doctor import examine
from fleeting.errors import DatasetError, OptionsError

TABLE = "CASME2-coding-20140508.xlsx"
FRAMES = "CASME2_RAW_selected"
SOUND = [1, "EP02_01f", None, 46, 59, 86, None, "12", "happiness"]


def tree(root, *rows, frames=FRAMES, files=None):
    """CASME II with these rows; every clip has the files of SOUND, or `files`."""
    write_table(root / TABLE, [CASME2_HEAD, *rows])
    for clip in {row[1] for row in rows if row[1]}:
        write_frames(root / frames / "sub01" / clip, files or numbers(46, 86, "img{}.jpg"))
    return str(root)


def with_cell(column, value):
    return [value if place == column else cell for place, cell in enumerate(SOUND)]


def forbid(monkeypatch, folder):
    """Make one folder unreadable, for root, too."""
    scandir = os.scandir

    def guarded(path):
        if os.fspath(path) == os.fspath(folder):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)


def problems(name, root, options=None):
    return [(fault.kind, fault.clip, fault.problem) for fault in open_dataset(name, str(root), options).faults]


@pytest.mark.parametrize("frames", ["CASME2/Cropped", f"CASME2/{FRAMES}"])
@pytest.mark.parametrize("home", [".", "annotations"])
def test_recorded_takes_the_folder_that_holds_the_clips_of_its_table(tmp_path, frames, home):
    """Cropped and sub01 are folders of CASME, too."""
    casme(tmp_path / "CASME")
    (tmp_path / "CASME" / "CASME_raw_selected").rename(tmp_path / "CASME" / "Cropped")
    casme2(tmp_path / "own")
    (tmp_path / home).mkdir(exist_ok=True)
    shutil.move(tmp_path / "own" / TABLE, tmp_path / home / TABLE)
    (tmp_path / frames).parent.mkdir()
    shutil.move(tmp_path / "own" / FRAMES, tmp_path / frames)
    dataset = open_dataset("casme2", str(tmp_path))
    assert (len(dataset.clips()), dataset.faults) == (3, [])


def test_recorded_takes_the_next_layout_where_the_first_holds_few_of_the_clips(tmp_path):
    write_frames(casme2(tmp_path) / "Cropped" / "sub01" / "EP02_01f", numbers(46, 86, "reg_img{}.jpg"))
    dataset = open_dataset("casme2", str(tmp_path))
    assert [place.layout.name for place in dataset.found] == ["selected", "cropped"]
    assert [place.layout.name for place in open_dataset("casme2", str(tmp_path), {"layout": "cropped"}).found] == [
        "cropped"
    ]


@pytest.mark.parametrize(("column", "name"), [(3, "onset"), (5, "offset")])
def test_recorded_does_not_guess_an_empty_onset_or_offset_in_a_folder_of_more_than_the_clip(tmp_path, column, name):
    root = tree(tmp_path, with_cell(column, None), frames="CASME2-RAW", files=numbers(1, 300, "img{}.jpg"))
    assert problems("casme2", root) == [("unknown", "casme2/sub01/EP02_01f", f"the {name} is empty")]


def test_recorded_takes_the_end_of_a_cut_folder_for_an_empty_offset_and_says_so(tmp_path):
    dataset = open_dataset("casme2", tree(tmp_path, with_cell(5, None)))
    assert [(clip.apex, clip.offset) for clip in dataset.clips()] == [(59, 86)]
    assert list(dataset.notes.values()) == [["casme2/sub01/EP02_01f"]]


@pytest.mark.parametrize("folder", [f"{FRAMES}/sub01", f"{FRAMES}/sub01/EP19_05f"])
def test_recorded_names_clips_in_a_folder_that_cannot_be_read(tmp_path, monkeypatch, folder):
    casme2(tmp_path)
    forbid(monkeypatch, tmp_path / folder / "EP19_05f" if folder.endswith("sub01") else tmp_path / folder)
    assert ("unreadable", "casme2/sub01/EP19_05f", "Permission denied") in problems("casme2", tmp_path)


def test_recorded_names_folders_that_cannot_be_searched(tmp_path, monkeypatch):
    casme2(tmp_path)
    (tmp_path / "Cropped").mkdir()
    forbid(monkeypatch, tmp_path / "Cropped")
    assert open_dataset("casme2", str(tmp_path)).notes["folders cannot be read"] == ["Cropped"]
    forbid(monkeypatch, tmp_path)
    with pytest.raises(DatasetError, match="cannot be read"):
        open_dataset("casme2", str(tmp_path))


def test_recorded_digest_changes_when_a_frame_is_rewritten_at_the_same_size(tmp_path):
    before = open_dataset("casme2", str(casme2(tmp_path))).digest()
    frame = tmp_path / FRAMES / "sub01" / "EP02_01f" / "img59.jpg"
    changed = bytearray(frame.read_bytes())
    changed[-3] ^= 1
    frame.write_bytes(changed)
    os.utime(frame, ns=(0, frame.stat().st_mtime_ns + 1))
    assert open_dataset("casme2", str(tmp_path)).digest() != before


def test_recorded_says_of_which_clips_the_middle_frame_is_the_apex(tmp_path):
    rows = [with_cell(4, "/"), [1, "bad", *SOUND[2:4], 46, *SOUND[5:]]]
    root = tree(tmp_path, *rows)
    assert open_dataset("casme2", root).notes == {
        "no apex is annotated: the middle frame stands in": ["casme2/sub01/EP02_01f"]
    }
    notes = open_dataset("casme2", root, {"bad_apex": "middle"}).notes
    assert sorted(notes.values()) == [["casme2/sub01/EP02_01f"], ["casme2/sub01/bad"]]
    assert (
        "no apex is annotated: the middle frame stands in (1): casme2/sub01/EP02_01f" in examine("casme2", root).text()
    )


def test_recorded_says_which_clips_were_read_by_position(tmp_path):
    dataset = open_dataset("casme2", tree(tmp_path, SOUND, files=numbers(1, 41, "img{}.jpg")))
    assert [clip.apex for clip in dataset.clips()] == [14]
    assert list(dataset.notes.values()) == [["casme2/sub01/EP02_01f"]]


@pytest.mark.parametrize("cell", ["?", "59-60", "59.7", "inf"])
def test_recorded_names_the_one_row_with_a_bad_cell_and_opens(tmp_path, cell):
    dataset = open_dataset("casme2", tree(tmp_path, SOUND, [1, "bad", None, 46, cell, *SOUND[5:]]))
    assert len(dataset.clips()) == 1
    (fault,) = dataset.faults
    assert (fault.kind, fault.clip, fault.where) == ("unknown", "casme2/sub01/bad", f"{TABLE}:3")


def test_recorded_counts_a_remark_and_names_a_row_without_its_clip(tmp_path):
    dataset = open_dataset("casme2", tree(tmp_path, SOUND, ["Note: see the paper", None], with_cell(1, None)))
    assert dataset.notes == {"rows are remarks and no clips": [f"{TABLE}:3"]}
    assert [(fault.kind, fault.problem) for fault in dataset.faults] == [("unknown", "'filename' is empty.")]


def test_recorded_names_a_row_of_smic_long_without_its_clip(tmp_path):
    table = smic_long(tmp_path) / "SMIC-E_raw image" / "HS_long" / "SMIC-HS-E_annotation.xlsx"
    table.unlink()
    head = ["Subject", "Filename", "OnsetF", "OffsetF", "FirstF", "Emotion"]
    write_table(table, [head, [1, "s1_ne_01", 103, 107, 98, "negative"], [1, None, 103, 106, 98, "positive"]])
    assert problems("smic-long", tmp_path) == [("unknown", "smic-long/s01/?", "'filename' is empty.")]


def test_recorded_names_a_subject_that_is_empty(tmp_path):
    assert problems("casme2", tree(tmp_path, with_cell(0, None)))[0][2] == "The subject is empty."


def test_recorded_refuses_a_clip_that_is_called_like_a_path(tmp_path):
    root = tmp_path / "root"
    samm_table(root / "SAMM_Micro_FACS_Codes_v2.xlsx", [[6, str(tmp_path / "out"), 1, 2, 3, "AU4", "Anger"]])
    write_frames(tmp_path / "out", numbers(1, 3))
    (root / "SAMM" / "006").mkdir(parents=True)
    assert problems("samm", root)[0][0] == "unknown"


def test_recorded_finds_folders_whatever_their_case(tmp_path):
    folder = casme2(tmp_path) / FRAMES
    (folder / "sub01").rename(folder / "Sub01")
    assert len(open_dataset("casme2", str(tmp_path)).clips()) == 3


@pytest.mark.parametrize(("name", "word"), [("casme2", "Other"), ("casme2", "others")])
def test_recorded_knows_other_and_others_as_one_emotion(tmp_path, name, word):
    dataset = open_dataset(name, tree(tmp_path, with_cell(8, word)))
    assert (dataset.faults, dataset.left_out) == ([], {"others": 1})


def test_recorded_takes_the_nearest_and_newest_table_and_names_the_others(tmp_path):
    casme2(tmp_path / "CASME2")
    for place in ("CASME2/CASME2-coding-20190701.xlsx", "Backup/CASME2-coding-20190701.xlsx"):
        write_table(tmp_path / place, [CASME2_HEAD, SOUND])
    dataset = open_dataset("casme2", str(tmp_path))
    assert dataset.found[0].table == tmp_path / "CASME2" / "CASME2-coding-20190701.xlsx"
    assert dataset.notes["tables are there, too, and are not used"] == [
        "Backup/CASME2-coding-20190701.xlsx",
        f"CASME2/{TABLE}",
    ]


def test_recorded_says_that_the_table_is_missing_and_not_the_frames(tmp_path):
    (casme2(tmp_path) / TABLE).unlink()
    with pytest.raises(DatasetError) as caught:
        open_dataset("casme2", str(tmp_path))
    assert caught.value.got == f"frames in {FRAMES} and no table"


def test_recorded_refuses_a_layout_that_does_not_exist(tmp_path):
    casme2(tmp_path)
    with pytest.raises(OptionsError, match="Did you mean 'selected'"):
        examine("casme2", str(tmp_path), {"layout": "selectd"})


def test_recorded_refuses_a_file_as_its_root(tmp_path):
    casme2(tmp_path)
    with pytest.raises(DatasetError, match="is a file"):
        open_dataset("casme2", str(tmp_path / TABLE))


def test_recorded_lists_a_folder_of_many_clips_once(tmp_path, monkeypatch):
    rows = [["spNO.1", "a", 10 * n, 10 * n + 4, 10 * n + 8, "4", 4, "disgust"] for n in range(1, 9)]
    head = ["Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Objective class", "emotion"]
    write_table(tmp_path / "cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx", [head, *rows])
    video = tmp_path / "ME_A" / "spNO.1" / "a" / "color"
    write_frames(video, numbers(1, 99))
    listed, scandir = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: (listed.append(os.fspath(path)), scandir(path))[1])
    assert len(open_dataset("casme3-a", str(tmp_path)).clips()) == 8
    assert listed.count(str(video)) == 1


def test_recorded_drops_a_correction_that_does_not_fit_before_it_takes_the_middle(tmp_path):
    """SAMM 028_4_1 numbered anew: the report said apex 1105, and the middle, 11, was used."""
    samm_table(tmp_path / "SAMM_Micro_FACS_Codes_v2.xlsx", [[28, "028_4_1", 1, None, 21, "AU4", "Anger"]])
    write_frames(tmp_path / "SAMM" / "028" / "028_4_1", numbers(1, 21, "028_{:05d}.jpg"))
    dataset = open_dataset("samm", str(tmp_path), {"bad_apex": "middle"})
    assert [clip.apex for clip in dataset.clips()] == [11]
    assert dataset.applied == []
