"""AU tracks cut into clips: from one table that holds many, or from an index and a table per clip."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import ActionUnitError
from ..files import locate
from ..types import LABELS, Donor, Floats
from .au_table import AUTable, read_au_table
from .csv_files import CsvFile, digest, read_csv, read_text, shorten
from .labels import label_of
from .options import MicroTracks, TrackIndex
from .source import Excluder, Ledger

LEAST_MEASURED = 0.8
"""A clip with fewer usable frames in its span is left out (ours)."""

MIE_X_COLUMNS = ("dataset", "subject", "clip", "apex", "label")


@dataclass(frozen=True, slots=True)
class ClipTrack:
    """The action units of one recorded clip, frame by frame."""

    donor: Donor
    emotion: str
    label: int
    values: Floats
    """(n, 17) float32 in 0..1, one row per frame; rejected frames are interpolated over time."""
    measured: npt.NDArray[np.bool_]
    """(n,) False where the row is interpolated."""
    onset: int | None = None
    """Row, where an index gives it; may lie outside the track."""
    apex: int | None = None


class ClipReader:
    """Reads the clips of one table or index; counts what it drops, collects the hashes of what it read."""

    def __init__(self, options: TrackIndex, ledger: Ledger, excluder: Excluder, ck_plus_labels: str) -> None:
        self._options, self._ledger, self._excluder = options, ledger, excluder
        self._ck_plus_labels = ck_plus_labels
        self.hashes: list[str] = []

    def read(self) -> list[ClipTrack]:
        """All usable clips, in the order of the file.

        Raises:
            DatasetError: a file is not there.
            ActionUnitError: a table cannot be used, or an emotion is unknown to the label merge.
        """
        path = locate(self._options.file)
        self.hashes.append(digest(path))
        clips = self._grouped(path) if self._options.folder is None else self._indexed(path)
        return list(clips)

    def _grouped(self, path: Path) -> Iterator[ClipTrack]:
        table = self._table(path)
        columns = table.columns
        subjects = columns.get("subject") or columns.get("actor")
        if "clip" not in columns or subjects is None or not ({"emotion", "label"} & set(columns)):
            raise ActionUnitError(
                f"{path.name} does not say which clip a frame belongs to.",
                expected="columns clip, subject (or actor), and emotion or label",
                got=shorten(sorted(columns)),
                where=str(path),
                cure="add the columns, or give a folder with one table per clip and an index",
            )
        groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        datasets = columns.get("dataset") or [self._options.dataset] * len(subjects)
        for number, key in enumerate(zip(datasets, subjects, columns["clip"], strict=True)):
            groups[key].append(number)
        for (dataset, subject, clip), rows in groups.items():
            row = {name: cells[rows[0]] for name, cells in columns.items()}
            row |= {"dataset": dataset, "subject": subject, "clip": clip}
            at = (table.frames[rows] - table.frames[rows[0]]) / table.frame_step
            yield from self._clip(row, table.values[rows], at, table.frame_step, path)

    def _indexed(self, path: Path) -> Iterator[ClipTrack]:
        folder = locate(str(self._options.folder))
        for row in self._index_rows(path):
            donor_dataset = row.get("dataset") or self._options.dataset
            row = {**row, "dataset": donor_dataset}
            clip_path = folder / (row.get("file") or f"{donor_dataset}/{row['subject']}/{row['clip']}.csv")
            if not _inside(clip_path, folder):
                self._ledger.dropped["clip with its table outside the folder"] += 1
                continue
            if not _there(clip_path):
                self._ledger.dropped["clip without a table in the folder"] += 1
                continue
            self.hashes.append(digest(clip_path))
            table = self._table(clip_path)
            at = (table.frames - table.first_frame) / table.frame_step
            yield from self._clip(row, table.values, at, table.frame_step, clip_path)

    def _index_rows(self, path: Path) -> list[dict[str, str]]:
        if isinstance(self._options, MicroTracks) and self._options.layout == "mie-x":
            return _mie_x_rows(path)
        file: CsvFile = read_csv(path)
        file.require("subject", "clip")
        if file.ragged:
            self._ledger.dropped["index line with the wrong number of cells"] += file.ragged
        return [dict(zip(file.names, (cell.strip() for cell in row), strict=True)) for row in file.rows]

    def _table(self, path: Path) -> AUTable:
        table = read_au_table(path, self._options.format, self._options.min_confidence)
        for reason, count in table.rejected.items():
            self._ledger.noted[f"frame rejected: {reason}"] += count
        if table.clipped:
            self._ledger.noted["frame clipped to the top of the scale"] += table.clipped
        for number in table.missing:
            self._ledger.noted[f"table without AU{number}"] += 1
        for number in table.proxies:
            self._ledger.noted[f"table with a proxy for AU{number}"] += 1
        return table

    def _clip(
        self, row: dict[str, str], values: Floats, at: npt.NDArray[np.float64], step: int, path: Path
    ) -> Iterator[ClipTrack]:
        """The clip as a list of one, or of none after its reason was counted."""
        reason = self._excluder.reason(row["dataset"], row["subject"])
        if reason is None and not (row.get("emotion") or row.get("label")):
            reason = "clip without an emotion"  # 266 of the 593 CK+ sequences have none
        emotion, label = self._label(row, path) if reason is None else ("", None)
        if reason is None and label is None:
            reason = "emotion outside the three classes"
        dense = _dense(values, at) if reason is None else ""
        if isinstance(dense, str):
            self._ledger.dropped[reason or dense] += 1
            return
        onset, apex = _mark(row, "onset", path), _mark(row, "apex", path)
        start = _mark(row, "first", path)
        start = (onset or 0) if start is None else start
        assert label is not None
        yield ClipTrack(
            Donor(row["dataset"], row["subject"], row["clip"]),
            emotion,
            label,
            *dense,
            onset=None if onset is None else (onset - start) // step,
            apex=None if apex is None else (apex - start) // step,
        )

    def _label(self, row: dict[str, str], path: Path) -> tuple[str, int | None]:
        dataset = row["dataset"]
        if not dataset:
            raise ActionUnitError(
                "The data set of the clips is not known.",
                expected="a column dataset, or the option dataset",
                where=str(path),
                cure="name it: the leak rule needs it",
            )
        emotion = row.get("emotion", "")
        if row.get("label"):
            label = _whole(row["label"], "label", path)
            if label not in range(len(LABELS)):
                raise ActionUnitError(
                    "There is no such label.", expected="0, 1 or 2", got=row["label"], where=str(path)
                )
            return emotion or LABELS[label], label
        merge = self._options.labels or (self._ck_plus_labels if dataset.casefold() == "ck+" else dataset)
        return emotion, label_of(merge, emotion, where=f"{path}, clip {row['clip']}")


def _inside(path: Path, folder: Path) -> bool:
    """Whether an index may name this file: it must not lead elsewhere on the machine by .. or by a path of its own."""
    return path.is_relative_to(folder) and ".." not in path.relative_to(folder).parts


def _there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the name is too long for a file
        return False


def _dense(values: Floats, at: npt.NDArray[np.float64]) -> tuple[Floats, npt.NDArray[np.bool_]] | str:
    """One row per frame from row 0 to the last usable one, or why that cannot be had.

    Args:
        values: (m, 17) the usable rows.
        at: (m,) the row numbers where they belong.
    """
    if len(values) < 2:
        return "clip with fewer than 2 usable frames"
    if at[0] < 0 or (np.diff(at) <= 0).any() or (at % 1).any():
        return "clip with repeated, unsorted or unevenly spaced frames"
    rows = at.astype(np.int64)
    if len(rows) < LEAST_MEASURED * (rows[-1] + 1):
        return "clip with more than a fifth of its frames rejected"
    grid = np.arange(rows[-1] + 1)
    measured = np.zeros(len(grid), bool)
    measured[rows] = True
    dense = np.stack([np.interp(grid, rows, column) for column in values.T], axis=1)
    return dense.astype(np.float32), measured


def _mie_x_rows(path: Path) -> list[dict[str, str]]:
    """The rows of the public code's index: no header, space-separated, apex counted from the clip's first frame."""
    rows = []
    for line, text in enumerate(read_text(path).splitlines(), 1):
        cells = text.split()
        if not cells:
            continue
        if len(cells) != len(MIE_X_COLUMNS):
            raise ActionUnitError(
                "A line of the index was not understood.",
                expected="dataset subject clip apex-offset label",
                got=text[:80],
                where=f"{path}, line {line}",
            )
        row = dict(zip(MIE_X_COLUMNS, cells, strict=True))
        tree = f"{row['dataset']}_AU_out/{row['subject']}/{row['clip']}/{row['clip']}.csv"
        rows.append({**row, "onset": "0", "file": tree})
    if not rows:
        raise ActionUnitError(f"{path.name} lists no clips.", where=str(path))
    return rows


def _mark(row: dict[str, str], name: str, path: Path) -> int | None:
    """A frame number of the index; None where the cell is empty or a slash, as CASME II writes an unknown apex."""
    text = row.get(name, "")
    return None if text in ("", "/", "-", "nan") else _whole(text, f"{name} of clip {row['clip']}", path)


def _whole(text: str, what: str, path: Path) -> int:
    try:
        number = float(text)
        if number == int(number):
            return int(number)
    except (ValueError, OverflowError):
        pass
    raise ActionUnitError(f"The {what} is not a whole number.", got=text, where=str(path))
