"""Paths on stores that fsspec reaches, such as s3://bucket/folder, with those methods of pathlib that are used."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import Any, cast

from .errors import MissingExtraError, OptionsError


class RemotePath:
    """A path on an object store or another file system that has no place in the local tree.

    Objects are put whole: no reader ever sees half of one. Credentials and endpoints come from where the store's
    package looks for them, for example AWS_PROFILE or AWS_ENDPOINT_URL.
    """

    def __init__(self, url: str) -> None:
        scheme, separator, rest = url.partition("://")
        if not separator or not rest.strip("/"):
            raise OptionsError("This is no place on a store.", expected="for example s3://bucket/folder", got=url)
        self._scheme, self._inside = scheme, PurePosixPath(rest.rstrip("/"))

    def __str__(self) -> str:
        return f"{self._scheme}://{self._inside}"

    def __repr__(self) -> str:
        return f"RemotePath({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemotePath) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __truediv__(self, name: str) -> RemotePath:
        return RemotePath(f"{self}/{name}")

    @property
    def name(self) -> str:
        """The last part."""
        return self._inside.name

    @property
    def stem(self) -> str:
        """The last part without its last suffix."""
        return self._inside.stem

    def with_name(self, name: str) -> RemotePath:
        """The path beside this one."""
        return RemotePath(f"{self._scheme}://{self._inside.with_name(name)}")

    def resolve(self) -> RemotePath:
        """The path itself: it is absolute."""
        return self

    def open(self, mode: str = "rb") -> BufferedReader:
        """Open for reading."""
        with self._store() as store:
            return cast(BufferedReader, store.open(str(self), mode))

    def read_bytes(self) -> bytes:
        """The whole content."""
        with self._store() as store:
            content: bytes = store.cat_file(str(self))
        return content

    def read_text(self, encoding: str = "utf-8") -> str:
        """The whole content as text."""
        return self.read_bytes().decode(encoding)

    def size(self) -> int | None:
        """Bytes, or None where there is no such file."""
        facts = self._facts()
        return int(facts["size"] or 0) if facts.get("type") == "file" else None

    def is_file(self) -> bool:
        """Whether there is a file."""
        return self.size() is not None

    def exists(self) -> bool:
        """Whether there is a file or folder; a store that does not answer is an error and no "no"."""
        return bool(self._facts())

    def modified(self) -> datetime:
        """When the file was last written."""
        with self._store() as store:
            return cast(datetime, store.modified(str(self)))

    def put(self, draft: Path) -> None:
        """Store the content of a local file here, in one step as far as the store can."""
        with self._store() as store:
            store.put_file(str(draft), str(self))

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the file."""
        try:
            with self._store() as store:
                store.rm_file(str(self))
        except FileNotFoundError:
            if not missing_ok:
                raise

    def _facts(self) -> dict[str, Any]:
        """What the store says of the file or folder; nothing where there is none."""
        try:
            with self._store() as store:
                facts: dict[str, Any] = store.info(str(self))
        except FileNotFoundError:
            return {}
        return facts

    @contextmanager
    def _store(self) -> Iterator[Any]:
        """The file system; what its package raises comes out as an OSError, as from a disk.

        fsspec keeps one per process. Listings are not kept: other workers write beside this one.
        """
        import fsspec  # here, because it takes a tenth of the time in which `fleeting --help` answers

        try:
            store = fsspec.filesystem(self._scheme, use_listings_cache=False)
        except ImportError:
            raise MissingExtraError(f"A path {self._scheme}://", "s3fs", "cluster") from None
        except (ValueError, TypeError) as error:  # it is not known, or needs more than a URL
            raise OptionsError("There is no such kind of store.", got=str(error), where=str(self)) from None
        try:
            yield store
        except OSError:
            raise
        except Exception as error:  # no credentials, no network: each package has errors of its own
            raise OSError(errno.EIO, f"{type(error).__name__}: {error}", str(self)) from error


AnyPath = Path | RemotePath
"""Where a data set may lie."""
SCHEME = re.compile("[a-z][a-z0-9+.-]+")
"""What stands before :// in a URL; one letter alone is a drive."""


def place(name: str | Path | RemotePath) -> AnyPath:
    """The path that a user means: a local one, file:// one, or one on a store, also where pathlib has folded its //.

    Example:
        >>> place("s3://bucket/sets") / "a"
        RemotePath('s3://bucket/sets/a')
    """
    if isinstance(name, RemotePath):
        return name
    scheme, _, rest = (name.as_posix() if isinstance(name, Path) else name).partition(":")
    if not (SCHEME.fullmatch(scheme) and rest.startswith("/")):
        return name if isinstance(name, Path) else Path(name).expanduser()
    if scheme in ("file", "local"):
        return Path(rest.removeprefix("//"))
    return RemotePath(f"{scheme}://{rest.lstrip('/')}")
