"""The rules of SAMM's official layout, proved on a small fake tree."""

import numpy as np
import pytest

from fake_recorded import numbers, samm, samm_table
from fake_tree import write_frames
from fleeting.datasets import open_dataset
from fleeting.datasets.megc2019_flow import registry


def test_samm_finds_the_header_below_thirteen_rows_of_preface(tmp_path):
    dataset = open_dataset("samm", str(samm(tmp_path)))
    assert dataset.annotated[0].where == "SAMM_Micro_FACS_Codes_v2.xlsx:15"
    assert [clip.clip for clip in dataset.clips()] == ["006_1_2", "006_1_3", "007_5_3"]


def test_samm_spells_subjects_as_the_registry_of_the_composite_does(tmp_path):
    subjects = {clip.subject for clip in open_dataset("samm", str(samm(tmp_path))).clips()}
    assert subjects == {"006", "007"}
    assert subjects < {item.clip.subject for item in registry() if item.clip.dataset == "samm"}


@pytest.mark.parametrize(("clip", "numbers", "red"), [(0, (98, 101, 104), [5, 35]), (1, (9998, 10000, 10002), [5, 25])])
def test_samm_reads_frame_numbers_whatever_their_padding(tmp_path, clip, numbers, red):
    dataset = open_dataset("samm", str(samm(tmp_path)))
    found = dataset.clips()[clip]
    assert (found.onset, found.apex, found.offset) == numbers
    np.testing.assert_allclose(dataset.frames(found)[:, 0, 0, 0], red, atol=4)


def test_samm_label_spaces_have_their_order(tmp_path):
    samm(tmp_path)
    five = open_dataset("samm", str(tmp_path), {"labels": "five"})
    assert five.classes == ("Anger", "Happiness", "Surprise", "Fear", "Disgust")
    assert [(clip.emotion, clip.label) for clip in five.clips()] == [("Anger", 0), ("Happiness", 1), ("Surprise", 2)]
    assert open_dataset("samm", str(tmp_path)).left_out == {"Other": 1}
    assert len(open_dataset("samm", str(tmp_path), {"labels": "native"}).clips()) == 4


def test_samm_takes_the_folder_that_holds_subjects_where_two_are_called_samm(tmp_path):
    samm(tmp_path / "SAMM")
    assert open_dataset("samm", str(tmp_path)).found[0].frames == tmp_path / "SAMM" / "SAMM"


def test_samm_finds_its_table_among_the_subjects_folders(tmp_path):
    samm(tmp_path)
    table = "SAMM_Micro_FACS_Codes_v2.xlsx"
    (tmp_path / table).rename(tmp_path / "SAMM" / table)
    assert len(open_dataset("samm", str(tmp_path)).clips()) == 3


def known_error(root, apex):
    samm_table(root / "SAMM_Micro_FACS_Codes_v2.xlsx", [[28, "028_4_1", 1071, apex, 1134, "AU4", "Anger"]])
    write_frames(root / "SAMM" / "028" / "028_4_1", numbers(1071, 1134, "028_{:04d}.jpg"))
    return open_dataset("samm", str(root))


@pytest.mark.parametrize(
    ("apex", "used", "applied"), [(-1, 1105, 1), (None, 1105, 1), (2000, 1105, 1), (1113, 1113, 0)]
)
def test_samm_corrects_a_known_apex_only_where_it_is_outside_the_clip(tmp_path, apex, used, applied):
    dataset = known_error(tmp_path, apex)
    assert [clip.apex for clip in dataset.clips()] == [used]
    assert len(dataset.applied) == applied
