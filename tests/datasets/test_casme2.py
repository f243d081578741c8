"""The rules of CASME II's official layout, proved on a small fake tree."""

import numpy as np
import pytest

from fake_recorded import CASME2_HEAD, casme2
from fake_tree import write_frames, write_table
from fleeting.datasets import open_dataset


def test_casme2_pads_the_subject_and_keeps_absolute_frame_numbers(tmp_path):
    dataset = open_dataset(
        "casme2", str(casme2(tmp_path, [[1, "EP02_01f", None, 46, 59, 86, None, "12", "happiness"]]))
    )
    (clip,) = dataset.clips()
    assert (clip.key, clip.label, clip.emotion) == ("casme2/sub01/EP02_01f", 1, "happiness")
    assert (clip.onset, clip.apex, clip.offset, clip.fps) == (46, 59, 86, 200.0)


def test_casme2_sorts_frames_by_number_though_names_are_not_padded(tmp_path):
    root = casme2(tmp_path, [[2, "EP01", None, 98, 101, 104, None, "4", "disgust"]])
    frames = open_dataset("casme2", str(root)).frames(open_dataset("casme2", str(root)).clips()[0])
    assert frames.shape == (2, 8, 6, 3)
    np.testing.assert_allclose(frames[:, 0, 0, 0], [5, 35], atol=4)  # the first and the fourth file, red channel


def test_casme2_leaves_others_out_of_three_classes_and_counts_them(tmp_path):
    rows = [[1, "a", None, 1, 3, 5, None, "", "others"], [1, "b", None, 1, 3, 5, None, "", "repression"]]
    dataset = open_dataset("casme2", str(casme2(tmp_path, rows)))
    assert [clip.clip for clip in dataset.clips()] == ["b"]
    assert dataset.left_out == {"others": 1}
    native = open_dataset("casme2", str(tmp_path), {"labels": "five"})
    assert [(clip.clip, native.classes[clip.label]) for clip in native.clips()] == [
        ("a", "others"),
        ("b", "repression"),
    ]


def test_casme2_of_cdmer_is_without_repression(tmp_path):
    """The benchmark's C has 130 clips: disgust, sadness and fear are negative, repression is not in it."""
    words = ["disgust", "sadness", "fear", "repression", "others", "happiness", "surprise"]
    rows = [[1, word, None, 1, 3, 5, None, "", word] for word in words]
    dataset = open_dataset("casme2", str(casme2(tmp_path, rows)), {"labels": "cdmer"})
    assert [(clip.emotion, clip.label) for clip in dataset.clips()] == [
        ("disgust", 0),
        ("sadness", 0),
        ("fear", 0),
        ("happiness", 1),
        ("surprise", 2),
    ]
    assert dataset.left_out == {"repression": 1, "others": 1}


def test_casme2_takes_the_middle_where_the_apex_is_a_slash(tmp_path):
    dataset = open_dataset("casme2", str(casme2(tmp_path, [[1, "a", None, 10, "/", 20, None, "", "surprise"]])))
    assert dataset.clips()[0].apex == 15


@pytest.mark.parametrize(("policy", "apex"), [("skip", None), ("middle", 14), ("keep", 9)])
def test_casme2_treats_an_impossible_apex_as_asked(tmp_path, policy, apex):
    casme2(tmp_path, [[1, "a", None, 9, 9, 19, None, "", "surprise"], [1, "b", None, 9, 12, 19, None, "", "surprise"]])
    dataset = open_dataset("casme2", str(tmp_path), {"bad_apex": policy})
    assert {clip.clip: clip.apex for clip in dataset.clips()} == {"b": 12, **({"a": apex} if apex else {})}
    if policy == "skip":
        assert [str(fault) for fault in dataset.faults] == [
            "impossible: casme2/sub01/a: onset 9, apex 9, offset 19 are not in this order "
            "(CASME2-coding-20140508.xlsx:2)"
        ]


def test_casme2_names_every_row_that_it_cannot_use(tmp_path):
    rows = [[1, "a", None, 1, 3, 5, None, "", "disgust"], [1, "b", None, 1, 3, 5, None, "", "bliss"]]
    casme2(tmp_path, [*rows, rows[0]])
    write_table(
        tmp_path / "CASME2-coding-20190701.xlsx",
        [
            CASME2_HEAD,
            *rows,
            rows[0],
            [7, "gone", None, 1, 2, 3, None, "", "fear"],
            [8, "out", None, 1, 90, 95, None, "", "fear"],
        ],
    )
    write_frames(tmp_path / "CASME2_RAW_selected" / "sub08" / "out", ["img1.jpg", "img2.jpg"])
    (tmp_path / "CASME2-coding-20140508.xlsx").unlink()
    faults = [(fault.kind, fault.clip) for fault in open_dataset("casme2", str(tmp_path)).faults]
    assert faults == [
        ("unknown", "casme2/sub01/b"),
        ("duplicate", "casme2/sub01/a"),
        ("missing", "casme2/sub07/gone"),
        ("missing", "casme2/sub08/out"),
    ]
