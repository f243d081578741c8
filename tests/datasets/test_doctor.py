"""The doctor says of every copy what is there, what is not, and whether it can be used."""

import json
import shutil

import numpy as np
import pytest

from fake_recorded import CASME2_ROWS, OPTIONS, TREES, casme2
from fake_synthetic import flow_image, write_synthetic
from fake_tree import write_frames
from fleeting.datasets import list_datasets
from fleeting.datasets.annotation import Fault
from fleeting.datasets.diagnosis import WIDTH, Count, Diagnosis
from fleeting.datasets.doctor import examine
from fleeting.datasets.expected import expected
from fleeting.datasets.megc2019_flow import Megc2019Flow
from fleeting.errors import DatasetError, OptionsError
from fleeting.types import Clip

TABLE = "CASME2-coding-20140508.xlsx"
FRAMES = "CASME2_RAW_selected"


def with_row(root, row):
    """The sound tree with one more row in the table, and frames for it."""
    casme2(root, [*CASME2_ROWS, row])


def damage(root, kind):
    """One fault of a kind in an otherwise sound copy."""
    if kind == "duplicate":
        with_row(root, CASME2_ROWS[1])
    elif kind == "unknown":
        with_row(root, [2, "EP09_09", None, 7, 9, 12, None, "4", "bliss"])
    elif kind == "impossible":
        with_row(root, [2, "EP09_09", None, 9, 9, 12, None, "4", "disgust"])
    else:
        casme2(root)
        clip = root / FRAMES / "sub01" / "EP19_05f"
        if kind == "missing":
            shutil.rmtree(clip)
        else:
            (clip / "img9.jpg").write_bytes(b"no image")


@pytest.mark.parametrize("name", sorted(set(TREES) - {"compmie"}))
def test_doctor_finds_a_sound_copy_of_every_recorded_data_set_usable(tmp_path, name):
    diagnosis = examine(name, str(TREES[name](tmp_path)), OPTIONS.get(name))
    assert diagnosis.usable, diagnosis.text()
    assert (diagnosis.faults, diagnosis.problem) == ([], "")
    assert diagnosis.clips == sum(sum(row.values()) for row in diagnosis.subjects.values()) > 0
    assert diagnosis.layouts
    assert diagnosis.access


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("missing", f"there is no folder {FRAMES}/sub01/EP19_05f ({TABLE}:3)"),
        ("unreadable", "A frame is no readable image. 8 bytes"),
        ("duplicate", f"the table names this clip twice ({TABLE}:5)"),
        ("unknown", "emotion 'bliss' is none of happiness, surprise,"),
    ],
)
def test_doctor_finds_a_copy_with_a_fault_not_usable_and_names_it(tmp_path, kind, line):
    damage(tmp_path, kind)
    diagnosis = examine("casme2", str(tmp_path))
    assert not diagnosis.usable
    (fault,) = diagnosis.faults
    assert fault.kind == kind
    assert fault.clip == ("casme2/sub02/EP09_09" if kind == "unknown" else "casme2/sub01/EP19_05f")
    assert line in str(fault)
    assert diagnosis.text().startswith(f"casme2: not usable; {diagnosis.clips} clips, 1 {kind}\n")


def test_doctor_reports_an_impossible_clip_and_leaves_the_copy_usable(tmp_path):
    damage(tmp_path, "impossible")
    diagnosis = examine("casme2", str(tmp_path))
    assert diagnosis.usable
    assert "onset 9, apex 9, offset 12 are not in this order" in diagnosis.text()
    assert examine("casme2", str(tmp_path), {"bad_apex": "middle"}).faults == []


def test_doctor_decodes_clips_that_the_label_space_leaves_out(tmp_path):
    with_row(tmp_path, [2, "EP09_09", None, 7, 9, 12, None, "4", "others"])
    (tmp_path / FRAMES / "sub02" / "EP09_09" / "img7.jpg").write_bytes(b"")
    diagnosis = examine("casme2", str(tmp_path))
    assert diagnosis.left_out == {"others": 1}
    assert [fault.clip for fault in diagnosis.faults] == ["casme2/sub02/EP09_09"]


def test_doctor_finds_frames_of_two_sizes(tmp_path):
    casme2(tmp_path)
    write_frames(tmp_path / FRAMES / "sub02" / "EP01_11f", ["img10.jpg"], size=(9, 6))
    (fault,) = examine("casme2", str(tmp_path)).faults
    assert str(fault).startswith(
        "unreadable: casme2/sub02/EP01_11f: Onset and apex of casme2/sub02/EP01_11f differ in size. (8, 6) and (9, 6)"
    )


def test_doctor_holds_the_counts_against_those_of_a_complete_copy(tmp_path):
    counts = {count.what: count for count in examine("casme2", str(casme2(tmp_path))).counts}
    assert (counts["clips"].here, counts["clips"].expected, counts["clips"].agrees) == (3, (255,), False)
    assert (counts["emotion surprise"].here, counts["emotion surprise"].expected) == (1, (25, 28))
    assert (counts["class negative"].here, counts["class negative"].expected) == (1, (90,))


def test_doctor_says_of_a_folder_without_the_data_set_what_it_looked_for(tmp_path):
    diagnosis = examine("samm", str(casme2(tmp_path)))
    assert not diagnosis.usable
    assert "cannot be opened" in diagnosis.text()
    assert "SAMM_Micro_FACS_Codes_v2.xlsx" in diagnosis.text()
    assert "request" in diagnosis.text()


def test_doctor_refuses_a_folder_or_a_name_that_is_not_there(tmp_path):
    with pytest.raises(DatasetError, match="There is no file or folder"):
        examine("casme2", str(tmp_path / "absent"))
    with pytest.raises(OptionsError, match="Did you mean 'casme2'"):
        examine("casme22", str(tmp_path))
    with pytest.raises(OptionsError, match="no label space"):
        examine("casme2", str(casme2(tmp_path)), {"labels": "fiv"})


def test_doctor_notes_the_clips_that_a_copy_of_the_flow_images_lacks(tmp_path):
    clips = [Clip("lab", f"p{n}", "c", n % 3) for n in range(3)]
    Megc2019Flow.write(tmp_path, clips, [flow_image(clip.label, np.random.default_rng(0)) for clip in clips])
    diagnosis = examine("megc2019-flow", str(tmp_path))
    assert diagnosis.usable
    assert "133 clips of the composite are not here: samm" in diagnosis.notes
    next(tmp_path.rglob("*.png")).write_bytes(b"no image")
    assert [fault.kind for fault in examine("megc2019-flow", str(tmp_path)).faults] == ["unreadable"]


def test_doctor_opens_a_synthetic_data_set(tmp_path):
    write_synthetic(tmp_path)
    diagnosis = examine("synthetic", str(tmp_path))
    assert diagnosis.usable
    assert diagnosis.counts[0].what == "clips"


def test_diagnosis_text_stays_within_the_width(tmp_path):
    faults = [
        Fault("missing", f"casme2/sub{n:02d}/EP01", "there is no folder " + "of the name " * 12) for n in range(3)
    ]
    counts = [Count("emotion " + "long" * 8, 1, (2, 3), "a source that goes on " * 9)]
    subjects = {"smic/s01": {"negative": 1, "positive": 0, "surprise": 12}}
    text = Diagnosis("casme2", "data", faults=faults, counts=counts, subjects=subjects, notes=["word " * 60]).text()
    assert max(map(len, text.splitlines())) <= WIDTH


def test_diagnosis_record_can_be_written_as_json(tmp_path):
    record = json.loads(json.dumps(examine("casme2", str(casme2(tmp_path))).record()))
    assert (record["usable"], record["clips"], record["subjects"]["sub02"]["surprise"]) == (True, 3, 1)


@pytest.mark.parametrize("name", [name for name in list_datasets() if expected(name)])
def test_expected_classes_are_no_more_than_the_clips(name):
    facts = expected(name)
    clips = [fact.counts for fact in facts if fact.what == "clips"]
    assert len(clips) == 1
    for what in ("emotion", "class"):
        known = [max(fact.counts) for fact in facts if fact.what == what]
        assert sum(known) <= max(clips[0]) + 6  # releases of CASME II differ by three clips
    assert all(fact.source for fact in facts)


def test_every_recorded_data_set_has_an_expected_size():
    assert set(TREES) - {"several"} <= {name for name in list_datasets() if expected(name)}


@pytest.mark.parametrize(
    ("damage", "kind", "problem"),
    [
        (lambda file: file.write_bytes(b""), "unreadable", "empty files: img60.jpg"),
        (lambda file: file.unlink(), "missing", "no frames 60"),
    ],
    ids=["empty", "deleted"],
)
def test_doctor_names_a_frame_between_onset_and_offset_that_is_empty_or_gone(tmp_path, damage, kind, problem):
    damage(casme2(tmp_path) / FRAMES / "sub01" / "EP02_01f" / "img60.jpg")
    diagnosis = examine("casme2", str(tmp_path))
    assert [(fault.kind, fault.clip, fault.problem) for fault in diagnosis.faults] == [
        (kind, "casme2/sub01/EP02_01f", problem)
    ]
    assert (diagnosis.usable, diagnosis.clips) == (False, 3)


def test_doctor_notes_clips_on_disk_that_the_table_does_not_name(tmp_path):
    for name in ("sub01/EP99_99", "sub09"):
        write_frames(casme2(tmp_path) / FRAMES / name, ["img1.jpg"])
    diagnosis = examine("casme2", str(tmp_path))
    assert list(diagnosis.remarks.values()) == [[f"{FRAMES}/sub09", f"{FRAMES}/sub01/EP99_99"]]
    assert diagnosis.usable
