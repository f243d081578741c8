"""`compmie`: the composite of MEGC2019 on frames: the 442 clips of CASME II, SMIC HS and SAMM in the official list.

Members and labels come from the list alone: the user's own combined_3class_gt.csv below the root, else our copy of it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self

from .. import files
from ..errors import DatasetError
from ..options import Options
from ..types import LABELS, Clip
from .annotation import Annotation, Fault
from .casme2 import Casme2
from .clip_frames import Shown
from .composite_list import FILES, official_labels, read_official_list
from .joined_readers import JoinedReaders, joined_notes
from .layout import find_file
from .recorded import Recorded, RecordedOptions
from .samm import Samm
from .smic import SmicHs

READERS: Mapping[str, type[Recorded]] = {"casme2": Casme2, "smic": SmicHs, "samm": Samm}


class CompmieOptions(Options):
    """Where the three data sets lie, and how they are read."""

    casme2: str = ""
    """Folder of CASME II; "" = below the root. SMIC and SAMM alike."""
    smic: str = ""
    samm: str = ""
    bad_apex: Literal["skip", "middle", "keep"] = "skip"
    """As for the single data sets."""
    frames: Shown = "ends"
    """As for the single data sets."""


class Compmie(JoinedReaders):
    """The MEGC2019 composite on frames, as much of it as is there."""

    name = "compmie"
    classes: tuple[str, ...] = LABELS
    access = "; ".join(f"{part}: {reader.access}" for part, reader in READERS.items())
    Options = CompmieOptions

    def __init__(self, root: Path, options: CompmieOptions | None = None) -> None:
        self.root, self.options = root.absolute(), options or CompmieOptions()
        layouts = [layout for reader in READERS.values() for layout in reader.layouts]
        self.list_file = find_file(self.root, FILES, layouts)
        """The user's own copy of the official list; None: ours is used."""
        self._list = official_labels() if self.list_file is None else read_official_list(self.list_file)
        self.absent: dict[str, DatasetError] = {}
        """Part -> why it could not be opened at all."""
        self.readers = dict(self._open())
        if not self.readers:
            raise next(iter(self.absent.values()))
        clips = [clip for reader in self.readers.values() for clip in reader.clips()]
        usable = {clip.key: clip for clip in clips}
        self._clips = {key: replace(usable[key], label=label) for key, label in self._list.items() if key in usable}
        self.owners = {key: self.readers[clip.dataset] for key, clip in self._clips.items()}
        self.faults: list[Fault] = list(self._losses())
        """Why a clip of the list cannot be used; clips outside the list do not count."""
        self.notes = joined_notes(self.readers.values(), usable.keys() - self._list.keys())
        """As the readers', without the clips that are not in the list."""
        self.left_out = Counter(f"{clip.dataset}: not in the list" for clip in clips if clip.key not in self._list)

    @classmethod
    def open(cls, root: str = "", options: Mapping[str, Any] | None = None) -> Self:
        """Open the three data sets below `root`, or in the folders that the options name.

        Raises:
            DatasetError: no folder is named or it does not exist, none of the three is there, or the list is broken.
            OptionsError: an option is wrong.
        """
        chosen = CompmieOptions.parse(options or {}, cls.name)
        named = [folder for folder in (chosen.casme2, chosen.smic, chosen.samm) if folder]
        if not root and not named:
            raise DatasetError(
                "compmie has no usual place: its three data sets are under licence.",
                expected="the folder that holds CASME II, SMIC and SAMM, or the options casme2, smic and samm",
                cure=f"set the root to your copies; without them: {cls.access}",
            )
        return cls(files.locate(root or named[0]), chosen)

    def clips(self) -> list[Clip]:
        """The clips of the list that can be used, in its order."""
        return list(self._clips.values())

    def missing(self) -> dict[str, list[str]]:
        """The clips of the list that cannot be used: part (casme2, smic, samm) -> names; {} if whole."""
        lost: dict[str, list[str]] = {}
        for key in self._list:
            if key not in self._clips:
                lost.setdefault(key.split("/")[0], []).append(key)
        return lost

    def check(self) -> list[Fault]:
        """Decode onset and apex of every clip of the list; what failed."""
        return [fault for fault in super().check() if fault.clip in self._list]

    def digest(self) -> str:
        """Hash of the list, the clips and the readers' digests."""
        state = hashlib.sha256(repr([(key, clip.label) for key, clip in self._clips.items()]).encode())
        for reader in self.readers.values():
            state.update(reader.digest().encode())
        return state.hexdigest()

    @property
    def annotated(self) -> list[Annotation]:
        """The rows of all parts that the list names."""
        return [
            row
            for part, reader in self.readers.items()
            for row in reader.annotated
            if f"{part}/{row.subject}/{row.clip}" in self._list
        ]

    def _open(self) -> Iterator[tuple[str, Recorded]]:
        for part, reader in READERS.items():
            named = getattr(self.options, part)
            options = RecordedOptions(labels="native", bad_apex=self.options.bad_apex, frames=self.options.frames)
            try:
                yield part, reader(files.locate(named) if named else self.root, options)
            except DatasetError as error:
                if named:
                    raise
                self.absent[part] = error

    def _losses(self) -> Iterator[Fault]:
        known = [fault for reader in self.readers.values() for fault in reader.faults if fault.clip in self._list]
        yield from known
        named = {fault.clip for fault in known}
        for part, keys in self.missing().items():
            why = "the data set is not there" if part in self.absent else "the data set does not name this clip"
            yield from (Fault("missing", key, why) for key in keys if key not in named)
