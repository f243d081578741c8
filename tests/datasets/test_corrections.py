"""Known errors of published tables are repaired by clip and only where they stand."""

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from fake_recorded import numbers, samm_table
from fake_tree import write_frames
from fleeting.datasets import list_datasets, open_dataset
from fleeting.datasets.annotation import Annotation
from fleeting.datasets.corrections import Correction, correct, corrections

ROW = Annotation("sub01", "a", "disgust", Path("a"), 10, 15, 20)


def change(field="offset", was="20", now="30"):
    return Correction("sub01", "a", field, was, now, "mistyped", "ours", "2026-11-21")


@pytest.mark.parametrize(
    ("row", "correction", "field", "value"),
    [
        (ROW, change(), "offset", 30),
        (replace(ROW, offset=21), change(), "offset", 21),
        (replace(ROW, clip="b"), change(), "offset", 20),
        (replace(ROW, apex=None), change("apex", "", "16"), "apex", 16),
        (ROW, change("apex", "", "16"), "apex", 15),
        (ROW, change("offset", "*", "30"), "offset", 30),
        (ROW, change("apex", "outside", "16"), "apex", 15),
        (replace(ROW, apex=25), change("apex", "outside", "16"), "apex", 16),
        (ROW, change("emotion", "disgust", "fear"), "emotion", "fear"),
    ],
    ids=["was", "repaired release", "other clip", "empty", "not empty", "any", "inside", "outside", "emotion"],
)
def test_correction_is_applied_only_where_the_wrong_value_stands(row, correction, field, value):
    (kept,), applied = correct([row], [correction])
    assert getattr(kept, field) == value
    assert (kept.original, applied) == ((row, [correction]) if kept != row else (None, []))


def test_correction_without_a_new_name_takes_the_clip_out():
    assert correct([ROW], [change("clip", "a", "")]) == ([], [change("clip", "a", "")])


def test_correction_is_dropped_where_the_files_fit_the_table_and_not_it(tmp_path):
    samm_table(tmp_path / "SAMM_Micro_FACS_Codes_v2.xlsx", [[13, "013_1_9", 1, 3, 6, "AU4", "Anger"]])
    write_frames(tmp_path / "SAMM" / "013" / "013_1_9", numbers(1, 6, "013_{:05d}.jpg"))
    dataset = open_dataset("samm", str(tmp_path))
    assert [clip.offset for clip in dataset.clips()] == [6]
    assert (dataset.applied, dataset.faults) == ([], [])


def test_every_corrections_file_belongs_to_a_data_set_and_says_why():
    names = [path.name.removesuffix(".csv") for path in files("fleeting.datasets").joinpath("corrections").iterdir()]
    assert {"casme2", "mmew", "samm"} <= set(names) <= set(list_datasets())
    known = [correction for name in names for correction in corrections(name)]
    assert {item.field for item in known} <= {"onset", "apex", "offset", "emotion", "clip"}
    assert all(item.why and item.source and item.was != item.now for item in known)
