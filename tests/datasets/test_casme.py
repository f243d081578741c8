"""The rules of CASME's layout, proved on a small fake tree."""

import pytest

from fake_recorded import casme, numbers
from fake_tree import write_frames
from fleeting.datasets import open_dataset
from fleeting.errors import DatasetError


def test_casme_reads_the_number_behind_the_clip_name_padded_or_not(tmp_path):
    dataset = open_dataset("casme", str(casme(tmp_path)))
    assert [(clip.key, clip.label, clip.onset, clip.apex, clip.offset) for clip in dataset.clips()] == [
        ("casme/sub01/EP01_5", 0, 98, 103, 106),  # EP01_5-98.jpg: neither the 1 nor the 5 is a frame
        ("casme/sub08/EP12_2", 1, 9, 11, 14),  # EP12_2-009.jpg
    ]
    assert dataset.frames(dataset.clips()[0])[1, 0, 0, 1] == pytest.approx(50, abs=4)


def test_casme_leaves_tense_out_of_three_classes_and_keeps_it_in_the_native_ones(tmp_path):
    dataset = open_dataset("casme", str(casme(tmp_path)))
    assert dataset.left_out == {"tense": 1}
    native = open_dataset("casme", str(tmp_path), {"labels": "native"})
    assert [native.classes[clip.label] for clip in native.clips()] == ["disgust", "happiness", "tense"]


def test_casme_prefers_the_cropped_frames(tmp_path):
    root = casme(tmp_path / "CASME")
    write_frames(root / "Cropped" / "sub01" / "EP01_5", numbers(98, 106, "reg_EP01_5-{}.jpg"))
    write_frames(root / "Cropped" / "sub08" / "EP12_2", numbers(9, 14, "reg_EP12_2-{:03d}.jpg"))
    assert open_dataset("casme", str(root)).found[0].layout.name == "cropped"
    assert len(open_dataset("casme", str(root), {"layout": "selected"}).clips()) == 2


def test_casme_does_not_take_the_table_of_casme2(tmp_path):
    casme(tmp_path)
    (tmp_path / "casme.xlsx").rename(tmp_path / "CASME2-coding-20140508.xlsx")
    with pytest.raises(DatasetError, match="none of the official layouts"):
        open_dataset("casme", str(tmp_path))
