"""Shards on disk: a WebDataset tar, and beside it a done record that is written last."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..errors import ManifestError
from ..files import write_text

FOLDER = "shards"
BUFFER = 1 << 20
"""Bytes gathered before they go to the file: with the usual 8 kB every image would be a call of its own."""


def tar_path(root: Path, shard: int) -> Path:
    """Where the shard's samples lie."""
    return root / FOLDER / f"{shard:06d}.tar"


def done_path(root: Path, shard: int) -> Path:
    """Where the shard's done record lies."""
    return root / FOLDER / f"{shard:06d}.done.json"


def read_record(root: Path, shard: int) -> dict[str, Any] | None:
    """The done record {"count", "sha256", "bytes", "failed": {key: reason}}, or None if the shard is not finished.

    Raises:
        ManifestError: the record is not readable.
    """
    path = done_path(root, shard)
    try:
        record: dict[str, Any] = json.loads(path.read_text())
        if set(record) != {"count", "sha256", "bytes", "failed"}:
            raise ValueError(f"keys {sorted(record)}")
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ManifestError(
            "A done record is damaged.", got=str(error), where=str(path), cure="delete it and run the recipe again"
        ) from error
    return record


def is_finished(root: Path, shard: int) -> bool:
    """Whether the record stands and the tar has the recorded length (`verify` also checks the hash)."""
    record = read_record(root, shard)
    path = tar_path(root, shard)
    return record is not None and path.is_file() and path.stat().st_size == record["bytes"]


class ShardWriter:
    """Writes one shard under a temporary name and moves it into place once it is whole.

    Entries carry no time, owner or mode of this machine, so equal samples give equal bytes.
    """

    def __init__(self, root: Path, shard: int) -> None:
        self._root, self._shard = root, shard
        self._count, self._failed = 0, dict[str, str]()
        self._hash = hashlib.sha256()
        self._part = tar_path(root, shard).with_suffix(f".{os.getpid()}.part")

    def __enter__(self) -> Self:
        self._part.parent.mkdir(parents=True, exist_ok=True)
        done_path(self._root, self._shard).unlink(missing_ok=True)
        self._file = self._part.open("wb", buffering=BUFFER)
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

    def record(self) -> dict[str, Any]:
        """Close the tar, move it into place, write the done record and return it."""
        self._write(bytes(2 * tarfile.BLOCKSIZE))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        record = {
            "count": self._count,
            "sha256": self._hash.hexdigest(),
            "bytes": self._part.stat().st_size,
            "failed": self._failed,
        }
        self._part.replace(tar_path(self._root, self._shard))
        write_text(done_path(self._root, self._shard), json.dumps(record, indent=1) + "\n")
        return record

    def _write(self, content: bytes) -> None:
        self._file.write(content)
        self._hash.update(content)  # while it is in the processor's cache: reading the tar again takes longer

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)


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
