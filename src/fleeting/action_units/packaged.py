"""The data tables that ship inside this package: small CSV and TOML files that name their source."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from importlib.resources import files
from typing import Any


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of tables/`name`, a CSV with a header; lines that start with # are comments."""
    lines = [line for line in _bytes(name).decode().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


def read_tables(name: str) -> dict[str, Any]:
    """The content of tables/`name`, a TOML file."""
    return tomllib.loads(_bytes(name).decode())


def packaged_sha256(name: str) -> str:
    """The hex sha256 of tables/`name`."""
    return hashlib.sha256(_bytes(name)).hexdigest()


def _bytes(name: str) -> bytes:
    # Git may check text out with CRLF on Windows; the hash must not depend on it.
    return files(__package__).joinpath("tables", name).read_bytes().replace(b"\r\n", b"\n")
