"""Frames are told apart by their numbers."""

import pytest

from fake_tree import write_frames
from fleeting.datasets.frame_files import numbered
from fleeting.errors import DatasetError


def test_frames_are_sorted_by_the_last_number_of_their_name(tmp_path):
    write_frames(tmp_path, ["EP01_5-100.jpg", "EP01_5-46.jpg", "EP01_5-7.JPG"])
    assert [number for number, _ in numbered(tmp_path)] == [7, 46, 100]


def test_frames_copied_by_the_system_are_doubles_and_no_frames_of_their_own(tmp_path):
    """image102(1).bmp once became frame 1, and so the onset of a SMIC clip."""
    write_frames(tmp_path, ["image102.bmp", "image102(1).bmp"])
    with pytest.raises(DatasetError, match="Two frames have the number 102"):
        numbered(tmp_path)
