"""The rules of Oulu-CASIA: conditions as layouts, the peak at the end."""

import shutil

import pytest

from fake_recorded import numbers, oulu_casia
from fake_tree import write_frames
from fleeting.datasets import open_dataset


def test_oulu_casia_runs_from_frame_0_to_the_peak_at_the_last(tmp_path):
    dataset = open_dataset("oulu-casia", str(oulu_casia(tmp_path)))
    assert [(clip.clip, clip.label, clip.onset, clip.apex) for clip in dataset.clips()] == [
        ("Anger", 0, 0, 11),
        ("Disgust", 0, 0, 11),
        ("Fear", 0, 0, 11),
        ("Happiness", 1, 0, 11),
        ("Sadness", 0, 0, 11),
        ("Surprise", 2, 0, 11),
    ]


def test_oulu_casia_takes_strong_visible_light_unless_told_otherwise(tmp_path):
    assert open_dataset("oulu-casia", str(oulu_casia(tmp_path))).found[0].layout.name == "VL-Strong"
    dark = open_dataset("oulu-casia", str(tmp_path), {"layout": "NI-Dark"})
    assert {clip.apex for clip in dark.clips()} == {3}


@pytest.mark.parametrize("folder", ["PreprocessImg/VL/Strong", "PreProcess_Img/VL_Acropped/Strong"])
def test_oulu_casia_reads_the_cropped_images(tmp_path, folder):
    write_frames(tmp_path / folder / "P001" / "Fear", numbers(0, 4, "{:03d}.jpeg"))
    dataset = open_dataset("oulu-casia", str(tmp_path), {"layout": "VL-Strong-cropped"})
    assert [clip.key for clip in dataset.clips()] == ["oulu-casia/P001/Fear"]


def test_oulu_casia_names_an_emotion_that_is_not_there(tmp_path):
    shutil.rmtree(oulu_casia(tmp_path) / "OriginalImg" / "VL" / "Strong" / "P001" / "Fear")
    assert [(fault.kind, fault.clip) for fault in open_dataset("oulu-casia", str(tmp_path)).faults] == [
        ("missing", "oulu-casia/P001/Fear")
    ]


def test_oulu_casia_finds_folders_whatever_their_case_and_passes_over_those_of_archives(tmp_path):
    strong = oulu_casia(tmp_path) / "OriginalImg" / "VL" / "Strong"
    (strong / "P001" / "Anger").rename(strong / "P001" / "anger")
    (strong / "__MACOSX").mkdir()
    dataset = open_dataset("oulu-casia", str(tmp_path))
    assert (len(dataset.clips()), dataset.faults) == (6, [])
