"""The Excel and CSV tables that data sets come with, read by column name wherever their header stands."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..errors import DatasetError
from .annotation import Annotation, Fault, LeftOut, Line, Note
from .bounds import refuse_large_text, refuse_large_workbook
from .subjects import SPELLED, subject_name

EMPTY = frozenset({"", "/", "\\", "-", "nan", "none", "n/a", "na"})
"""What the tables write where there is nothing, lower case."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; the cells are stripped text, whole numbers without a decimal point."""

    cells: dict[str, str]
    """Keyed by `plain` column name, or by "0", "1", ... in a table without a header."""
    where: str
    """file:row as Excel counts, for messages."""

    def text(self, column: str) -> str:
        """The cell, "" where it is empty."""
        value = self.cells.get(column, "")
        return "" if value.casefold() in EMPTY else value

    def name(self, column: str) -> str:
        """The cell, which must not be empty.

        Raises:
            DatasetError: it is.
        """
        value = self.text(column)
        if not value:
            raise DatasetError(f"{column!r} is empty.", where=self.where)
        return value

    def number(self, column: str) -> int | None:
        """The cell as a whole number; None where it is empty.

        Raises:
            DatasetError: it holds something else.
        """
        value = self.text(column)
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not number.is_integer():
            raise DatasetError(f"{column!r} is no whole number.", got=value, where=self.where)
        return int(number)


def plain(name: object) -> str:
    """A column's name in lower case without blanks and signs.

    Example:
        >>> plain("Onset Frame"), plain("OnsetFrame "), plain("Estimated_Emotion")
        ('onsetframe', 'onsetframe', 'estimatedemotion')
    """
    return re.sub(r"[^a-z0-9]", "", str(name).casefold())


def read_rows(path: Path, columns: Sequence[str]) -> list[Row]:
    """The rows below the header; the header is the first row of any sheet that holds all of `columns`.

    Args:
        path: .xlsx, .xls or .csv.
        columns: plain names (see `plain`) that the header must hold.

    Raises:
        DatasetError: the file cannot be read, or no row holds the columns.
    """
    sheets = _sheets(path)
    for table in sheets.values():
        for head in range(min(len(table), 40)):
            names = [plain(cell) for cell in table.iloc[head]]
            if set(columns) <= set(names):
                return _rows(table.iloc[head + 1 :], names, path, head + 2)
    first = next(iter(sheets.values()))
    raise DatasetError(
        "The annotation table has no header with the expected columns.",
        expected=", ".join(columns),
        got="; ".join(" | ".join(map(str, first.iloc[row])) for row in range(min(2, len(first)))),
        where=str(path),
    )


def read_sheets(path: Path) -> dict[str, list[Row]]:
    """Every row of every sheet of a table without headers: `plain` name of the sheet -> rows, in the file's order.

    The columns are "0", "1", ... from the left.

    Raises:
        DatasetError: the file cannot be read.
    """
    return {
        plain(name): _rows(table, [str(number) for number in range(table.shape[1])], path, 1)
        for name, table in _sheets(path).items()
    }


def lines(
    part: str, rows: Iterable[Row], columns: Sequence[str], make: Callable[[Row], Annotation | LeftOut]
) -> Iterator[Line]:
    """One line for each row: what `make` says, a fault where it fails, a note where the row is a remark.

    A row of which one cell or none of `columns` is filled is a remark, such as a footnote. (The rule is ours.)

    Args:
        part: first part of the clips' keys.
        rows: of the table.
        columns: the columns that matter, subject and clip first.
        make: reads one row.
    """
    for row in rows:
        if sum(bool(row.text(column)) for column in columns) < 2:
            yield Note("rows are remarks and no clips", row.where)
            continue
        try:
            yield make(row)
        except (DatasetError, OSError) as error:
            key = _key(part, *(row.text(column) or "?" for column in columns[:2]))
            if isinstance(error, OSError):
                yield Fault("unreadable", key, str(error.strerror), str(error.filename))
            else:
                yield Fault("unknown", key, f"{error.problem} {error.got}".strip(), row.where)


def _key(part: str, subject: str, clip: str) -> str:
    """The clip's key as far as the row tells it."""
    with suppress(DatasetError):
        subject = subject_name(part, subject) if part in SPELLED else subject
    return f"{part}/{subject}/{clip}"


def _sheets(path: Path) -> dict[str, pd.DataFrame]:
    try:
        if path.suffix.lower() == ".csv":
            refuse_large_text(path)
            return {"": pd.read_csv(path, header=None, dtype=str, keep_default_na=False, skip_blank_lines=False)}
        refuse_large_workbook(path)
        book = pd.read_excel(path, sheet_name=None, header=None, dtype=object, keep_default_na=False)
        return {str(name): table for name, table in book.items()}
    except DatasetError:
        raise
    except Exception as error:  # damaged workbooks raise zip, XML, key and value errors
        raise DatasetError("The annotation table cannot be read.", got=str(error)[:300], where=str(path)) from error


def _rows(table: pd.DataFrame, names: Sequence[str], path: Path, first: int) -> list[Row]:
    rows = []
    for number, values in enumerate(table.itertuples(index=False, name=None), start=first):
        pairs = [(name, _text(value)) for name, value in zip(names, values, strict=True) if name]
        cells = dict(reversed(pairs))  # of columns with one name the first counts
        if any(cells.values()):
            rows.append(Row(cells, f"{path.name}:{number}"))
    return rows


def _text(value: object) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
