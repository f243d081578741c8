"""Workbooks, tables, arrays and manifests of a few kB that would fill the memory: refused before they are read."""

import io
import sys
import zipfile
import zlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.io

from bad_input.mutations import judge, run_bounded
from fake_synthetic import write_synthetic
from fleeting import manifest
from fleeting.datasets import bounds
from fleeting.datasets.annotation_table import read_rows, read_sheets
from fleeting.datasets.cdmer_lbptop import CdmerLbptop
from fleeting.datasets.official import _read_list
from fleeting.errors import DatasetError, ManifestError

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits memory by RLIMIT_AS")
SHEET = "xl/worksheets/sheet1.xml"


def workbook(path, sheet="", **others):
    """A workbook with two columns, its sheet's rows replaced by `sheet` and other members added."""
    plain = io.BytesIO()
    pd.DataFrame({"Subject": ["a"], "Filename": ["x"]}).to_excel(plain, index=False)
    with zipfile.ZipFile(plain) as book, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name in book.namelist():
            content = book.read(name)
            if name == SHEET and sheet:
                head, _, rest = content.partition(b"<sheetData>")
                content = head + b"<sheetData>" + sheet.encode() + b"</sheetData>" + rest.partition(b"</sheetData>")[2]
            made.writestr(name, content)
        for name, content in others.items():
            made.writestr(name, content)
    return path


def text_cell(place):
    return f'<c r="{place}" t="inlineStr"><is><t>x</t></is></c>'


SHEETS = {
    "two far cells": f'<row r="1">{text_cell("XFD1")}</row><row r="1048576">{text_cell("A1048576")}</row>',
    "a row beyond all": f'<row r="1e12">{text_cell("A1")}</row>',
    "wide rows": "".join(f'<row r="{row}"><c r="ZZZ{row}"/></row>' for row in range(1, 400)),
    "other quotes": f"<row r = '1'>{text_cell('XFD1')}</row><row r='&#49;048576'>{text_cell('A1')}</row>",
}


@LINUX
def test_workbooks_are_refused_in_bounded_memory(tmp_path):
    """Two cells in opposite corners are a table of 17,000,000,000; the process gets 300 MB."""
    paths = [workbook(tmp_path / f"{number}.xlsx", sheet) for number, sheet in enumerate(SHEETS.values())]
    paths.append(workbook(tmp_path / "grown.xlsx", **{"xl/media/image1.png": bytes(200 << 20)}))
    assert all(path.stat().st_size < 300_000 for path in paths)
    program = """
from pathlib import Path
from fleeting.datasets.annotation_table import read_rows
hold_memory(300)
for name in sys.argv[1:]:
    print(judge(read_rows, Path(name), ["subject"]))
"""
    assert run_bounded(program, *paths) == ["refused"] * len(paths)


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=list(SHEETS))
def test_refusal_of_a_workbook_says_how_large_it_is(tmp_path, sheet):
    with pytest.raises(DatasetError, match=r"would fill the memory(.|\n)*at most 4000000 cells"):
        read_sheets(workbook(tmp_path / "table.xlsx", sheet))


def test_empty_rows_to_the_end_of_the_sheet_are_no_bomb(tmp_path):
    """As LibreOffice writes them: a last row without values."""
    cells = "".join(text_cell(place) for place in ("A1", "B1"))
    path = workbook(tmp_path / "table.xlsx", f'<row r="1">{cells}</row><row r="1048576"><c r="A1048576"/></row>')
    assert [len(rows) for rows in read_sheets(path).values()] == [1]


def test_old_workbook_is_measured_sheet_by_sheet(tmp_path, monkeypatch):
    """No package here writes .xls: what xlrd says of its sheets is enough."""
    import xlrd

    class Book:
        nsheets = 3

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def sheet_by_index(self, _):
            return type("Sheet", (), {"nrows": 65_536, "ncols": 256})

        def unload_sheet(self, _):
            pass

    monkeypatch.setattr(xlrd, "open_workbook", lambda *_, **__: Book())
    (tmp_path / "table.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(DatasetError, match=r"50331648 cells"):
        read_rows(tmp_path / "table.xls", ["subject"])


@pytest.mark.parametrize("read", [lambda path: read_rows(path, ["subject"]), _read_list], ids=["table", "list"])
def test_text_with_one_long_line_and_many_short_ones_is_refused(tmp_path, read):
    (tmp_path / "table.csv").write_text("," * 5000 + "\n" * 5000)
    with pytest.raises(DatasetError, match=r"25005000 cells"):
        read(tmp_path / "table.csv")


def test_list_of_clips_is_not_unpacked_by_its_name(tmp_path):
    """pandas takes the packing from the name: some kB of clips.csv.gz could hold gigabytes."""
    path = tmp_path / "clips.csv.gz"
    pd.DataFrame([["a", "b", "c", "0"]]).to_csv(path, header=False, index=False)
    with pytest.raises(DatasetError, match="list of clips cannot be read"):
        _read_list(path)


def test_arrays_that_grow_are_refused_by_the_directory_of_their_archive(tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "ARRAYS", 1 << 20)
    np.savez_compressed(tmp_path / "features.npz", CASME2_X=np.zeros((1000, 1000)), CASME2_y=np.ones(1000))
    assert (tmp_path / "features.npz").stat().st_size < 20_000
    with pytest.raises(DatasetError, match=r"would fill the memory(.|\n)*8008\d\d\d bytes"):
        CdmerLbptop.open(str(tmp_path))


@pytest.mark.parametrize("order", ["<", ">"])
def test_matlab_variable_that_grows_is_refused(tmp_path, monkeypatch, order):
    monkeypatch.setattr(bounds, "ARRAYS", 1 << 20)
    packed = zlib.compress(bytes(3 << 20))
    ends = b"IM" if order == "<" else b"MI"
    sizes = np.array([15, len(packed)], f"{order}u4").tobytes()
    (tmp_path / "CrossCorpus_LBPTOP_R3P8_CASME2_a.mat").write_bytes(bytes(126) + ends + sizes + packed)
    with pytest.raises(DatasetError, match="would fill the memory"):
        CdmerLbptop.open(str(tmp_path))


@pytest.mark.parametrize("packed", [False, True])
def test_matlab_file_within_the_limit_is_read_as_before(tmp_path, packed):
    path = tmp_path / "CrossCorpus_LBPTOP_R3P8_CASME2_a.mat"
    content = {"CASME2_micro_feature": np.eye(3), "CASME2_micro_label": np.array([[1], [2], [3]])}
    scipy.io.savemat(path, content, do_compression=packed)
    assert len(CdmerLbptop.open(str(tmp_path), {"order": "released"}).clips()) == 3


@LINUX
def test_long_text_in_every_row_of_a_manifest_is_refused_in_bounded_memory(tmp_path):
    """One text of 1 MB in 4,096 rows is a file of some hundred kB, and 4 GB as plain texts."""
    root = write_synthetic(tmp_path, holds="frames")
    table = pq.read_table(root / manifest.NAME)
    table = pa.concat_tables([table] * 341)
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(table), np.int32)), pa.array(["x" * (1 << 20)]))
    table = table.set_column(table.schema.get_field_index("reason"), "reason", texts)
    pq.write_table(table, root / manifest.NAME, compression="zstd", store_schema=False)
    program = """
from pathlib import Path
from fleeting import manifest
hold_memory(500)
print(judge(manifest.read, Path(sys.argv[1])), judge(lambda root: list(manifest.read_shards(root)), Path(sys.argv[1])))
"""
    assert run_bounded(program, root) == ["refused", "refused"]


def test_manifest_that_grows_is_refused_by_what_it_says_of_itself(tmp_path):
    root = write_synthetic(tmp_path, holds="frames")
    table = pq.read_table(root / manifest.NAME)
    texts = pa.array(["x" * (1 << 20)] * len(table))
    grown = table.set_column(table.schema.get_field_index("reason"), "reason", texts)
    pq.write_table(grown, root / manifest.NAME, compression="zstd", use_dictionary=False)
    with pytest.raises(ManifestError, match=r"manifest would fill the memory(.|\n)*at most 100 times"):
        manifest.read(root, ["key"])


def test_damaged_description_of_a_column_is_refused_and_ends_no_process(tmp_path):
    """Asked for the statistics of such a column, pyarrow ended the whole process."""
    root = write_synthetic(tmp_path, holds="frames")
    content = (root / manifest.NAME).read_bytes()
    tail = len(content) - int.from_bytes(content[-8:-4], "little") - 8
    for at in range(tail, len(content) - 8, 7):
        (root / manifest.NAME).write_bytes(content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :])
        judge(manifest.find, root, "000000003")
