"""One action-unit table of any extractor, read into 17 columns in 0..1 with every rejected row counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import ActionUnitError
from ..types import AU_NUMBERS, Floats
from .csv_files import CsvFile, read_csv
from .layouts import Layout, TableFormat, recognise

GROUPING = ("dataset", "clip", "subject", "actor", "emotion", "label", "input", "face", "face_id")
"""Columns that are kept as text when a table has them."""

DETECTION_INTENSITY = 0.2
"""LibreFace grades 12 AUs and only detects others; a detected one counts as OpenFace 1 = FACS A (ours)."""

EXACT = 2.0**53
"""Beyond it, a frame number read as a float is no longer exact."""


@dataclass(frozen=True, slots=True)
class AUTable:
    """The usable rows of a table; rows read = len(values) + all rejected ones."""

    path: Path
    format: str
    """openface, pyfeat or libreface."""
    values: Floats
    """(F, 17) float32 in 0..1, order types.AU_NUMBERS. py-feat gives probabilities, the others intensities."""
    frames: npt.NDArray[np.int64]
    """(F,) the table's own frame numbers; row numbers from 0 where it has none (image mode)."""
    first_frame: int
    """Frame number of the table's first row, kept or rejected."""
    frame_step: int
    """Smallest forward step between two rows, kept or rejected: 2 where every other frame was measured."""
    missing: tuple[int, ...]
    """AU numbers that the table lacks; their column is 0."""
    proxies: dict[int, str]
    """AU number -> the column that stood in for it: py-feat AU43 for 45, LibreFace detections."""
    ignored: tuple[str, ...]
    """Action-unit columns outside the 17."""
    rejected: dict[str, int]
    """Reason -> rows: 'wrong number of cells', 'failed', 'low confidence', 'not finite', 'negative'."""
    clipped: int
    """Rows with a value above the top of the scale, set to 1.0."""
    checks: tuple[str, ...]
    """The quality columns that the filter could use; empty where the table has none."""
    columns: dict[str, list[str]]
    """Grouping columns found, F texts each."""


def read_au_table(
    path: Path,
    format: TableFormat = "auto",
    min_confidence: float = 0.8,
    *,
    detection_intensity: float = DETECTION_INTENSITY,
) -> AUTable:
    """Read an OpenFace 2 (sequence or image mode), py-feat or LibreFace table, gzipped or not.

    Convention: columns go by name, never by position. OpenFace and LibreFace intensities are divided by 5; py-feat's
    0..1 values are taken as they are although they are probabilities.

    Args:
        path: the CSV file.
        format: "auto" tells the three apart by their column names.
        min_confidence: 0..1; rows below are rejected where the table has a confidence. .8 is the usual choice.
        detection_intensity: above 0, up to 1; the value of an AU that LibreFace detects without grading it.

    Raises:
        ActionUnitError: the file cannot be read, or is no such table.
    """
    if not 0 < detection_intensity <= 1:
        raise ActionUnitError(
            "detection_intensity is out of range.", expected="above 0, up to 1", got=str(detection_intensity)
        )
    file = read_csv(Path(path))
    layout = recognise(file.names, format, detection_intensity, str(path))
    raw = np.zeros((len(file.rows), len(AU_NUMBERS)))
    for number, column in layout.columns.items():
        raw[:, AU_NUMBERS.index(number)] = _numbers(file.column(column)) / layout.tops[number]
    frames = _numbers(file.column(layout.frame)) if layout.frame else np.arange(len(raw), dtype=float)
    rejected, keep = _sieve(file, layout, raw, frames, min_confidence)
    usable = raw[keep]
    finite = frames[np.abs(frames) < EXACT]
    return AUTable(
        path=Path(path),
        format=layout.format,
        values=np.minimum(usable, 1.0).astype(np.float32),
        frames=frames[keep].astype(np.int64),
        first_frame=int(finite[0]) if len(finite) else 0,
        frame_step=_step(finite),
        missing=layout.missing,
        proxies=layout.proxies,
        ignored=layout.ignored,
        rejected=rejected,
        clipped=int((usable > 1.0).any(axis=1).sum()),
        checks=tuple(name for name in (layout.success, layout.confidence) if name),
        columns={
            name: [cell for cell, kept in zip(file.column(name), keep, strict=True) if kept]
            for name in GROUPING
            if file.has(name)
        },
    )


def _sieve(
    file: CsvFile, layout: Layout, raw: npt.NDArray[np.float64], frames: npt.NDArray[np.float64], min_confidence: float
) -> tuple[dict[str, int], npt.NDArray[np.bool_]]:
    """Count each bad row once, under the first reason that fits; return the mask of the good ones."""
    keep = np.ones(len(raw), bool)
    rejected = {"wrong number of cells": file.ragged} if file.ragged else {}

    def reject(reason: str, bad: npt.NDArray[np.bool_]) -> None:
        fresh = keep & bad
        if fresh.any():
            rejected[reason] = int(fresh.sum())
        keep[fresh] = False

    if layout.success:
        reject("failed", _numbers(file.column(layout.success)) != 1)
    if layout.confidence:
        reject("low confidence", np.logical_not(_numbers(file.column(layout.confidence)) >= min_confidence))
    reject("not finite", ~(np.isfinite(raw).all(axis=1) & (np.abs(frames) < EXACT)))
    reject("negative", raw.min(axis=1) < 0)
    return rejected, keep


def _step(frames: npt.NDArray[np.float64]) -> int:
    steps = np.diff(frames)
    return int(steps[steps >= 1].min(initial=EXACT)) if (steps >= 1).any() else 1


def _numbers(cells: Iterable[str]) -> npt.NDArray[np.float64]:
    """(F,) float64; a cell that is no number becomes NaN."""
    cells = list(cells)
    try:
        return np.array([float(cell) for cell in cells])
    except ValueError:
        return np.array([_number(cell) for cell in cells])


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")
