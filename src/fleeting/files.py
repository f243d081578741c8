"""Files that are whole or absent, their hashes, and downloads that can be checked and mirrored."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from .errors import DatasetError
from .remote import AnyPath

DRAFT = ".part"
"""Suffix of a file that is being written; what a killed process leaves is swept by the next run."""


@contextmanager
def atomic_write(path: AnyPath) -> Iterator[IO[bytes]]:
    """Open a draft of `path` and move it there once the block ends well: no reader ever sees half a file."""
    draft = draft_of(path)
    try:
        with draft.open("wb") as file:
            yield file
            settle(file)
        publish(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def draft_of(path: AnyPath) -> Path:
    """A new empty file that `publish` can move to `path`: beside it, or in the temporary folder for a store."""
    folder = None
    if isinstance(path, Path):
        folder = path.parent
        folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=f".{path.name}.", suffix=DRAFT)
    os.close(descriptor)
    return Path(name)


def settle(file: IO[bytes]) -> None:
    """Bring what was written to the disk."""
    file.flush()
    os.fsync(file.fileno())


def publish(draft: Path, path: AnyPath) -> None:
    """Move a finished draft to its place, in one step."""
    draft.chmod(0o644)
    if isinstance(path, Path):
        draft.replace(path)
        return
    path.put(draft)
    draft.unlink()


def write_text(path: AnyPath, text: str) -> None:
    """Write UTF-8 text in one step."""
    with atomic_write(path) as file:
        file.write(text.encode())


def size(path: AnyPath) -> int | None:
    """Bytes of a file, or None where there is none."""
    if not isinstance(path, Path):
        return path.size()
    try:
        facts = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return facts.st_size if stat.S_ISREG(facts.st_mode) else None


def modified(path: AnyPath) -> datetime:
    """When a file was last written."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) if isinstance(path, Path) else path.modified()


def unzipped(path: Path) -> int:
    """Bytes of the members of a zip archive as its directory states them, before any is read; 0 where it is none.

    Python's reader takes no more of a member than is stated, so a few kB that would fill the memory are found here.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(member.file_size for member in archive.infolist())
    except Exception:  # noqa: BLE001  # a damaged directory may fail in any way; who reads the file says what is wrong
        return 0


def sha256(path: AnyPath) -> str:
    """The hex sha256 of a file's bytes, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def mirror() -> Path | None:
    """The offline mirror that FLEETING_MIRROR names, or None.

    Raises:
        DatasetError: the variable names a folder that is not there.
    """
    name = os.environ.get("FLEETING_MIRROR")
    if not name:
        return None
    path = Path(name).expanduser()
    if not path.is_dir():
        raise DatasetError(
            "The mirror folder does not exist.", got=name, where="FLEETING_MIRROR", cure="correct or unset the variable"
        )
    return path


def locate(name: str) -> Path:
    """The file or folder that a recipe means: a path, or "mirror:PATH" for one inside FLEETING_MIRROR.

    Raises:
        DatasetError: there is nothing there, the name can be no path, or FLEETING_MIRROR is not set.
    """
    inside, root = name.removeprefix("mirror:"), mirror()
    if inside != name and root is None:
        raise DatasetError(
            f"{name} lies in the data mirror, and none is set.",
            where="FLEETING_MIRROR",
            cure="set FLEETING_MIRROR to the mirror folder, or give a path of your own in the recipe",
        )
    try:
        path = root / inside if inside != name and root is not None else Path(name).expanduser()
        there, full = path.exists(), str(path.resolve())
    except (OSError, ValueError, RuntimeError) as error:  # too long, a zero byte, ~NOBODY
        raise DatasetError("This can be no path.", got=f"{name[:80]!r}: {str(error)[:80]}") from None
    if not there:
        raise DatasetError(f"There is no file or folder {path}.", got=name, where=full)
    return path


def cache() -> Path:
    """Where downloads and detected faces are kept: FLEETING_CACHE, or the system's cache folder."""
    import pooch

    return Path(os.environ.get("FLEETING_CACHE") or pooch.os_cache("fleeting"))


def fetch(url: str, *, digest: str, mirrored: str, target: Path) -> Path:
    """Bring one file to `target` from the mirror, or by download, and check its sha256.

    Args:
        url: where the file is published.
        digest: expected hex sha256.
        mirrored: the file's path inside the mirror.
        target: where the file shall be; a file there with the right hash is kept.

    Raises:
        DatasetError: it cannot be had, or its hash differs.
    """
    import pooch

    root = mirror()

    def copy(_: str, output_file: str | IO[Any], __: object) -> None:
        assert root is not None
        shutil.copyfile(root / mirrored, str(output_file))

    try:
        pooch.retrieve(
            url,
            known_hash=f"sha256:{digest}",
            fname=target.name,
            path=target.parent,
            downloader=copy if root is not None else None,
        )
    except (OSError, ValueError) as error:
        raise DatasetError(
            f"{target.name} could not be fetched.",
            expected=f"sha256 {digest}",
            got=str(error).splitlines()[0],
            where=str(root / mirrored) if root is not None else url,
            cure="check the network, or set FLEETING_MIRROR to a folder that holds the file",
        ) from error
    return target


def text_digest(*texts: str) -> str:
    """The hex sha256 of several texts in order."""
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()
