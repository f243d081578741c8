import gzip

import numpy as np
import pytest

from fleeting.action_units import index_of, read_au_table
from fleeting.errors import ActionUnitError
from fleeting.types import AU_NUMBERS

LEAD = ("frame", "face_id", "timestamp", "confidence", "success", "p_rx", "p_ry", "p_rz")
GOOD = {"confidence": 0.98, "success": 1}


def test_openface_sequence_is_read_by_name_and_divided_by_five(openface):
    rows = [{**GOOD, "frame": 7, "AU01_r": 2.5, "AU45_r": 5, "p_rx": 9}, {**GOOD, "frame": 8, "AU12_r": 1}]
    table = read_au_table(openface("a.csv", rows, lead=LEAD))
    assert table.format == "openface"
    assert table.values.dtype == np.float32
    assert table.values.shape == (2, 17)
    assert table.values[0].tolist() == [0.5] + [0] * 15 + [1.0]
    assert table.values[1, 8] == np.float32(0.2)
    assert (table.frames.tolist(), table.first_frame) == ([7, 8], 7)
    assert (table.missing, table.rejected, table.clipped) == ((), {}, 0)
    assert table.checks == ("success", "confidence")


def test_openface_leading_spaces_and_gzip_change_nothing(openface, tmp_path):
    rows = [{**GOOD, "frame": 1, "AU04_r": 3.1}]
    plain = openface("a.csv", rows, lead=LEAD)
    spaced = openface("b.csv", rows, lead=LEAD, separator=", ")
    zipped = tmp_path / "c.csv"
    zipped.write_bytes(gzip.compress(spaced.read_bytes()))
    for path in (spaced, zipped):
        assert np.array_equal(read_au_table(path).values, read_au_table(plain).values)


def test_openface_columns_in_another_order_give_the_same_vector(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("AU45_r,p_rx,AU01_r\n1,4,5\n")
    table = read_au_table(path)
    assert (table.values[0, 0], table.values[0, 16]) == (1.0, np.float32(0.2))
    assert table.missing == tuple(number for number in AU_NUMBERS if number not in (1, 45))


def test_openface_pose_columns_alone_are_no_action_units(tmp_path):
    """Regression guard for the known trap: p_rx, p_ry and p_rz contain "_r"."""
    path = tmp_path / "pose.csv"
    path.write_text("frame,confidence,success,p_rx,p_ry,p_rz\n1,1,1,.1,.2,.3\n")
    with pytest.raises(ActionUnitError, match="No action-unit column"):
        read_au_table(path)


def test_openface_presence_only_names_the_cure(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("frame,AU01_c,AU28_c\n1,1,0\n")
    with pytest.raises(ActionUnitError, match="run OpenFace with -aus"):
        read_au_table(path)


def test_openface_image_mode_numbers_its_rows_and_keeps_the_face(openface):
    rows = [{"face": 0, "confidence": 0.9}, {"face": 1, "confidence": 0.9}]
    table = read_au_table(openface("i.csv", rows, lead=("face", "confidence")))
    assert table.frames.tolist() == [0, 1]
    assert table.columns == {"face": ["0", "1"]}
    assert table.checks == ("confidence",)


def test_bad_rows_are_rejected_once_with_a_reason(openface):
    rows = [
        {**GOOD, "frame": 1},
        {"frame": 2, "confidence": 0.1, "success": 0, "AU01_r": "nan"},
        {"frame": 3, "confidence": 0.79, "success": 1},
        {"frame": 4, "confidence": 0.8, "success": 1},
        {**GOOD, "frame": 5, "AU01_r": "inf"},
        {**GOOD, "frame": 6, "AU01_r": ""},
        {**GOOD, "frame": 7, "AU01_r": -0.2},
        {**GOOD, "frame": 8, "AU01_r": 6.5},
        {**GOOD, "frame": "nan"},
    ]
    table = read_au_table(openface("a.csv", rows, lead=LEAD, end="\n10,0,0\n"))
    assert table.frames.tolist() == [1, 4, 8]
    assert table.rejected == {
        "wrong number of cells": 1,
        "failed": 1,
        "low confidence": 1,
        "not finite": 3,
        "negative": 1,
    }
    assert table.clipped == 1
    assert table.values[2, 0] == 1.0


def test_min_confidence_is_an_option(openface):
    path = openface("a.csv", [{"frame": 1, "confidence": 0.5, "success": 1}], lead=LEAD)
    assert len(read_au_table(path).values) == 0
    assert len(read_au_table(path, min_confidence=0.5).values) == 1


def test_pyfeat_eyes_closed_stands_in_for_the_blink(tmp_path):
    path = tmp_path / "fex.csv"
    path.write_text("frame,FaceScore,AU01,AU11,AU24,AU28,AU43\n0,1,.5,.9,.9,.9,.7\n2,.3,0,0,0,0,0\n")
    table = read_au_table(path)
    assert table.format == "pyfeat"
    assert (table.values[0, 0], table.values[0, 16]) == (0.5, np.float32(0.7))
    assert table.values[0].sum() == pytest.approx(1.2)
    assert table.proxies == {45: "AU43"}
    assert table.ignored == ("AU11", "AU24", "AU28")
    assert table.rejected == {"low confidence": 1}
    assert table.frame_step == 2


def test_libreface_mixes_intensities_and_detections(tmp_path):
    path = tmp_path / "libre.csv"
    path.write_text("frame_idx,au_1_intensity,au_12_intensity,au_1,au_7,au_24\n0,2,5,1,1,1\n1,0,0,0,0,0\n")
    table = read_au_table(path)
    assert table.format == "libreface"
    assert table.values[:, [0, 8, 5]].tolist() == [[np.float32(0.4), 1.0, np.float32(0.2)], [0, 0, 0]]
    assert table.proxies == {7: "au_7"}
    assert {10, 14, 23, 45} <= set(table.missing)
    stronger = read_au_table(path, detection_intensity=0.5)
    assert stronger.values[0, index_of(7)] == 0.5


def test_named_format_must_fit(openface):
    path = openface("a.csv", [{**GOOD, "frame": 1}], lead=LEAD)
    assert read_au_table(path, "openface").format == "openface"
    with pytest.raises(ActionUnitError, match="This is a openface table, not pyfeat"):
        read_au_table(path, "pyfeat")


def test_grouping_columns_are_kept_for_the_kept_rows(tmp_path):
    path = tmp_path / "g.csv"
    path.write_text("clip,actor,emotion,AU01_r\n001,3,happy,1\n002,3,sad,-1\n003,4, sad ,1\n")
    table = read_au_table(path)
    assert table.columns == {"clip": ["001", "003"], "actor": ["3", "4"], "emotion": ["happy", "sad"]}
    assert table.checks == ()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no data rows"),
        (b"frame,AU01_r\n", "no data rows"),
        (b"\n\n\n", "no data rows"),
        (b"\x89PNG\r\n\x1a\n\0\0", "cannot be read as text"),
        (b"AU01_r\0\n1\n", "binary"),
        (gzip.compress(b"frame,AU01_r\n1,2\n" * 900, mtime=0)[:-20], "cannot be read as text"),
        (b"AU01_r, AU01_r\n1,2\n", "two columns of one name"),
        (b"frame;AU01_r\n1;2\n", "No action-unit column"),
        (b"<html>\n<body>404</body>\n", "No action-unit column"),
        (b"AU01_r,AU01\n1,1\n", "fit several formats"),
        (b'AU01_r\n"' + b"9" * 200_000 + b"\n", "not a CSV table"),
    ],
)
def test_wrong_files_raise_a_named_fault(tmp_path, content, problem):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(ActionUnitError, match=problem) as caught:
        read_au_table(path)
    assert "bad.csv" in str(caught.value)


def test_folder_and_missing_file_raise_a_named_fault(tmp_path):
    with pytest.raises(ActionUnitError, match="cannot be read"):
        read_au_table(tmp_path)
    with pytest.raises(ActionUnitError, match="There is no file"):
        read_au_table(tmp_path / "nothing.csv")


def test_damaged_tables_either_raise_or_account_for_every_row(openface):
    """Fuzz: flip bytes of a good table; values must stay in 0..1 and rows must add up."""
    good = openface("a.csv", [{**GOOD, "frame": k, "AU06_r": 1.5} for k in range(30)], lead=LEAD)
    content, rng, read = good.read_bytes(), np.random.default_rng(5), 0
    for _ in range(300):
        damaged = np.frombuffer(content, np.uint8).copy()
        at = rng.integers(len(damaged), size=rng.integers(1, 6))
        damaged[at] = rng.choice(np.frombuffer(b',\n-."e9n\xff\x00 #', np.uint8), len(at))
        good.write_bytes(damaged.tobytes())
        try:
            table = read_au_table(good)
        except ActionUnitError:
            continue
        read += 1
        assert table.values.shape == (len(table.frames), 17)
        assert np.isfinite(table.values).all()
        assert table.values.min(initial=0) >= 0
        assert table.values.max(initial=0) <= 1
        assert 1 <= len(table.values) + sum(table.rejected.values()) <= 36
    assert 50 < read < 300


def test_real_openface_table_with_leading_spaces(mirror):
    table = read_au_table(mirror / "openface" / "OpenFace_Test.csv")
    assert table.values.shape == (100, 17)
    assert table.rejected == {}
    assert table.values[:, 0].mean() == pytest.approx(0.397392 / 5, abs=1e-6)
    assert table.frames[[0, -1]].tolist() == [1, 100]


def test_real_pyfeat_table(mirror):
    table = read_au_table(mirror / "openface" / "pyfeat_news_frames.csv.gz")
    assert (table.format, table.values.shape, table.missing) == ("pyfeat", (477, 17), ())
    assert table.values[0, [0, 1, 16]].tolist() == pytest.approx([0.3073, 0.1411, 0.0])
    assert table.columns["clip"][0] == "001"


def test_real_ravdess_table_keeps_clip_actor_and_emotion(mirror):
    table = read_au_table(mirror / "openface" / "ravdess5_openface_au_frames.csv.gz")
    assert table.values.shape == (33493, 17)
    assert len(set(table.columns["clip"])) == 300
    assert set(table.columns["actor"]) == {"1", "2", "3", "4", "5"}
    assert table.values[:, 5].mean() == pytest.approx(1.199981 / 5, abs=1e-5)
    assert table.checks == ()
