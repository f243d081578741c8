"""Refuses tables and arrays that would fill the memory before they are read.

Some kB of workbook or archive can hold more than any machine: what was zipped grows, and a table is as large as its
last row times its last column, with nothing in between. All limits are ours.
"""

from __future__ import annotations

import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.parsers import expat

from ..errors import DatasetError
from ..files import unzipped

TABLE = 64 << 20
"""Bytes of an annotation table, unzipped; the longest that are published have some hundred kB."""
CELLS = 4_000_000
"""Cells of its sheets, empty ones included."""
ARRAYS = 256 << 20
"""Bytes of the arrays of one file; those of the cross-database protocol have 16 MB."""
ROWS = 1 << 20
"""Rows of a sheet, as Excel has them."""
PIECE = 1 << 20


def refuse_large_workbook(path: Path) -> None:
    """Let a workbook of Excel pass that can be read whole.

    Raises:
        DatasetError: it is too large.
        Exception: a damaged file may fail in any way.
    """
    _check_bytes(path, TABLE)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as book:
            _check_cells(path, sum(_sheet(book, member) for member in book.infolist()))
    else:
        _check_cells(path, sum(_old_sheets(path)))


def refuse_large_text(path: Path) -> None:
    """Let a CSV table pass that can be read whole.

    Raises:
        DatasetError: it is too large.
        OSError: it cannot be read.
    """
    _check_bytes(path, TABLE)
    lines = path.read_bytes().splitlines()
    _check_cells(path, len(lines) * max((line.count(b",") + 1 for line in lines), default=0))


def refuse_large_arrays(path: Path) -> None:
    """Let a .npz or .mat file pass that can be read whole.

    Raises:
        DatasetError: it is too large.
        Exception: a damaged file may fail in any way.
    """
    _check_bytes(path, ARRAYS)
    if path.suffix == ".mat" and sum(_matlab(path)) > ARRAYS:
        raise _refusal(path, f"at most {ARRAYS} bytes", "more when opened")


def _check_bytes(path: Path, limit: int) -> None:
    grown = max(path.stat().st_size, unzipped(path))
    if grown > limit:
        raise _refusal(path, f"at most {limit} bytes", f"{grown} bytes when opened")


def _check_cells(path: Path, cells: int) -> None:
    if cells > CELLS:
        raise _refusal(path, f"at most {CELLS} cells", f"{cells} cells, empty ones included")


def _refusal(path: Path, expected: str, got: str) -> DatasetError:
    return DatasetError("The file would fill the memory.", expected=expected, got=got, where=str(path))


def _sheet(book: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """How many cells a reader goes through in a member of an Excel workbook; 0 where it is no sheet."""
    extent = _Extent()
    with book.open(member) as file:
        extent.read(file)
    return max(extent.touched, extent.rows * extent.columns)


class _Extent:
    """Rows and columns of the XML of a sheet, counted as openpyxl counts them."""

    def __init__(self) -> None:
        self.row = self.column = 0
        self.rows = self.columns = 0
        """Last row, and widest column, that hold a value."""
        self.touched = 0
        """Cells up to the last one of every row that is written out, and the rows themselves."""

    def read(self, file: IO[bytes]) -> None:
        """Go through a member until its end, or until it is no XML any more."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._begin
        try:
            while (piece := file.read(PIECE)) and self.touched <= CELLS:
                parser.Parse(piece)
        except expat.ExpatError:
            pass  # an image, or a damaged sheet: what stands before the damage counts

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        name, place = tag.rpartition(":")[2], attributes.get("r")
        if name == "row":  # one that is empty is a cell, too
            self.row = int(float(place)) if place else self.row + 1
            self.column = 0
            self.touched += 1 if self.row <= ROWS else CELLS
        elif name == "c":
            before, self.column = self.column, _column(place) if place else self.column + 1
            self.touched += max(self.column - before, 1)
        elif name in ("v", "is"):
            self.rows, self.columns = max(self.rows, self.row), max(self.columns, self.column)


def _column(place: str) -> int:
    """The number of the column of a cell such as "AB12"."""
    number = 0
    for letter in re.sub("[^A-Z]", "", place.upper()):
        number = 26 * number + ord(letter) - 64
    return number


def _old_sheets(path: Path) -> Iterator[int]:
    """The cells of each sheet of an .xls file."""
    import xlrd  # type: ignore[import-untyped]

    with xlrd.open_workbook(path, on_demand=True, ragged_rows=True) as book:
        for number in range(book.nsheets):
            sheet = book.sheet_by_index(number)
            yield sheet.nrows * sheet.ncols
            book.unload_sheet(number)


def _matlab(path: Path) -> Iterator[int]:
    """Bytes of each variable of a MATLAB file of version 5 that is compressed, inflated piece by piece and not kept."""
    with path.open("rb") as file:
        order = "<" if file.read(128)[126:] == b"IM" else ">"
        while len(head := file.read(8)) == 8:
            kind, length = struct.unpack(f"{order}II", head)
            if kind == 15:  # compressed by zlib
                yield _inflated(file, length)
            else:
                file.seek(length, os.SEEK_CUR)


def _inflated(file: IO[bytes], length: int) -> int:
    """How many bytes `length` bytes of the file become, up to the limit; the file is read to their end."""
    grown, inflate = 0, zlib.decompressobj()
    end = file.tell() + length
    while grown <= ARRAYS and (piece := file.read(min(PIECE, end - file.tell()))):
        while piece and grown <= ARRAYS:
            grown += len(inflate.decompress(piece, PIECE))
            piece = inflate.unconsumed_tail
    return grown
