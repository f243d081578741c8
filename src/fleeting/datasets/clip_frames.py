"""Which files of a clip's folder are its onset, apex and offset, and whether they can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ..errors import DatasetError
from ..types import Clip, Image
from .annotation import Annotation, Fault
from .frame_files import numbered, read_frame

Shown = Literal["ends", "rise", "all"]
"""Onset and apex; all frames from onset to apex; all from onset to offset."""
Peak = Literal["middle", "last"]
"""Where the apex is taken that nobody annotated: frame floor(n / 2) of the clip's n, or its last frame."""

BAD_APEX = "onset, apex and offset are not in this order: the middle frame stands in (bad_apex)"
NO_APEX = "no apex is annotated: the middle frame stands in"
GAPS = "frames between its first and its last are not there: those before and after them stand side by side"
BY_POSITION = "the folder was cut and numbered anew: frames were taken by their position"
ENDS = "no onset or no offset is annotated: the end of the folder stands in"


@dataclass(frozen=True, slots=True)
class Entry:
    """One usable clip and its frames."""

    clip: Clip
    folder: Path
    onset: Path
    apex: Path
    shown: tuple[Path, ...]
    """The frames that a reader of the clip gets, in order."""
    bounded: bool
    """Whether the annotation names onset and offset, so that a frame between them that is not there is lost."""
    notes: tuple[str, ...] = ()
    """How it was read otherwise than annotated."""


@dataclass(frozen=True, slots=True)
class Places:
    """Positions in the sorted list of a folder's frames."""

    onset: int
    apex: int
    offset: int
    by_position: bool
    """Whether they were counted from the onset, as file numbers of their own do not exist."""


def places(row: Annotation, numbers: Sequence[int], peak: Peak) -> Places | str:
    """Where onset, apex and offset are among the files of these numbers, or why that cannot be told.

    Numbers of the table are file numbers where all of them are there. A folder of as many frames as the clip has,
    numbered from 0 or 1 without a gap, was cut to its clip: positions are then counted from the onset.
    """
    where = {number: place for place, number in enumerate(numbers)}
    last = len(numbers) - 1
    named = [frame for frame in (row.onset, row.apex, row.offset) if frame is not None]
    if all(frame in where for frame in named):
        start = 0 if row.onset is None else where[row.onset]
        stop = last if row.offset is None else where[row.offset]
        return Places(start, _peak(start, stop, peak) if row.apex is None else where[row.apex], stop, False)
    onset = row.onset if row.onset is not None else (row.offset or 0) - last
    length = (onset + last if row.offset is None else row.offset) - onset
    apex = _peak(0, last, peak) if row.apex is None else row.apex - onset
    if numbers[0] in (0, 1) and numbers[-1] - numbers[0] == last == length and 0 <= apex <= last:
        return Places(0, apex, last, True)
    wrong = ", ".join(str(frame) for frame in named if frame not in where)
    return f"no file has the frame number {wrong}; the folder holds {numbers[0]} to {numbers[-1]}"


def shown(place: Places, which: Shown) -> list[int]:
    """Positions of the frames to read: onset and apex where they, or onset and offset, are not in this order."""
    last = {"ends": place.onset, "rise": place.apex, "all": place.offset}[which]
    return list(range(place.onset, last + 1)) if last > place.onset else [place.onset, place.apex]


def read_frames(entry: Entry, paths: Sequence[Path]) -> Image:
    """(T, H, W, 3) uint8 RGB: these frames of a clip.

    Raises:
        DatasetError: a file cannot be read, or the sizes differ.
    """
    frames = [read_frame(path) for path in paths]
    sizes = dict.fromkeys(frame.shape[:2] for frame in frames)
    if len(sizes) > 1:
        raise DatasetError(
            f"{'Onset and apex' if len(frames) == 2 else 'Frames'} of {entry.clip.key} differ in size.",
            got=" and ".join(map(str, sizes)),
            where=str(entry.folder),
            cure="crop all frames of a clip by one box",
        )
    return np.stack(frames)


def defects(entry: Entry) -> list[Fault]:
    """What is wrong with a clip's files.

    Onset or apex cannot be decoded; between onset and offset frames are empty or, where the annotation names both ends,
    not there.
    """
    found = []
    try:
        read_frames(entry, [entry.onset, entry.apex])
    except DatasetError as error:
        found.append(Fault("unreadable", entry.clip.key, f"{error.problem} {error.got}", error.where))
    first, last = entry.clip.onset or 0, entry.clip.offset or 0
    try:
        inner = {number: path for number, path in numbered(entry.folder) if first <= number <= last}
        between = [path for path in inner.values() if path not in (entry.onset, entry.apex)]
        empty = [path.name for path in between if not path.stat().st_size]
    except OSError as error:
        return [*found, Fault("unreadable", entry.clip.key, str(error.strerror), str(entry.folder))]
    lost = [number for number in range(first, last + 1) if number not in inner] if entry.bounded else []
    if empty:
        found.append(Fault("unreadable", entry.clip.key, f"empty files: {_some(empty)}", str(entry.folder)))
    if lost:
        found.append(Fault("missing", entry.clip.key, f"no frames {_some(lost)}", str(entry.folder)))
    return found


def _some(items: Sequence[object]) -> str:
    more = f" and {len(items) - 8} more" if len(items) > 8 else ""
    return ", ".join(map(str, items[:8])) + more


def _peak(start: int, stop: int, peak: Peak) -> int:
    """The middle is frame floor(n / 2) of the n frames from start to stop, as public codes take it; never the onset."""
    return stop if peak == "last" else start + (stop - start + 1) // 2
