"""Shards on disk: a WebDataset tar, and beside it a done record that is written last."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from ..errors import ManifestError
from ..files import DRAFT, draft_of, publish, settle, size, write_text
from ..remote import AnyPath, RemotePath

Record = dict[str, Any]
Root = TypeVar("Root", Path, RemotePath, AnyPath)

FOLDER = "shards"
BUFFER = 1 << 20
"""Bytes gathered before they go to the file: with the usual 8 kB every image would be a call of its own."""


def tar_path(root: Root, shard: int) -> Root:
    """Where the shard's samples lie."""
    return root / FOLDER / f"{shard:06d}.tar"


def done_path(root: Root, shard: int) -> Root:
    """Where the shard's done record lies."""
    return root / FOLDER / f"{shard:06d}.done.json"


def read_record(root: AnyPath, shard: int) -> Record | None:
    """The done record {"count", "sha256", "bytes", "failed": {key: reason}}, or None if the shard is not finished.

    Raises:
        ManifestError: the record is not readable.
    """
    path = done_path(root, shard)
    try:
        record: Record = json.loads(path.read_text())
        if not isinstance(record, dict) or set(record) != {"count", "sha256", "bytes", "failed"}:
            raise ValueError("other keys than count, sha256, bytes and failed")
        kinds = {"count": int, "sha256": str, "bytes": int, "failed": dict}
        wrong = [name for name, kind in kinds.items() if not isinstance(record[name], kind)]
        if wrong:
            raise ValueError(f"{', '.join(wrong)} of another type")
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise ManifestError(
            "A done record is damaged.", got=str(error), where=str(path), cure="run the same recipe again"
        ) from error
    return record


def finished_record(root: AnyPath, shard: int) -> Record | None:
    """The done record of a shard whose tar has the recorded length (`verify` also checks the hash), else None."""
    try:
        record = read_record(root, shard)
    except ManifestError:
        return None
    return record if record is not None and size(tar_path(root, shard)) == record["bytes"] else None


def sweep(root: AnyPath) -> None:
    """Remove the drafts that killed workers left; only for who holds the lock of `root`."""
    if isinstance(root, Path):
        for folder in (root, root / FOLDER):
            for draft in folder.glob(f".*{DRAFT}"):
                draft.unlink(missing_ok=True)


class ShardWriter:
    """Writes one shard under a temporary name and moves it into place once it is whole.

    Entries carry no time, owner or mode of this machine, so equal samples give equal bytes.
    """

    def __init__(self, root: AnyPath, shard: int) -> None:
        self._root, self._shard = root, shard
        self._count, self._bytes, self._failed = 0, 0, dict[str, str]()
        self._hash = hashlib.sha256()

    def __enter__(self) -> Self:
        self._draft = draft_of(tar_path(self._root, self._shard))
        self._file = self._draft.open("wb", buffering=BUFFER)
        return self

    def add(self, key: str, files: Mapping[str, bytes]) -> None:
        """Write one sample: KEY.extension for each file."""
        pieces: list[bytes] = []
        for extension, data in files.items():
            pieces += _header(f"{key}.{extension}", len(data)), data, bytes(-len(data) % tarfile.BLOCKSIZE)
        self._write(b"".join(pieces))
        self._count += 1

    def fail(self, key: str, reason: str) -> None:
        """Record a sample that could not be made."""
        self._failed[key] = reason

    def record(self) -> Record:
        """Close the tar, move it into place, write the done record and return it."""
        self._write(bytes(2 * tarfile.BLOCKSIZE))
        settle(self._file)
        self._file.close()
        record = {
            "count": self._count,
            "sha256": self._hash.hexdigest(),
            "bytes": self._bytes,
            "failed": self._failed,
        }
        done = done_path(self._root, self._shard)
        # A record must never stand beside another tar than its own. One that stands beside an equal tar does no harm,
        # and stays: a worker that outlived its run then takes nothing from the run that came after.
        if self._stands() != record:
            done.unlink(missing_ok=True)
        publish(self._draft, tar_path(self._root, self._shard))
        write_text(done, json.dumps(record, indent=1) + "\n")
        return record

    def _stands(self) -> Record | None:
        try:
            return read_record(self._root, self._shard)
        except ManifestError:
            return None

    def _write(self, content: bytes) -> None:
        self._file.write(content)
        self._bytes += len(content)
        self._hash.update(content)  # while it is in the processor's cache: reading the tar again takes longer

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()  # on a full disk this fails again
        finally:
            self._draft.unlink(missing_ok=True)


def _header(name: str, size: int) -> bytes:
    """A ustar header; tarfile makes the template, for its own way of making each takes a tenth of a sample's time."""
    template, total = _template()
    label, length = name.encode("ascii"), b"%011o" % size
    checksum = b"%06o\0" % (total + sum(label) + sum(length))
    return b"".join((label, template[len(label) : 124], length, template[135:148], checksum, template[155:]))


@cache
def _template() -> tuple[bytes, int]:
    """A header without name and size, and what its other bytes add to the checksum, which counts itself as spaces."""
    entry = tarfile.TarInfo("")
    entry.mode = 0o644
    header = entry.tobuf(tarfile.USTAR_FORMAT)
    return header, sum(header[:124]) + sum(header[135:148]) + 8 * ord(" ") + sum(header[156:])
