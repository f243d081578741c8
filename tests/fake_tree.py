"""Small trees in the official layouts of data sets that may not be shipped: drawn frames, tables by openpyxl."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
from openpyxl import Workbook


def write_frames(folder: Path, names: Iterable[str], size: tuple[int, int] = (8, 6)) -> None:
    """One tiny colour image per name; frame i is grey level 10 i, its red channel 5 higher."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(names):
        image = np.full((*size, 3), min(10 * index, 240), np.uint8)
        image[..., 2] += 5  # OpenCV's order is BGR
        assert cv2.imwrite(str(folder / name), image)


def write_table(path: Path, rows: Sequence[Sequence[object]], sheet: str = "Sheet1") -> None:
    """An Excel file with these rows; an existing file gets one more sheet."""
    from openpyxl import load_workbook

    path.parent.mkdir(parents=True, exist_ok=True)
    book = load_workbook(path) if path.exists() else Workbook()
    if not path.exists():
        book.remove(book.active)
    page = book.create_sheet(sheet)
    for row in rows:
        page.append(list(row))
    book.save(path)
