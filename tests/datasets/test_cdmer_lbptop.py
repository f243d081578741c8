from collections import Counter

import numpy as np
import pytest
from scipy.io import savemat

from fake_cdmer import write_cdmer
from fleeting.datasets import open_dataset
from fleeting.datasets.dataset import AbsentError
from fleeting.datasets.doctor import examine
from fleeting.errors import DatasetError
from fleeting.evaluation.people import person
from fleeting.features.lbp_top import released_order
from fleeting.types import Clip


def test_released_descriptors_have_the_counts_of_the_benchmark(mirror):
    dataset = open_dataset("cdmer-lbptop")
    counts = Counter((clip.dataset, clip.label) for clip in dataset.clips())
    per_part = {part: [counts[part, label] for label in range(3)] for part in ("casme2", "smic-vis", "smic-nir")}
    assert per_part == {"casme2": [73, 32, 25], "smic-vis": [23, 28, 20], "smic-nir": [23, 28, 20]}
    vector = dataset.vector(dataset.clips()[0])
    assert vector.reshape(255, 59).sum(1) == pytest.approx(1, abs=1e-5)


def test_order_of_blocks_is_that_of_our_descriptor(mirror):
    released, ours = open_dataset("cdmer-lbptop"), open_dataset("cdmer-lbptop", options={"order": "blocks"})
    clip = released.clips()[3]
    np.testing.assert_array_equal(ours.vector(clip), released.vector(clip)[released_order()])
    assert ours.digest() != released.digest()


def test_order_of_blocks_needs_the_released_length(tmp_path):
    with pytest.raises(DatasetError, match="15045 values"):
        open_dataset("cdmer-lbptop", str(write_cdmer(tmp_path)), {"order": "blocks"})


def test_first_class_is_negative(tmp_path):
    dataset = open_dataset("cdmer-lbptop", str(write_cdmer(tmp_path)))
    assert [clip.label for clip in dataset.clips()[:3]] == [1, 0, 2]


def test_authors_own_files_give_the_same(tmp_path):
    dataset = open_dataset("cdmer-lbptop", str(write_cdmer(tmp_path / "ours")))
    folder = tmp_path / "theirs" / "data" / "3class"
    folder.mkdir(parents=True)
    with np.load(tmp_path / "ours" / "features.npz") as stored:
        for name in ("CASME2", "SMIC_NIR", "SMIC_VIS"):
            content = {
                f"{name}_micro_feature": stored[f"{name}_X"],
                f"{name}_micro_label": stored[f"{name}_y"][:, None],
            }
            savemat(folder / f"CrossCorpus_LBPTOP_R3P8_{name}_112by112.mat", content)
    theirs = open_dataset("cdmer-lbptop", str(tmp_path / "theirs"))
    assert theirs.clips() == dataset.clips()
    assert theirs.digest() == dataset.digest()


def test_cameras_of_smic_film_one_unknown_person_and_casme2_another(tmp_path):
    clips = open_dataset("cdmer-lbptop", str(write_cdmer(tmp_path))).clips()
    assert {person(clip) for clip in clips} == {"casme2/unknown", "smic/unknown"}


def test_unknown_people_are_said(tmp_path):
    (note,) = open_dataset("cdmer-lbptop", str(write_cdmer(tmp_path))).notes
    assert "does not say who is filmed" in note


def test_there_are_no_frames_and_no_other_clips(tmp_path):
    dataset = open_dataset("cdmer-lbptop", str(write_cdmer(tmp_path)))
    with pytest.raises(DatasetError, match="holds descriptors"):
        dataset.frames(dataset.clips()[0])
    for clip in (Clip("casme2", "unknown", "025", 0), Clip("samm", "unknown", "001", 0), Clip("casme2", "1", "001", 0)):
        with pytest.raises(DatasetError, match="no clip"):
            dataset.vector(clip)


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ({}, "holds no descriptors"),
        ({"CASME2_X": np.zeros((2, 4))}, "cannot be read"),
        ({"CASME2_X": np.zeros((2, 4)), "CASME2_y": np.array([1])}, "damaged"),
        ({"CASME2_X": np.zeros((2, 4)), "CASME2_y": np.array([0, 1])}, "classes 1, 2, 3"),
        ({"CASME2_X": np.full((2, 4), np.nan), "CASME2_y": np.array([1, 2])}, "finite"),
        (
            {"CASME2_X": np.zeros((1, 4)), "CASME2_y": [1], "SMIC_VIS_X": np.zeros((1, 5)), "SMIC_VIS_y": [1]},
            "one length",
        ),
    ],
)
def test_damaged_descriptors_are_refused(tmp_path, tables, told):
    np.savez(tmp_path / "features.npz", **tables)
    with pytest.raises(DatasetError, match=told):
        open_dataset("cdmer-lbptop", str(tmp_path))


def test_doctor_finds_a_sound_folder_usable(tmp_path):
    diagnosis = examine("cdmer-lbptop", str(write_cdmer(tmp_path)))
    assert (diagnosis.usable, diagnosis.clips, diagnosis.faults) == (True, 54, [])


def test_absent_descriptors_say_where_they_come_from(monkeypatch, tmp_path):
    monkeypatch.delenv("FLEETING_MIRROR", raising=False)
    monkeypatch.setenv("FLEETING_CACHE", str(tmp_path))
    with pytest.raises(AbsentError, match="Seeking_Salient_Facial_Region"):
        open_dataset("cdmer-lbptop")
