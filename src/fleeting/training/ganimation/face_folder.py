"""A folder of aligned square faces with the action units that an extractor measured, matched by file name."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from ... import files
from ...action_units.au_table import AUTable, read_au_table
from ...errors import ActionUnitError, DatasetError
from ...types import Floats, Image
from .images import decoded
from .recipe import DataTable

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
Row = tuple[str, str, Floats]
"""File of the table, name of the image, (17,) action units."""


class FaceFolder:
    """See KnownImages. Images without a row, rows without an image and doubles are left out and listed."""

    synthetic = False

    def __init__(self, root: Path, aus: Path, options: DataTable) -> None:
        """Match the images under `root` with the rows of `aus`.

        Raises:
            DatasetError: no image has action units.
            ActionUnitError: a single table cannot be used, or has no file names.
        """
        self.root = root
        self.left_out: list[tuple[str, str]] = []
        paths = sorted(path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES)
        rows = self._tables(aus, options) if aus.is_dir() else self._table(aus, options)
        known = self._unique(rows)
        stems = Counter(path.stem for path in paths)
        self._paths: list[Path] = []
        values: list[Floats] = []
        for path in paths:
            reason = self._reason(path, stems, known)
            if reason:
                self.left_out.append((path.relative_to(root).as_posix(), reason))
            else:
                self._paths.append(path)
                values.append(known[path.stem][2])
        for stem, (table, name, _) in known.items():
            if stem not in stems:
                self.left_out.append((f"{table}: {name}", "no image of this name"))
        if not values:
            raise DatasetError(
                "No image of the folder has action units.",
                expected="images and rows of the same file names",
                got=f"{len(paths)} images, {len(known)} rows" + _first(self.left_out),
                where=f"{root} and {aus}",
            )
        self.aus: Floats = np.stack(values).astype(np.float32)
        self.groups = [range(len(values))]

    def read(self, number: int) -> Image:
        """(S, S, 3) uint8 RGB.

        Raises:
            DatasetError: the image cannot be read.
        """
        return decoded(self._paths[number].read_bytes(), self._paths[number])

    def digest(self) -> str:
        """Hash of the images and their action units."""
        state = hashlib.sha256(self.aus.tobytes())
        for path in self._paths:
            state.update(files.sha256(path).encode())
        return state.hexdigest()

    def _table(self, path: Path, options: DataTable) -> Iterable[Row]:
        table = read_au_table(path, options.format, options.min_confidence)
        if "input" not in table.columns:
            raise ActionUnitError(
                "The action-unit table does not say which image a row belongs to.",
                expected="a column `input` with file names, or a folder with one table per image (STEM.csv)",
                where=str(path),
            )
        self._refuse_lacking(table, options)
        self.left_out += [(path.name, f"{count} rows: {reason}") for reason, count in table.rejected.items()]
        for name, values in zip(table.columns["input"], table.values, strict=True):
            yield path.name, Path(name.replace("\\", "/")).name, values

    def _tables(self, folder: Path, options: DataTable) -> Iterable[Row]:
        for path in sorted(folder.glob("*.csv")):
            try:
                table = read_au_table(path, options.format, options.min_confidence)
                self._refuse_lacking(table, options)
            except ActionUnitError as error:
                self.left_out.append((path.name, error.problem))
                continue
            if not len(table.values):
                self.left_out.append((path.name, "no row: " + ", ".join(table.rejected or ["empty"])))
            for values in table.values:
                yield path.name, path.stem, values

    def _refuse_lacking(self, table: AUTable, options: DataTable) -> None:
        lacking = sorted(set(table.missing) & set(options.action_units))
        if lacking:
            raise ActionUnitError(
                "The table lacks action units that are to be trained.",
                expected=", ".join(f"AU{number}" for number in options.action_units),
                got=f"no {', '.join(f'AU{number}' for number in lacking)}",
                where=str(table.path),
                cure="name the others in data.action_units",
            )

    def _unique(self, rows: Iterable[Row]) -> dict[str, Row]:
        """One row per image; several rows mean several faces, of which nobody knows which one was cropped."""
        found: dict[str, list[Row]] = {}
        for row in rows:
            found.setdefault(Path(row[1]).stem, []).append(row)
        several = {stem: many for stem, many in found.items() if len(many) > 1}
        for many in several.values():
            self.left_out.append((f"{many[0][0]}: {many[0][1]}", f"{len(many)} rows for one image"))
        return {stem: many[0] for stem, many in found.items() if stem not in several}

    def _reason(self, path: Path, stems: Counter[str], known: dict[str, Row]) -> str:
        if stems[path.stem] > 1:
            return "several images of this name"
        if path.stem not in known:
            return "no action units"
        try:
            with Pillow.open(path) as image:  # reads the header only
                width, height = image.size
        except OSError:
            return "not an image"
        return "" if width == height else "not square"


def _first(left_out: list[tuple[str, str]]) -> str:
    return f"; the first left out: {left_out[0][0]} ({left_out[0][1]})" if left_out else ""
