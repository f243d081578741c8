"""Tables: 540 damaged ones of every kind that is read, bombs, and what is no table at all."""

import gzip
import io
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bad_input.mutations import TIMES, judge, judge_all, mutants, run_bounded
from fleeting.action_units import ActionUnitsOptions, create_sources, read_au_table
from fleeting.datasets.annotation_table import read_rows
from fleeting.datasets.legacy_flow import encode, read_label_list
from fleeting.errors import ActionUnitError, DatasetError
from fleeting.types import AU_NUMBERS

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits memory by RLIMIT_AS")
VALUES = ",".join(["0.5"] * 17)
OPENFACE = "\n".join(
    [
        "frame, timestamp, confidence, success, " + ", ".join(f"AU{number:02d}_r" for number in AU_NUMBERS),
        *(f"{frame}, {frame / 30:.3f}, 0.98, 1, {VALUES}" for frame in range(1, 7)),
    ]
)
PYFEAT = "frame,FaceScore," + ",".join(f"AU{number:02d}" for number in AU_NUMBERS) + f"\n0,0.98,{VALUES}\n" * 4
LIBREFACE = "frame_idx,au_1_intensity,au_12_intensity,au_7\n" + "".join(f"{frame},2,5,1\n" for frame in range(4))
INDEX = "dataset,subject,clip,file,onset,apex,first,emotion\n" + "".join(
    f"casme2,s{number},c{number},c.csv,1,{3 + number % 3},1,{emotion}\n"
    for number, emotion in enumerate(["happiness", "disgust", "surprise"] * 2)
)
CODED = "dataset,subject,clip,type,au_sides,cls3\nd,s1,c1,micro,B4 L12,negative\nd,s2,c2,micro,R12,positive\n"
LABELS_CSV = "dataset,subject,clip,label,file\nd,s,a,0,a.png\nd,s,b,positive,a.png\nd,t,b,2,a.png\n"


def checked_au_table(path):
    table = read_au_table(path)
    assert np.isfinite(table.values).all()
    assert table.values.min(initial=0) >= 0
    assert table.values.max(initial=0) <= 1


def micro(path, **tracks):
    wanted = {"tracks": [{"file": str(path), **tracks}]} if tracks else {"tables": [str(path)]}
    source = create_sources(ActionUnitsOptions.parse({"sources": ["micro"], "micro": wanted}))["micro"]
    source.sample(np.random.default_rng(0), 1)
    return source


def writing(path, read):
    def call(content):
        path.write_bytes(content)
        return read()

    return call


@pytest.fixture
def clips(tmp_path):
    """An index and the one table that all its clips share."""
    (tmp_path / "tracks").mkdir()
    (tmp_path / "tracks" / "c.csv").write_text(OPENFACE)
    (tmp_path / "index.csv").write_text(INDEX)
    return tmp_path


@pytest.mark.parametrize("text", [OPENFACE, PYFEAT, LIBREFACE], ids=["openface", "py-feat", "libreface"])
def test_damaged_au_tables_are_refused_or_give_finite_values_from_0_to_1(text, tmp_path):
    path = tmp_path / "au.csv"
    outcomes = judge_all(writing(path, lambda: checked_au_table(path)), mutants(text.encode(), 60, seed=1))
    assert outcomes["read"] >= 5
    assert outcomes["refused"] >= 5


def test_damaged_gzip_is_refused(tmp_path):
    path, content = tmp_path / "au.csv.gz", gzip.compress(OPENFACE.encode(), mtime=0)
    assert judge_all(writing(path, lambda: checked_au_table(path)), mutants(content, 40, seed=2))["refused"] >= 30


@given(
    st.lists(
        st.lists(
            st.sampled_from(["0.5", "5", "5.1", "nan", "inf", "-inf", "-0.1", "1e309", "", "x", "1_0", "\u0663", '"']),
            min_size=3,
            max_size=4,
        ),
        max_size=6,
    )
)
@settings(max_examples=60 * TIMES, derandomize=True, database=None, deadline=None)
def test_every_row_is_used_or_counted(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "cells.csv"
    lines = ["frame,AU01_r,AU12_r", *(",".join(row) for row in rows), "9,0.1,0.1"]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert judge(checked_au_table, path) == "read"
    table = read_au_table(path)
    filled = sum(any(cell.strip('"') for cell in row) for row in rows)
    assert filled <= len(table.values) + sum(table.rejected.values()) - 1 <= len(rows)
    assert table.frames[-1] == 9


def test_damaged_indexes_of_tracks_are_read_or_refused(clips):
    def read():
        micro(clips / "index.csv", folder=str(clips / "tracks"))

    outcomes = judge_all(writing(clips / "index.csv", read), mutants(INDEX.encode(), 50, seed=3, head=300))
    assert outcomes["read"] >= 5
    assert outcomes["refused"] >= 5


def test_damaged_tables_of_tracks_are_read_or_refused(clips):
    def read():
        micro(clips / "index.csv", folder=str(clips / "tracks"))

    content = OPENFACE.encode()
    assert judge_all(writing(clips / "tracks" / "c.csv", read), mutants(content, 50, seed=4, head=900))["refused"] >= 5


def test_damaged_tables_of_codes_are_read_or_refused(tmp_path):
    path = tmp_path / "coded.csv"
    assert judge_all(writing(path, lambda: micro(path)), mutants(CODED.encode(), 50, seed=5))["refused"] >= 5


def test_damaged_label_lists_are_read_or_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(encode(np.zeros((28, 28, 3), np.uint8)))
    read = writing(tmp_path / "labels.csv", lambda: read_label_list(tmp_path))
    assert judge_all(read, mutants(LABELS_CSV.encode(), 80, seed=6, head=100))["refused"] >= 10


def test_damaged_workbooks_are_read_or_refused(tmp_path):
    import pandas as pd

    book, path = io.BytesIO(), tmp_path / "table.xlsx"
    pd.DataFrame({"Subject": ["a"], "Filename": ["x"]}).to_excel(book, index=False)
    assert judge_all(writing(path, lambda: read_rows(path, ["subject"])), mutants(book.getvalue(), 30, seed=7))


@LINUX
def test_gzip_bomb_is_refused_in_bounded_memory(tmp_path):
    """Some kB of gzip that hold 2 GB in members of 64 MB; the process gets 800 MB, and the limit is 256."""
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(bytes(64 << 20)) * 32)
    program = """
from pathlib import Path
from fleeting.action_units import read_au_table
hold_memory(800)
print(judge(read_au_table, Path(sys.argv[1])))
"""
    assert run_bounded(program, tmp_path / "bomb.csv.gz") == ["refused"]


def test_text_beyond_the_limit_is_refused_by_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr("fleeting.action_units.csv_files.LARGEST", 200)
    for name, content in (("au.csv", OPENFACE.encode()), ("au.csv.gz", gzip.compress(OPENFACE.encode()))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ActionUnitError, match=f"{name} is too large"):
            read_au_table(tmp_path / name)


def test_quotation_mark_that_is_never_closed_spoils_its_own_line_only(tmp_path):
    """It swallowed the rest of the table, which was neither used nor counted."""
    (tmp_path / "au.csv").write_text('frame,AU01_r\n1,0.5\n2,"0.5\n3,0.5\n4,0.5\n')
    table = read_au_table(tmp_path / "au.csv")
    assert table.frames.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "cp500"])
def test_other_encodings_are_refused_and_a_mark_of_utf8_is_not(encoding, tmp_path):
    (tmp_path / "au.csv").write_bytes(OPENFACE.replace("\n", "\r\n").encode(encoding))
    expected = "read" if encoding == "utf-8-sig" else "refused"
    assert judge(checked_au_table, tmp_path / "au.csv") == expected


@pytest.mark.parametrize(
    "header",
    ["frame,AU01_r,AU01_r", "frame,AU01_r, AU01_r", "au_01_intensity,au_001_intensity", "au_" + "9" * 5000],
    ids=["twice", "twice with a blank", "other spellings", "endless number"],
)
def test_two_columns_of_one_action_unit_and_endless_numbers_are_refused(header, tmp_path):
    """au_1 beside au_01 took the last in silence; a number of 5,000 digits was a ValueError."""
    (tmp_path / "au.csv").write_text(f"{header}\n1,1,1\n")
    assert judge(read_au_table, tmp_path / "au.csv") == "refused"


def test_label_list_with_two_columns_of_one_name_is_refused(tmp_path):
    """The last one counted, in silence."""
    (tmp_path / "labels.csv").write_text("subject,clip,label, label\ns,c,0,1\n")
    with pytest.raises(DatasetError, match="cannot be read") as caught:
        read_label_list(tmp_path)
    assert caught.value.got == "two columns of one name"


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "a\0.png", "../a.png", "."])
def test_impossible_file_names_in_a_label_list_are_faults_of_their_line(name, tmp_path):
    """A name of 300 letters was an OSError."""
    (tmp_path / "labels.csv").write_text(f"subject,clip,label,file\ns,c,0,{name}\n")
    with pytest.raises(DatasetError, match="1 of 1 lines"):
        read_label_list(tmp_path)


@pytest.mark.parametrize("name", ["../index.csv", "c/../../index.csv", "/etc/hostname", "x" * 300])
def test_index_cannot_lead_out_of_its_folder(name, clips):
    """An index could have any file of the machine read as a table; a long name was an OSError."""
    (clips / "index.csv").write_text(INDEX + f"casme2,s9,c9,{name},1,3,1,happiness\n")
    dropped = micro(clips / "index.csv", folder=str(clips / "tracks")).counts()["dropped"]
    outside = "clip without a table in the folder" if name.startswith("x") else "clip with its table outside the folder"
    assert dropped == {outside: 1}


def test_frames_before_the_first_row_drop_the_clip(clips):
    """A first row that was rejected and has the highest number gave negative rows: an IndexError."""
    head, first, *rest = OPENFACE.splitlines()
    late = first.replace("1, 0.033, 0.98, 1", "50, 0.033, 0.98, 0")
    (clips / "tracks" / "c.csv").write_text("\n".join([head, late, *rest]))
    with pytest.raises(ActionUnitError, match="nothing for any label") as caught:
        micro(clips / "index.csv", folder=str(clips / "tracks"))
    assert "6 clip with repeated, unsorted or unevenly spaced frames" in caught.value.got


@pytest.mark.parametrize("kind", ["folder", "empty", "unreadable"])
def test_folders_empty_and_unreadable_files_are_refused_as_tables(kind, tmp_path):
    """A folder where a table is expected was an IsADirectoryError."""
    path = tmp_path / "table"
    match kind:
        case "folder":
            path.mkdir()
        case "empty":
            path.touch()
        case _ if sys.platform.startswith("linux"):
            path.symlink_to("/proc/self/mem")
        case _:
            pytest.skip("needs /proc")
    for read in (read_au_table, micro, lambda file: micro(file, folder=str(tmp_path))):
        assert judge(read, path) == "refused"
