"""The rules of CK+: emotion codes, unlabelled sequences, FACS files, the peak at the end."""

import shutil
from pathlib import Path

import pytest

from fake_recorded import ck_plus
from fleeting.datasets import open_dataset
from fleeting.errors import DatasetError


def test_ck_plus_runs_from_the_first_frame_to_the_peak_at_the_last(tmp_path):
    dataset = open_dataset("ck-plus", str(ck_plus(tmp_path)))
    assert [(clip.key, clip.emotion, clip.label, clip.onset, clip.apex) for clip in dataset.clips()] == [
        ("ck-plus/S005/001", "disgust", 0, 1, 11),
        ("ck-plus/S010/002", "surprise", 2, 1, 11),
    ]


def test_ck_plus_counts_unlabelled_sequences_as_left_out_and_not_as_faults(tmp_path):
    dataset = open_dataset("ck-plus", str(ck_plus(tmp_path)))
    assert (dataset.left_out, dataset.faults) == ({"unlabelled": 1}, [])
    shutil.rmtree(tmp_path / "Emotion" / "S010" / "003")  # in some copies the folder is missing, in others it is empty
    assert open_dataset("ck-plus", str(tmp_path)).left_out == {"unlabelled": 1}


def test_ck_plus_writes_facs_intensities_as_letters(tmp_path):
    dataset = open_dataset("ck-plus", str(ck_plus(tmp_path)))
    assert [clip.action_units for clip in dataset.clips()] == ["9D+17B", "1+25E"]  # 0: active, not graded


def test_ck_plus_reads_copies_without_facs(tmp_path):
    shutil.rmtree(ck_plus(tmp_path) / "FACS")
    assert [clip.action_units for clip in open_dataset("ck-plus", str(tmp_path)).clips()] == ["", ""]


def test_ck_plus_native_classes_are_the_codes(tmp_path):
    dataset = open_dataset("ck-plus", str(ck_plus(tmp_path)), {"labels": "native"})
    assert [clip.label for clip in dataset.clips()] == [3, 7]


def problems(root):
    return [(fault.kind, fault.clip) for fault in open_dataset("ck-plus", str(root)).faults]


@pytest.mark.parametrize("code", ["  9.0000000e+00\n", "-1.0", "3.7", "inf", "nan", "", "happy", b"\xff\xfe3\x00"])
def test_ck_plus_names_a_code_that_does_not_exist(tmp_path, code):
    """-1.0 once became surprise, and 3.7 disgust."""
    ck_plus(tmp_path)
    file = tmp_path / "Emotion" / "S005" / "001" / "S005_001_00000011_emotion.txt"
    file.write_bytes(code if isinstance(code, bytes) else code.encode())
    assert problems(tmp_path) == [("unknown", "ck-plus/S005/001")]


def test_ck_plus_names_the_one_sequence_of_a_damaged_facs_file(tmp_path):
    ck_plus(tmp_path)
    (tmp_path / "FACS" / "S005" / "001" / "S005_001_00000011_facs.txt").write_text("9 4 1\n")
    assert problems(tmp_path) == [("unknown", "ck-plus/S005/001")]
    assert len(open_dataset("ck-plus", str(tmp_path)).clips()) == 1


def test_ck_plus_names_a_labelled_sequence_without_images(tmp_path):
    shutil.rmtree(ck_plus(tmp_path) / "cohn-kanade-images" / "S010" / "002")
    assert problems(tmp_path) == [("missing", "ck-plus/S010/002")]


def test_ck_plus_names_a_file_or_folder_that_cannot_be_read(tmp_path, monkeypatch):
    ck_plus(tmp_path)
    read_text = Path.read_text

    def guarded(path, *args, **kwargs):
        if path.name == "S005_001_00000011_emotion.txt":
            raise PermissionError(13, "Permission denied", str(path))
        return read_text(path, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", guarded)
    assert problems(tmp_path) == [("unreadable", "ck-plus/S005/001")]


def test_ck_plus_ignores_the_hidden_twins_of_macos(tmp_path):
    ck_plus(tmp_path)
    (tmp_path / "Emotion" / "S005" / "001" / "._S005_001_00000011_emotion.txt").write_bytes(b"\x00\x05\x16\x07")
    assert problems(tmp_path) == []


def test_ck_plus_without_emotion_codes_is_incomplete(tmp_path):
    shutil.rmtree(ck_plus(tmp_path) / "Emotion")
    with pytest.raises(DatasetError, match="no folder with the emotion codes"):
        open_dataset("ck-plus", str(tmp_path))
