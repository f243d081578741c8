"""What the readers of recorded data sets share: from a table's rows to clips that can be used, every loss named.

A reader states its layouts, its emotions and how a row is read; the rest is here. Convention: frame numbers are those
of the annotation table. They are file numbers where files of these numbers exist; where a folder was cut to its clip
and numbered anew, they are positions counted from the onset.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from tqdm import tqdm

from .. import files
from ..action_units.labels import label_of
from ..errors import DatasetError, OptionsError, nearest
from ..evaluation.protocols.loso import COMPOSITE
from ..options import Options
from ..types import LABELS, Clip, Image
from .annotation import Annotation, Fault, LeftOut, Line
from .annotation_table import Row, lines, read_rows
from .clip_frames import (
    BAD_APEX,
    BY_POSITION,
    ENDS,
    GAPS,
    NO_APEX,
    Entry,
    Peak,
    Shown,
    defects,
    places,
    read_frames,
    shown,
)
from .composite_list import official_labels
from .corrections import Correction, corrections
from .folders import Folders
from .layout import Found, Layout, Search, find
from .reading import Reading, chosen
from .subjects import subject_name

OTHER = frozenset({"other", "others"})
"""Emotion words that releases of one table use in turn."""


class RecordedOptions(Options):
    """How a recorded data set is read."""

    labels: str = "three"
    """Label space: "three" (negative, positive, surprise), "native", another that the data set's page names, or for the
    parts of the MEGC2019 composite "megc2019": three classes, members and labels as in the official list."""
    layout: str = ""
    """Which of the layouts to use where several are on disk; "" = the first of the data set's list."""
    bad_apex: Literal["skip", "middle", "keep"] = "skip"
    """What to do with a clip whose onset, apex and offset are not in this order: leave it out, take the middle frame
    between onset and offset as apex, or use it as it is annotated (onset = apex means no motion)."""
    frames: Shown = "ends"
    """Which frames a clip gives: onset and apex alone; all from onset to apex ("rise"), as synthetic clips show; or all
    from onset to offset. Recognisers of video need one of the latter two."""


class Recorded:
    """Base of the readers; `open_dataset` makes them."""

    name: ClassVar[str]
    part: ClassVar[str]
    """Clip.dataset; evaluation/people.py says which parts film the same people."""
    merge: ClassVar[str]
    """Name of the three-class merge in action_units/tables/labels.csv."""
    spaces: ClassVar[Mapping[str, tuple[str, ...]]]
    """Label space -> its emotions in class order; "native" holds them all."""
    merges: ClassVar[Mapping[str, Mapping[str, int]]] = {}
    """Further label space of the three classes -> emotion, lower case -> class; it leaves the others out."""
    layouts: ClassVar[tuple[Layout, ...]]
    parts: ClassVar[bool] = False
    """Whether the layouts are parts of one whole, read together unless one is named; else the first one is read."""
    columns: ClassVar[tuple[str, ...]]
    """The columns that the table's header must hold: subject, clip, and where the reader states no `annotation` of its
    own onset, apex, offset and emotion."""
    units: ClassVar[str] = "actionunits"
    """The column of the action units, where there is one."""
    peak: ClassVar[Peak] = "middle"
    """Where the apex is taken that is not annotated: posed sequences end at it."""
    ignored: ClassVar[frozenset[str]] = frozenset()
    """Folders among those of the clips that hold no clip of this data set, lower case."""
    fps: ClassVar[float | None]
    """None: several cameras, and the table does not tell which."""
    access: ClassVar[str]
    """Where to request the data."""
    holds: Literal["frames", "flow"] = "frames"
    Options = RecordedOptions

    def __init__(self, root: Path, options: RecordedOptions | None = None) -> None:
        self.root, self.options = root.absolute(), options or RecordedOptions()
        self.classes = self._classes()
        search, folders = find(self.root, self._layouts()), Folders()
        known = corrections(self.name)
        readings = chosen([Reading.of(place, self._lines(place, folders), known) for place in search.found], folders)
        self.found: list[Found] = [reading.found for reading in readings]
        """The layouts on disk; `used` are read: the first one, or all where they are parts of one whole."""
        used = readings if self.parts else readings[:1]
        self.used: list[Found] = [reading.found for reading in used]
        self.faults: list[Fault] = [fault for reading in used for fault in reading.faults]
        """Rows that cannot be used, each with its reason."""
        self.left_out = sum((reading.left_out for reading in used), Counter[str]())
        """Emotion -> number of clips that the label space has no class for, and what is no clip of this data set,
        such as the macro-expressions in a table of both."""
        self.notes: dict[str, list[str]] = {}
        """What is no fault and worth knowing -> the clips, rows or paths; how clips were read is among it."""
        self.annotated: list[Annotation] = [row for reading in used for row in reading.rows]
        """Every row of the table after corrections."""
        self.applied: list[Correction] = [item for reading in used for item in reading.applied]
        self._entries: dict[str, Entry] = {}
        self._unlabelled: dict[str, Entry] = {}
        self._note_search(search, used)
        self._load(used, folders)

    @classmethod
    def open(cls, root: str = "", options: Mapping[str, Any] | None = None) -> Self:
        """Open the folder `root`.

        Raises:
            DatasetError: no folder is named, it does not exist, it holds none of the layouts, or the table is damaged.
            OptionsError: an option is wrong.
        """
        if not root:
            raise DatasetError(
                f"{cls.name} is under licence and has no usual place.",
                expected="its folder",
                cure=f"set the root to your copy; without one: {cls.access}",
            )
        return cls(files.locate(root), RecordedOptions.parse(options or {}, cls.name))

    def annotations(self, found: Found, folders: Folders) -> Iterable[Line]:
        """The lines of the data set's own table in its order; readers of folders state this instead of `annotation`."""
        assert found.table is not None
        rows = read_rows(found.table, self.columns)
        return lines(self.part, rows, self.columns, lambda row: self.annotation(row, found, folders))

    def annotation(self, row: Row, found: Found, folders: Folders) -> Annotation | LeftOut:
        """One row of the table: `columns` in their order, the frames in SUBJECT/CLIP as `subject_name` spells it.

        Raises:
            DatasetError: a cell cannot be understood; that becomes a fault.
        """
        person, clip, onset, apex, offset, emotion = self.columns
        subject, name = subject_name(self.part, row.text(person)), row.name(clip)
        return Annotation(
            subject,
            name,
            row.text(emotion),
            folders.find(found.frames, subject, name),
            row.number(onset),
            row.number(apex),
            row.number(offset),
            row.text(self.units),
            row.where,
        )

    def clips(self) -> list[Clip]:
        """The usable clips in the order of the table; `faults` and `left_out` say which are not among them."""
        return [entry.clip for entry in self._entries.values()]

    def frames(self, clip: Clip) -> Image:
        """(T, H, W, 3) uint8 RGB: onset and apex, or more as the option `frames` says.

        Raises:
            DatasetError: the clip is not in this data set, a file cannot be read, or the sizes of the frames differ.
        """
        entry = self._entries.get(clip.key)
        if entry is None:
            raise DatasetError(f"There is no clip {clip.key}.", where=str(self.root))
        return read_frames(entry, entry.shown)

    @property
    def ends_at_apex(self) -> bool:
        """Whether the last frame of a clip is its apex."""
        return self.options.frames != "all"

    def check(self) -> list[Fault]:
        """What is wrong with the files: onset and apex of every clip are decoded, the frames between looked at.

        Clips that the label space leaves out are checked, too.
        """
        entries = {**self._entries, **self._unlabelled}
        with ThreadPoolExecutor(4) as pool:
            tried = tqdm(pool.map(defects, entries.values()), self.name, len(entries), unit="clip", disable=None)
            return [fault for found in tried for fault in found]

    def unnamed(self) -> list[Path]:
        """Folders among those of the clips that the annotation does not name."""
        named = [row.folder for row in self.annotated]
        return [path for found in self.used for path in Folders().unnamed(found.frames, named, self.ignored)]

    def digest(self) -> str:
        """Hash of clips and labels, and of names, sizes and times of change of the frames used.

        Not of their bytes: reading them would take longer than to open the data set. A copy with new times is computed
        anew; one whose frames were rewritten never passes for the old one.
        """
        state = hashlib.sha256(self.options.digest().encode())
        for key, entry in self._entries.items():
            state.update(f"{key} {entry.clip.label}".encode())
            for path in entry.shown:
                stat = path.stat()
                state.update(f" {path.relative_to(self.root)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
        return state.hexdigest()

    def _classes(self) -> tuple[str, ...]:
        official = ["megc2019"] if self.part in COMPOSITE else []
        spaces = {**dict.fromkeys(["three", *self.merges, *official], LABELS), **self.spaces}
        if self.options.labels not in spaces:
            raise OptionsError(
                f"{self.name} has no label space {self.options.labels!r}.",
                expected=nearest(self.options.labels, spaces),
                got=self.options.labels,
            )
        return spaces[self.options.labels]

    def _layouts(self) -> list[Layout]:
        wanted = [layout for layout in self.layouts if self.options.layout in ("", layout.name)]
        if not wanted:
            raise OptionsError(
                f"{self.name} has no layout {self.options.layout!r}.",
                expected=nearest(self.options.layout, [layout.name for layout in self.layouts]),
                got=self.options.layout,
            )
        return wanted

    def _note_search(self, search: Search, used: list[Reading]) -> None:
        tables = {reading.found.table for reading in used}
        for why, paths in (
            ("tables are there, too, and are not used", [path for path in search.tables if path not in tables]),
            ("folders cannot be read", search.unreadable),
        ):
            if paths:
                self.notes[why] = [str(path.relative_to(self.root)) for path in paths]
        for reading in used:
            for note in reading.notes:
                self.notes.setdefault(note.why, []).append(note.what)
        for found in search.bare if self.parts else ():
            problem = f"frames in {found.frames.relative_to(self.root)} and no table {' or '.join(found.layout.tables)}"
            self.faults.append(Fault("missing", f"{self.part}/{found.layout.name}", problem))

    def _lines(self, found: Found, folders: Folders) -> Iterator[Line]:
        """`annotations`, with "other" and "others" spelled as the native space has it."""
        own = [emotion for emotion in self.spaces["native"] if emotion.casefold() in OTHER]
        foreign = OTHER - {emotion.casefold() for emotion in own}
        for line in self.annotations(found, folders):
            if isinstance(line, Annotation) and own and line.emotion.strip().casefold() in foreign:
                yield replace(line, emotion=own[0])
            else:
                yield line

    def _load(self, used: list[Reading], folders: Folders) -> None:
        seen: set[str] = set()
        for found, row in [(reading.found, row) for reading in used for row in reading.rows]:
            key = f"{self.part}/{row.subject}/{row.clip}"
            if key in seen:
                self.faults.append(Fault("duplicate", key, "the table names this clip twice", row.where))
                continue
            seen.add(key)
            entry = self._entry(row, key, found, folders)
            if row.original is not None and (isinstance(entry, Fault) or not row.in_order()):
                entry = self._uncorrected(row.original, key, found, folders) or entry
            if isinstance(entry, Fault):
                self.faults.append(entry)
                continue
            for why in entry.notes:
                self.notes.setdefault(why, []).append(key)
            if entry.clip.label < 0:
                self.left_out[row.emotion] += 1
            (self._unlabelled if entry.clip.label < 0 else self._entries)[key] = entry

    def _uncorrected(self, row: Annotation, key: str, found: Found, folders: Folders) -> Entry | None:
        """The clip as its table has it, where the files fit that and not the correction, as in a copy cut otherwise."""
        entry = self._entry(row, key, found, folders)
        if isinstance(entry, Fault):
            return None
        self.applied = [known for known in self.applied if (known.subject, known.clip) != (row.subject, row.clip)]
        return entry

    def _label(self, row: Annotation) -> int | None:
        """The class index; None where the label space leaves the emotion out."""
        word, space = row.emotion.strip().casefold(), self.options.labels
        if word not in [emotion.casefold() for emotion in self.spaces["native"]]:
            raise DatasetError(f"emotion {row.emotion!r} is none of {', '.join(self.spaces['native'])}")
        if space in self.spaces:
            classes = [emotion.casefold() for emotion in self.classes]
            return classes.index(word) if word in classes else None
        if space == "megc2019":
            return official_labels().get(f"{self.part}/{row.subject}/{row.clip}")
        return self.merges[space].get(word) if space in self.merges else label_of(self.merge, word, where=row.where)

    def _entry(self, row: Annotation, key: str, found: Found, folders: Folders) -> Entry | Fault:
        try:
            label = self._label(row)
        except DatasetError as error:
            return Fault("unknown", key, error.problem, row.where)
        pictures = self._pictures(row, key, folders)
        if isinstance(pictures, Fault):
            return pictures
        wanted = self._wanted(row, key, found)
        if isinstance(wanted, Fault):
            return wanted
        row, notes = wanted
        place = places(row, [number for number, _ in pictures], self.peak)
        if isinstance(place, str):
            return Fault("missing", key, place, row.where)
        clip = Clip(
            self.part,
            row.subject,
            row.clip,
            -1 if label is None else label,  # a clip without a class is checked all the same, and then left out
            row.emotion,
            onset=pictures[place.onset][0],
            apex=pictures[place.apex][0],
            offset=pictures[place.offset][0],
            fps=self.fps,
            action_units=row.action_units,
        )
        notes += [BY_POSITION] * place.by_position
        bounded = row.onset is not None and row.offset is not None
        taken = [pictures[index] for index in shown(place, self.options.frames)]
        if bounded and self.options.frames != "ends" and taken[-1][0] - taken[0][0] >= len(taken):
            notes.append(GAPS)
        ends = pictures[place.onset][1], pictures[place.apex][1]
        return Entry(clip, row.folder, *ends, tuple(path for _, path in taken), bounded, tuple(notes))

    def _wanted(self, row: Annotation, key: str, found: Found) -> tuple[Annotation, list[str]] | Fault:
        """The row with the frames to take, and how they are not those annotated."""
        notes = []
        if row.onset is None or row.offset is None:
            if not found.layout.cut:
                return Fault("unknown", key, f"the {'onset' if row.onset is None else 'offset'} is empty", row.where)
            notes += [ENDS] if found.table is not None else []
        if row.in_order() or self.options.bad_apex == "keep":
            return row, notes + ([NO_APEX] if row.apex is None and self.peak == "middle" else [])
        if self.options.bad_apex == "skip" or not replace(row, apex=None).in_order():
            problem = f"onset {row.onset}, apex {row.apex}, offset {row.offset} are not in this order"
            return Fault("impossible", key, problem, row.where)
        return replace(row, apex=None), [*notes, BAD_APEX]

    def _pictures(self, row: Annotation, key: str, folders: Folders) -> list[tuple[int, Path]] | Fault:
        try:
            pictures = folders.frames(row.folder)
        except (FileNotFoundError, NotADirectoryError):
            return Fault("missing", key, f"there is no folder {row.folder.relative_to(self.root)}", row.where)
        except OSError as error:
            return Fault("unreadable", key, str(error.strerror), str(row.folder))
        except DatasetError as error:
            return Fault("unreadable", key, f"{error.problem} {error.got}".strip(), str(row.folder))
        if len(pictures) < 2:
            return Fault("missing", key, f"{len(pictures)} frames in the folder", str(row.folder))
        return pictures
