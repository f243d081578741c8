"""Which files are onset, apex and offset."""

from pathlib import Path

import pytest

from fake_recorded import casme2
from fake_tree import write_frames
from fleeting.datasets import open_dataset
from fleeting.datasets.annotation import Annotation
from fleeting.datasets.clip_frames import GAPS, Places, places, shown
from fleeting.errors import DatasetError

ROW = Annotation("s", "c", "fear", Path(), 46, 59, 86)


@pytest.mark.parametrize("first", [0, 1])
def test_places_count_from_the_onset_in_a_folder_that_was_cut_and_numbered_anew(first):
    assert places(ROW, range(first, first + 41), "middle") == Places(0, 13, 40, True)


def test_places_do_not_take_a_folder_of_as_many_other_frames_for_the_clip():
    """Files 30 to 70 of a clip from 46 to 86: its apex 59 once became file 43."""
    assert places(ROW, range(30, 71), "middle") == "no file has the frame number 86; the folder holds 30 to 70"


def test_places_do_not_count_across_a_gap():
    assert isinstance(places(ROW, [*range(1, 20), *range(21, 43)], "middle"), str)


@pytest.mark.parametrize(("peak", "apex"), [("middle", 3), ("last", 5)])
def test_places_of_an_apex_that_nobody_annotated(peak, apex):
    assert places(Annotation("s", "c", "fear", Path()), range(98, 104), peak) == Places(0, apex, 5, False)


@pytest.mark.parametrize(
    ("which", "positions"), [("ends", [2, 5]), ("rise", [2, 3, 4, 5]), ("all", [2, 3, 4, 5, 6, 7])]
)
def test_shown_frames_run_from_the_onset_to_where_they_were_asked_for(which, positions):
    assert shown(Places(2, 5, 7, False), which) == positions


@pytest.mark.parametrize("place", [Places(4, 4, 7, False), Places(4, 2, 7, False)])
def test_shown_rise_of_an_apex_that_is_not_behind_the_onset_is_the_pair(place):
    assert shown(place, "rise") == [4, place.apex]


@pytest.mark.parametrize(("which", "levels"), [("ends", [0, 130]), ("rise", range(0, 140, 10))])
def test_recorded_clip_gives_the_frames_asked_for_in_order(tmp_path, which, levels):
    dataset = open_dataset("casme2", str(casme2(tmp_path)), {"frames": which})
    frames = dataset.frames(dataset.clips()[0])
    assert frames[:, 0, 0, 1].tolist() == pytest.approx(list(levels), abs=3)  # JPEG


def test_recorded_digest_covers_which_frames_are_read_and_all_of_them(tmp_path):
    root = casme2(tmp_path)
    before = {which: open_dataset("casme2", str(root), {"frames": which}).digest() for which in ("ends", "rise", "all")}
    assert len(set(before.values())) == 3
    frame = root / "CASME2_RAW_selected" / "sub01" / "EP02_01f" / "img50.jpg"  # between onset and apex
    frame.write_bytes(frame.read_bytes() + b" ")
    changed = [which for which, old in before.items() if _digest(root, which) != old]
    assert changed == ["rise", "all"]


def _digest(root, which):
    return open_dataset("casme2", str(root), {"frames": which}).digest()


def test_recorded_clip_with_a_frame_missing_between_its_ends_says_so(tmp_path):
    root = casme2(tmp_path)
    (root / "CASME2_RAW_selected" / "sub01" / "EP02_01f" / "img70.jpg").unlink()  # behind the apex
    notes = {which: open_dataset("casme2", str(root), {"frames": which}).notes for which in ("ends", "rise", "all")}
    assert notes == {"ends": {}, "rise": {}, "all": {GAPS: ["casme2/sub01/EP02_01f"]}}
    dataset = open_dataset("casme2", str(root), {"frames": "all"})
    assert len(dataset.frames(dataset.clips()[0])) == 40


def test_recorded_frames_of_different_sizes_in_one_clip_are_refused(tmp_path):
    root = casme2(tmp_path)
    write_frames(root / "CASME2_RAW_selected" / "sub01" / "EP02_01f", ["img50.jpg"], size=(10, 6))
    dataset = open_dataset("casme2", str(root), {"frames": "rise"})
    with pytest.raises(DatasetError, match="differ in size"):
        dataset.frames(dataset.clips()[0])


@pytest.mark.parametrize("which", ["ends", "rise", "all"])
def test_several_data_sets_end_at_the_apex_where_each_does(tmp_path, which):
    casme2(tmp_path / "casme2")
    options = {"parts": ["casme2"], "options": {"casme2": {"frames": which}}}
    dataset = open_dataset("several", str(tmp_path), options)
    assert dataset.ends_at_apex == (which != "all")
    assert len(dataset.frames(dataset.clips()[0])) == {"ends": 2, "rise": 14, "all": 41}[which]
