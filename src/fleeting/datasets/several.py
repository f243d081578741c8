"""`several`: more than one data set as one, for protocols that train on one and test on another (hde, lodo, cdmer)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import Field

from .. import files
from ..errors import DatasetError, OptionsError, nearest
from ..options import Options
from ..types import Clip
from .annotation import Fault
from .joined_readers import JoinedReaders, joined_notes
from .recorded import Recorded


class SeveralOptions(Options):
    """Which data sets, and how each is read."""

    parts: tuple[str, ...] = Field(min_length=1)
    """Names of recorded data sets, such as ["casme2", "smic-vis"]."""
    options: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Data set -> its options, such as {casme2 = {labels = "cdmer"}}."""


class Several(JoinedReaders):
    """Recorded data sets below one folder, with equal classes, as one."""

    name = "several"
    access = "as the single data sets"
    Options = SeveralOptions

    def __init__(self, root: Path, options: SeveralOptions) -> None:
        self.root, self.options = root.absolute(), options
        self.readers = {name: _open(name, self.root, options.options.get(name, {})) for name in options.parts}
        """By the name of the data set."""
        if len(self.readers) < len(options.parts):
            raise OptionsError("A data set is named twice.", got=", ".join(options.parts))
        self.classes = self._classes()
        self.owners: dict[str, Recorded] = {}
        for reader in self.readers.values():
            for clip in reader.clips():
                if clip.key in self.owners:
                    raise OptionsError(f"Two parts hold the clip {clip.key}.", got=", ".join(options.parts))
                self.owners[clip.key] = reader
        self.faults: list[Fault] = [fault for reader in self.readers.values() for fault in reader.faults]
        self.left_out = Counter[str]()
        for name, reader in self.readers.items():
            self.left_out.update({f"{name}: {why}": count for why, count in reader.left_out.items()})
        self.notes = joined_notes(self.readers.values())

    @classmethod
    def open(cls, root: str = "", options: Mapping[str, Any] | None = None) -> Self:
        """Open the data sets `parts` below `root`; each looks for its own folders there.

        Raises:
            DatasetError: no folder is named or it does not exist, or a part is not there or is damaged.
            OptionsError: an option is wrong, the classes differ, or two parts hold one clip.
        """
        chosen = SeveralOptions.parse(options or {}, cls.name)
        if not root:
            raise DatasetError(
                "several has no usual place: its data sets are under licence.",
                expected="one folder above all of them",
                cure="set the root to it",
            )
        return cls(files.locate(root), chosen)

    def clips(self) -> list[Clip]:
        """The usable clips of all parts, part by part."""
        return [clip for reader in self.readers.values() for clip in reader.clips()]

    def missing(self) -> dict[str, list[str]]:
        """The clips that cannot be used, each once: data set -> keys; {} if all can."""
        lost = {name: list(dict.fromkeys(fault.clip for fault in part.faults)) for name, part in self.readers.items()}
        return {name: keys for name, keys in lost.items() if keys}

    def digest(self) -> str:
        """Hash of the parts' digests."""
        texts = [f"{name} {reader.digest()}" for name, reader in self.readers.items()]
        return hashlib.sha256("\n".join(texts).encode()).hexdigest()

    def _classes(self) -> tuple[str, ...]:
        spoken = {name: reader.classes for name, reader in self.readers.items()}
        if len(set(spoken.values())) > 1:
            raise OptionsError(
                "The parts have different classes.",
                got="; ".join(f"{name}: {', '.join(classes)}" for name, classes in spoken.items()),
                cure="give every part a label space with the same classes",
            )
        unknown = [name for name in self.options.options if name not in spoken]
        if unknown:
            raise OptionsError(f"{unknown[0]!r} has options and is no part.", expected=nearest(unknown[0], spoken))
        return next(iter(spoken.values()))


def _open(name: str, root: Path, options: Mapping[str, Any]) -> Recorded:
    from . import DATASETS  # the family lists this module

    member = DATASETS.load(name)
    if not issubclass(member, Recorded):
        known = [other for other in DATASETS.list() if issubclass(DATASETS.load(other), Recorded)]
        raise OptionsError(f"{name} cannot be a part of several.", expected=nearest(name, known))
    reader: Recorded = member.open(str(root), options)
    return reader
