"""Which files are onset, apex and offset."""

from pathlib import Path

import pytest

from fleeting.datasets.annotation import Annotation
from fleeting.datasets.clip_frames import Places, places

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
