"""The organisers' list of the MEGC2019 composite is read as it is, and no other."""

import pandas as pd
import pytest

from fake_composite import official_list
from fleeting.datasets.composite_list import official_labels, read_official_list
from fleeting.datasets.official import official_clips
from fleeting.errors import DatasetError


def test_official_list_with_unpadded_samm_subjects_equals_the_packaged_copy(tmp_path):
    official_list(tmp_path / "combined_3class_gt.csv")
    read = read_official_list(tmp_path / "combined_3class_gt.csv")
    assert read == official_labels()
    assert len(read) == 442


def test_official_list_knows_smic_clips_by_unpadded_names(tmp_path):
    path = tmp_path / "combined_3class_gt.csv"
    official_list(path)
    text = path.read_text().replace("smic,s01,s01_", "smic,1,s1_")
    path.write_text(text)
    assert read_official_list(path) == official_labels()


def swapped(lines):
    return [line.replace("smic,s01,s01_po_01,1", "smic,s01,s01_po_01,0") for line in lines]


@pytest.mark.parametrize("change", [lambda text: text + "\n\n", lambda text: text.replace("casme2", "CASME2")])
def test_official_list_does_not_mind_blank_lines_and_capitals(tmp_path, change):
    path = tmp_path / "combined_3class_gt.csv"
    official_list(path)
    path.write_text(change(path.read_text()))
    assert read_official_list(path) == official_labels()


def test_official_list_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "combined_3class_gt.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match="not the organisers'"):
        read_official_list(tmp_path / "combined_3class_gt.csv")


@pytest.mark.parametrize("line", ["a,1,c,1", ",,,2"])
def test_a_list_of_ones_own_names_no_clip_twice_and_none_empty(tmp_path, line):
    (tmp_path / "list.csv").write_text(f"a,1,c,0\n{line}\n")
    with pytest.raises(DatasetError, match="twice or with an empty name"):
        official_clips(str(tmp_path / "list.csv"), pd.DataFrame())


@pytest.mark.parametrize(
    ("change", "got"),
    [
        (lambda lines: lines[:-1], "no line for samm/037/037_3_2"),
        (lambda lines: [*lines[:5], lines[5] + lines[6], *lines[7:]], "line 6: "),
        (lambda lines: [*lines, lines[0]], "line 443: 'casme2,sub01,EP02_01f,1'"),
        (lambda lines: [lines[0][:-1] + "0", *lines[1:]], "line 1: 'casme2,sub01,EP02_01f,0'"),
        (
            lambda lines: [line.replace("smic,s01,s01_ne_01,0", "smic,s01,s01_ne_01,1") for line in swapped(lines)],
            "'smic,s01,s01_ne_01,1'; line",
        ),
        (lambda lines: [*lines, "smic,s99,s99_ne_77,0"], "line 443: 'smic,s99,s99_ne_77,0'"),
    ],
    ids=[
        "a clip lost",
        "two lines run together",
        "a clip twice",
        "a label changed",
        "two labels swapped, counts as before",
        "a foreign clip",
    ],
)
def test_official_list_refuses_a_broken_copy(tmp_path, change, got):
    path = tmp_path / "combined_3class_gt-2.csv"
    official_list(path)
    path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")
    with pytest.raises(DatasetError) as caught:
        read_official_list(path)
    assert got in caught.value.got
    assert "88/32/25" in caught.value.expected
