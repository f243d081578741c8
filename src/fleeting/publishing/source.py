"""A synthetic data set as an exporter sees it: rows of the manifest and the bytes of the files, one shard at a time."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import pyarrow.compute as pc

from .. import manifest
from ..datasets.synthetic import PICTURES
from ..datasets.tar_index import index_tar, read_span
from ..errors import ManifestError
from ..evaluation.people import person
from ..files import sha256
from ..remote import AnyPath
from ..types import Clip

Kind = Literal["pairs", "videos", "flow"]
"""Onset and apex; a sequence of frames; or one flow image and no pixels of a face."""
CARD = "README.md"
FRAME = re.compile(r"[0-9]+\.(png|jpg)")
"""Suffix of a frame of a video; what it lets through can be no path."""
COUNTED = ["key", "status", "reason", "identity", "donor_dataset", "shard"]
"""Columns of the manifest that the census needs."""
AGAIN = "run the same `fleeting synthesize` again; it finishes what is missing"


@dataclass(frozen=True, slots=True)
class Sample:
    """One finished sample as it is stored."""

    row: dict[str, Any]
    """Its row of the manifest."""
    pictures: dict[str, bytes]
    """File suffix ("onset.jpg", "00.png", "flow.png") -> the encoded image, in the order of time."""


@dataclass
class Census:
    """What one pass over the manifest tells."""

    planned: int = 0
    done: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    """Reason -> samples."""
    people: dict[int, set[str]] = field(default_factory=dict)
    """Shard -> the portraits behind its finished samples."""
    groups: dict[int, list[int]] = field(default_factory=dict)
    """Shard -> the row groups of the manifest that hold its rows."""
    donors: Counter[str] = field(default_factory=Counter)
    """Data set of the donor -> samples."""


class Source:
    """The data set in the folder `root`; memory holds one row group and one sample, whatever its size."""

    def __init__(self, root: AnyPath) -> None:
        self.root = root

    @cached_property
    def census(self) -> Census:
        """Counts, and where the rows of each shard lie.

        Raises:
            ManifestError: the manifest is missing or damaged, a key cannot be a file name, or no sample was finished.
        """
        census = Census()
        for number, table in enumerate(manifest.tables(self.root, COUNTED)):
            for row in table.to_pylist():
                _count(census, row, number)
        if not census.done:
            raise ManifestError(
                "No sample of this data set was finished.", got=str(dict(census.failed)), where=str(self.root)
            )
        return census

    @cached_property
    def kind(self) -> Kind:
        """What the samples are, seen from the first one."""
        first = next(sample for shard in self.shards for sample in self.samples(shard))
        names = list(first.pictures)
        return "flow" if names == ["flow.png"] else "pairs" if names[0].startswith("onset") else "videos"

    @property
    def shards(self) -> list[int]:
        """The numbers of the shards, in order."""
        return sorted(self.census.groups)

    def tar(self, shard: int) -> AnyPath:
        """Where a shard lies."""
        return self.root / "shards" / f"{shard:06d}.tar"

    def record(self, shard: int) -> AnyPath:
        """Where the done record of a shard lies."""
        return self.root / "shards" / f"{shard:06d}.done.json"

    def rows(self, shard: int) -> list[dict[str, Any]]:
        """The manifest's rows of the finished samples of a shard."""
        wanted = (pc.field("shard") == shard) & (pc.field("status") == "done")
        tables = manifest.tables(self.root, groups=self.census.groups[shard])
        return [row for table in tables for row in table.filter(wanted).to_pylist()]

    def samples(self, shard: int, people: frozenset[str] | None = None) -> Iterator[Sample]:
        """The finished samples of a shard, or those of some portraits only, with their images as they are stored.

        Raises:
            ManifestError: the shard cannot be read, lacks a sample, or holds one without images.
        """
        path = self.tar(shard)
        index = index_tar(path)
        with path.open("rb") as file:
            for row in self.rows(shard):
                if people is not None and portrait(row["identity"]) not in people:
                    continue
                members = index.get(row["key"], {})
                names = [name for name in PICTURES if name in members]
                names = names or sorted(filter(FRAME.fullmatch, members), key=lambda name: int(name.partition(".")[0]))
                if not names:
                    raise ManifestError(f"Sample {row['key']} has no images.", where=str(path), cure=AGAIN)
                yield Sample(row, {name: read_span(file, members[name]) for name in names})

    @cached_property
    def digest(self) -> str:
        """Hash of the manifest and of the shards' own hashes: it changes when the content does."""
        state = hashlib.sha256(sha256(self.root / manifest.NAME).encode())
        for shard in self.shards:
            state.update(self.shard_hash(shard).encode())
        return state.hexdigest()

    def shard_hash(self, shard: int) -> str:
        """The sha256 of a shard as its done record states it.

        Raises:
            ManifestError: there is no readable record.
        """
        try:
            return str(json.loads(self.record(shard).read_text(encoding="utf-8"))["sha256"])
        except (OSError, ValueError, KeyError) as error:
            raise ManifestError(
                "A shard was not finished: its record is missing or damaged.",
                got=str(error),
                where=str(self.record(shard)),
                cure=AGAIN,
            ) from error

    def card(self) -> str:
        """The text of the data card.

        Raises:
            ManifestError: there is none.
        """
        try:
            return (self.root / CARD).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ManifestError(
                "The data card cannot be read.", got=str(error), where=str(self.root / CARD), cure=AGAIN
            ) from error


def portrait(identity: str) -> str:
    """The person behind an identity: variations of one portrait are one person, as the leak rule sees them."""
    return person(Clip("synthetic", identity, "", 0))


def _count(census: Census, row: dict[str, Any], group: int) -> None:
    key = str(row["key"])
    if not key.replace("-", "").replace("_", "").isalnum() or not key.isascii():
        raise ManifestError("A key cannot be a file name.", expected="letters, digits, - and _", got=repr(key)[:80])
    census.planned += 1
    groups = census.groups.setdefault(row["shard"], [])
    if group not in groups:
        groups.append(group)
    if row["status"] != "done":
        census.failed[row["reason"]] += 1
        return
    census.done += 1
    census.people.setdefault(row["shard"], set()).add(portrait(row["identity"]))
    census.donors[row["donor_dataset"]] += bool(row["donor_dataset"])
