"""CSV files as users have them: gzipped or not, spaces after the commas, broken lines; read with every fault named."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import ActionUnitError

GZIP_MAGIC = b"\x1f\x8b"
LARGEST = 256 << 20
"""Bytes of text in the longest table: two million frames of the usual columns. A gzipped file of 1 MB can hold 1 GB."""


@dataclass(frozen=True, slots=True)
class CsvFile:
    """The cells of one file."""

    path: Path
    names: tuple[str, ...]
    """Column names without surrounding spaces."""
    rows: list[list[str]]
    """Data lines that have one cell per column."""
    ragged: int
    """How many data lines had more or fewer cells, such as the last line of a run that was killed."""

    def column(self, name: str) -> list[str]:
        """The cells of one column, stripped."""
        at = self.names.index(name)
        return [row[at].strip() for row in self.rows]

    def has(self, name: str) -> bool:
        """Whether there is a column called `name`."""
        return name in self.names

    def require(self, *names: str) -> None:
        """Check that the columns are there.

        Raises:
            ActionUnitError: some are not.
        """
        missing = [name for name in names if name not in self.names]
        if missing:
            raise ActionUnitError(
                f"{self.path.name} lacks columns: {', '.join(missing)}.",
                expected=", ".join(names),
                got=shorten(self.names),
                where=str(self.path),
            )


def read_csv(path: Path) -> CsvFile:
    """Read a comma-separated file with a header line; gzip is recognised by content, not by name.

    Raises:
        ActionUnitError: there is no such file, or it is no such table: a folder, binary, cut off, empty, no rows,
            or two columns of one name.
    """
    try:
        # Line by line, so that a quotation mark that is never closed spoils its own line and not all that follow.
        lines = (row for line in read_text(path).splitlines() for row in csv.reader([line], skipinitialspace=True))
        cells = [row for row in lines if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ActionUnitError(f"{path.name} is not a CSV table.", got=str(error), where=str(path)) from None
    if len(cells) < 2:
        raise ActionUnitError(
            f"{path.name} has no data rows.",
            expected="a header line and at least one row",
            got=f"{len(cells)} lines",
            where=str(path),
            cure="run the extractor again",
        )
    names = tuple(name.strip() for name in cells[0])
    while names and not names[-1]:
        names = names[:-1]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ActionUnitError(f"{path.name} has two columns of one name.", got=shorten(twice), where=str(path))
    width = len(names)
    rows = [row[:width] for row in cells[1:] if len(row) >= width and not any(cell.strip() for cell in row[width:])]
    return CsvFile(path, names, rows, len(cells) - 1 - len(rows))


def read_text(path: Path) -> str:
    """The text of a file, unzipped if need be.

    Raises:
        ActionUnitError: it cannot be read as UTF-8 text.
    """
    content = _content(path)
    try:
        if content.startswith(GZIP_MAGIC):
            with gzip.open(io.BytesIO(content)) as file:
                content = file.read(LARGEST + 1)
        text = content.decode("utf-8-sig") if len(content) <= LARGEST else ""
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ActionUnitError(
            f"{path.name} cannot be read as text.",
            expected="CSV text in UTF-8, plain or gzipped and complete",
            got=str(error),
            where=str(path),
            cure="export the table as CSV again",
        ) from None
    if len(content) > LARGEST:
        raise ActionUnitError(
            f"{path.name} is too large.",
            expected=f"at most {LARGEST >> 20} MiB of text",
            where=str(path),
            cure="keep only the columns that are read, or split it",
        )
    if "\0" in text:
        raise ActionUnitError(f"{path.name} is binary.", expected="CSV text", where=str(path))
    return text


def digest(path: Path) -> str:
    """The sha256 of a table's file.

    Raises:
        ActionUnitError: it cannot be read.
    """
    return hashlib.sha256(_content(path)).hexdigest()


def _content(path: Path) -> bytes:
    """The bytes of a file, of one that is too large the first."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        raise ActionUnitError(f"There is no file {path}.", where=str(path)) from None
    except (OSError, ValueError) as error:
        raise ActionUnitError(
            f"{path.name[:80]} cannot be read.", expected="a file", got=str(error)[:200], where=str(path)[:200]
        ) from None


def shorten(names: Sequence[str], limit: int = 12) -> str:
    """The first names of a list, for an error text."""
    shown = ", ".join(name[:40] for name in names[:limit])
    return shown + (f" ... ({len(names)} in all)" if len(names) > limit else "")
