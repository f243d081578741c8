"""Where each member of a tar shard lies, so that one sample is one seek and one read, with nothing unpacked.

The standard library can list a tar too, but slowly: it builds an object per member. Shards hold plain files with short
names (WebDataset), so reading name, size and type of each 512-byte header is enough; anything else is refused.
"""

from __future__ import annotations

from typing import BinaryIO

from .. import files
from ..errors import ManifestError
from ..remote import AnyPath

BLOCK = 512
Span = tuple[int, int]
"""(first byte, number of bytes)."""


def index_tar(path: AnyPath) -> dict[str, dict[str, Span]]:
    """List a shard's samples.

    Returns:
        Sample key -> member suffix ("onset.png", "json") -> span in the file.

    Raises:
        ManifestError: the file is missing, cut off, or is no shard.
    """
    samples: dict[str, dict[str, Span]] = {}
    try:
        length = files.size(path) or 0
        with path.open("rb") as file:
            while (header := file.read(BLOCK)).strip(b"\0"):
                name, size, kind = _parse(header, path)
                start = file.tell()
                if start + size > length:
                    raise ManifestError(
                        "A shard is cut off.", expected=f"{start + size} bytes", got=str(length), where=str(path)
                    )
                if kind == "file":
                    key, _, suffix = name.partition(".")
                    if suffix in samples.get(key, {}):
                        raise ManifestError("A shard holds a file twice.", got=name, where=str(path))
                    samples.setdefault(key, {})[suffix] = (start, size)
                file.seek(start + -(-size // BLOCK) * BLOCK)
    except OSError as error:
        raise ManifestError(
            "A shard cannot be read.", got=str(error), where=str(path), cure="run the same `fleeting synthesize` again"
        ) from error
    return samples


def read_span(file: BinaryIO, span: Span) -> bytes:
    """The bytes of one member."""
    file.seek(span[0])
    return file.read(span[1])


def _parse(header: bytes, path: AnyPath) -> tuple[str, int, str]:
    """Name, size and "file" or "extra" (a pax header, which holds times only)."""
    try:
        checksum = int(header[148:156].strip(b" \0"), 8)
        size = int(header[124:136].strip(b" \0") or b"0", 8)
        name = header[:100].rstrip(b"\0").decode()
        if size < 0:  # the next header would be this one again, for ever
            raise ValueError("a negative size")
    except (ValueError, UnicodeDecodeError):
        checksum, size, name = -1, 0, ""
    # The checksum counts its own eight bytes as blanks.
    if checksum != sum(header[:148]) + sum(header[156:]) + 8 * 32 or len(header) < BLOCK:
        raise ManifestError("A shard is damaged: a header is no tar header.", where=str(path))
    kind = {b"0": "file", b"\0": "file", b"x": "extra", b"g": "extra"}.get(header[156:157])
    if kind is None or header[345:500].strip(b"\0"):
        raise ManifestError(
            "A shard holds more than plain files with short names.",
            got=name,
            where=str(path),
            cure="write it with webdataset",
        )
    return name, size, kind
