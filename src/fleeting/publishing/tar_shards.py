"""Form `webdataset`: the shards as they are, for training that streams.

They are written in this form already, so nothing is encoded or packed again: files are linked (or copied, where the
target is another disk). The result is still a data set of Fleeting: `fleeting verify` and training read it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..files import atomic_write
from ..remote import AnyPath
from .form import Part, Record, Splits
from .source import Source


class TarShards:
    """WebDataset shards with their records."""

    splits = False

    def parts(self, source: Source, splits: Splits) -> list[Part]:
        """One per shard, those without a finished sample included: numbers stay without a gap."""
        return [Part(f"shards/{shard:06d}.tar", "train", (shard,)) for shard in source.shards]

    def make(self, source: Source, part: Part, folder: Path) -> Record:
        """Link one shard and its record."""
        shard = part.shards[0]
        for path in (source.tar(shard), source.record(shard)):
            link(path, folder / "shards" / path.name)
        return Record(samples=len(source.rows(shard)), files={part.name: source.shard_hash(shard)})

    def finish(self, source: Source, folder: Path, records: Iterable[tuple[Part, Mapping[str, Any]]]) -> dict[str, str]:
        """Nothing more is needed."""
        return {}

    def front_matter(self, splits: Sequence[str]) -> None:
        """The data set's card says how shards are loaded, and of which types their members are."""
        return

    def content(self, source: Source, name: str) -> str:
        """How to load it, and what a sample holds."""
        pictures = next(iter(source.samples(min(source.census.people)))).pictures
        members = ", ".join(f"`KEY.{suffix}`" for suffix in pictures)
        return (
            f'```python\nimport webdataset\n\nurls = "{name}/{pattern(source)}"\n'
            'samples = webdataset.WebDataset(urls, shardshuffle=False).decode("rgb8")\n```\n\n'
            f"`shards/*.tar` hold {members} and `KEY.json`, which has the facts of the sample under the names of\n"
            "`manifest.parquet`.\n"
        )


def pattern(source: Source) -> str:
    """The shards as one brace pattern, as `webdataset` takes it."""
    first, last = source.shards[0], source.shards[-1]
    return f"shards/{{{first:06d}..{last:06d}}}.tar"


def link(path: AnyPath, target: Path) -> None:
    """Give a file a second name, or copy it where that cannot be done; the target appears in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        if not isinstance(path, Path):
            raise OSError("a store has no links")
        os.link(path, part)
    except OSError:
        copy(path, target)
        return
    part.replace(target)
    part.unlink(missing_ok=True)  # two names of one file: the move does nothing


def copy(path: AnyPath, target: Path) -> None:
    """Copy a file; the target appears in one step."""
    with path.open("rb") as content, atomic_write(target) as file:
        shutil.copyfileobj(content, file)
