"""Re-reads a data set: every shard's hash, every sample's files, every row of the manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import manifest
from ..datasets.frame_files import decode_image
from ..datasets.tar_index import index_tar, read_span
from ..errors import FleetingError
from ..files import sha256, size
from ..remote import AnyPath, place
from .engine import explained, synthesize
from .lock import hold
from .recipe import SynthesisRecipe
from .shards import done_path, read_record, tar_path

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class Verdict:
    """What `verify` found."""

    shards: int = 0
    samples: int = 0
    planned: int = 0
    failed: int = 0
    faults: list[str] = field(default_factory=list)
    """One sentence per fault, naming shard, key or row; empty = sound."""
    damaged: list[int] = field(default_factory=list)
    """The shards that have faults."""

    @property
    def sound(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.faults


def verify(root: AnyPath | str) -> Verdict:
    """Check the data set at `root`; whatever is wrong becomes a fault, nothing is raised.

    Checked: the manifest can be read and its keys are in order; every shard is there and has the recorded length and
    sha256; its samples are those that the manifest calls done, with equal facts, and every image decodes.
    """
    root, verdict, last, misplaced = place(root), Verdict(), "", 0
    try:
        for shard, rows in manifest.read_shards(root):
            verdict.shards += 1
            verdict.planned += len(rows)
            verdict.failed += int((rows["status"] == "failed").sum())
            for key in rows["key"]:
                misplaced += key <= last
                last = key
            faults = list(_shard(root, shard, rows, verdict))
            verdict.faults += faults
            verdict.damaged += [shard] if faults else []
    except FleetingError as error:
        verdict.faults.append(str(error))
    if misplaced:
        verdict.faults.append(f"manifest: {misplaced} keys stand twice or out of order")
    return verdict


def repair(root: AnyPath | str, verdict: Verdict, recipe: SynthesisRecipe, workers: int = 1) -> dict[str, Any]:
    """Make the shards that `verify` found damaged anew, and the manifest; the arguments are those of `synthesize`.

    Raises:
        FleetingError: as `synthesize`.
    """
    root = place(root)
    with explained(root), hold(root):
        for shard in verdict.damaged:
            done_path(root, shard).unlink(missing_ok=True)
    return synthesize(recipe, root, workers=workers)


def _shard(root: AnyPath, shard: int, rows: pd.DataFrame, verdict: Verdict) -> Iterator[str]:
    path = tar_path(root, shard)
    try:
        record, length = read_record(root, shard), size(path)
        digest = sha256(path) if record is not None and length == record["bytes"] else ""
    except (FleetingError, OSError) as error:
        yield f"shard {shard:06d} cannot be read: {error}"
        return
    if record is None or length is None:
        yield f"shard {shard:06d} is missing: run the recipe again"
        return
    if length != record["bytes"]:
        yield f"shard {shard:06d} has {length} bytes, recorded are {record['bytes']}"
    elif digest != record["sha256"]:
        yield f"shard {shard:06d} has another sha256 than recorded"
    wanted = {str(row["key"]): row for row in rows.to_dict("records")}
    done = {key for key, row in wanted.items() if row["status"] == "done"}
    seen: set[str] = set()
    try:
        for key, files in samples(path):
            seen.add(key)
            yield from (f"shard {shard:06d}, {key}: {fault}" for fault in _sample(files, wanted.get(key)))
    except (FleetingError, OSError) as error:
        yield f"shard {shard:06d} cannot be read to its end: {error}"
    verdict.samples += len(seen)
    if lost := done - seen:
        yield f"shard {shard:06d} lacks {min(lost)} and {len(lost) - 1} more that the manifest calls done"
    if strange := seen - set(wanted):
        yield f"shard {shard:06d} holds {len(strange)} samples that the manifest does not know"


def samples(path: AnyPath) -> Iterator[tuple[str, dict[str, bytes]]]:
    """The samples of a shard in order: key and {extension: bytes}.

    Raises:
        ManifestError: it is missing, cut off, or holds more than plain files.
    """
    index = index_tar(path)
    with path.open("rb") as file:
        for key, members in index.items():
            yield key, {extension: read_span(file, span) for extension, span in members.items()}


def _sample(files: dict[str, bytes], row: Any) -> Iterator[str]:
    try:
        record = json.loads(files["json"])
        if not isinstance(record, dict):
            raise ValueError("it is no table")
    except (KeyError, ValueError, RecursionError):
        yield "its .json is missing or damaged"
        record = {}
    for name, value in record.items():
        if row is None or name not in row:
            continue
        if not agree(value, row[name]):
            yield f"{name} is {value!r} in its .json and {row[name]!r} in the manifest"
    images = [name for name in files if name.endswith((".png", ".jpg"))]
    if not images:
        yield "it has no image"
    for name in images:
        if decode_image(files[name]) is None:
            yield f"{name} is not an image"


def agree(stored: Any, stated: Any) -> bool:
    """Whether two records of one fact mean the same; lists of numbers to their four decimals."""
    try:
        if isinstance(stored, list):
            return len(stored) == len(stated) and bool(np.allclose(stored, stated, atol=1e-4))
        return bool(stored == stated)
    except (TypeError, ValueError):  # of another kind or length
        return False
