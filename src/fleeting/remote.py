"""Paths on stores that fsspec reaches, such as s3://bucket/folder, with those methods of pathlib that are used."""

from __future__ import annotations

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
        return cast(BufferedReader, self._store().open(str(self), mode))

    def read_bytes(self) -> bytes:
        """The whole content."""
        content: bytes = self._store().cat_file(str(self))
        return content

    def read_text(self, encoding: str = "utf-8") -> str:
        """The whole content as text."""
        return self.read_bytes().decode(encoding)

    def size(self) -> int | None:
        """Bytes, or None where there is no such file."""
        try:
            facts = self._store().info(str(self))
        except FileNotFoundError:
            return None
        return int(facts["size"] or 0) if facts["type"] == "file" else None

    def is_file(self) -> bool:
        """Whether there is a file."""
        return self.size() is not None

    def exists(self) -> bool:
        """Whether there is a file or folder."""
        return bool(self._store().exists(str(self)))

    def put(self, draft: Path) -> None:
        """Store the content of a local file here, in one step as far as the store can."""
        self._store().put_file(str(draft), str(self))

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the file."""
        try:
            self._store().rm_file(str(self))
        except FileNotFoundError:
            if not missing_ok:
                raise

    def _store(self) -> Any:
        """The file system; fsspec keeps one per process. Listings are not kept: other workers write beside this one."""
        import fsspec  # here, because it takes a tenth of the time in which `fleeting --help` answers

        try:
            return fsspec.filesystem(self._scheme, use_listings_cache=False)
        except ImportError:
            raise MissingExtraError(f"A path {self._scheme}://", "s3fs", "cluster") from None
        except ValueError as error:
            raise OptionsError("There is no such kind of store.", got=str(error), where=str(self)) from None


AnyPath = Path | RemotePath
"""Where a data set may lie."""


def place(name: str | Path | RemotePath) -> AnyPath:
    """The path that a user means: a local one, file:// one, or one on a store.

    Example:
        >>> place("s3://bucket/sets") / "a"
        RemotePath('s3://bucket/sets/a')
    """
    if isinstance(name, RemotePath | Path):
        return name
    if name.startswith(("file://", "local://")):
        return Path(name.partition("://")[2])
    return RemotePath(name) if "://" in name else Path(name).expanduser()
