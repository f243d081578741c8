"""history.csv: one row of statistics per log step. No torch, so that a report can read it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import DatasetError
from ...files import write_text

NAME = "history.csv"


class History:
    """The rows of a training, on disk after each `add`."""

    def __init__(self, path: Path, until: int) -> None:
        """Take up the rows up to the step `until`; later ones belong to what was lost when a run was killed."""
        self._path = path
        self.rows = [row for row in read_history(path) if row["step"] <= until] if until else []

    def add(self, row: Mapping[str, float]) -> None:
        """Append a row."""
        self.rows.append(dict(row))
        text = io.StringIO()
        writer = csv.DictWriter(text, list(self.rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in self.rows)
        write_text(self._path, text.getvalue())


def read_history(path: Path) -> list[dict[str, float]]:
    """The rows of a history.csv, none where there is no file.

    Raises:
        DatasetError: it is damaged.
    """
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows: list[dict[Any, Any]] = list(csv.DictReader(file))
        return [{str(name): float(value) for name, value in row.items()} for row in rows]
    except (OSError, ValueError, TypeError) as error:
        raise DatasetError("The training history cannot be read.", got=str(error), where=str(path)) from error
