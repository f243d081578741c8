"""croissant.json: the data set described for machines, after the Croissant format 1.0 of MLCommons.

Written as plain JSON, so no package is needed for it; the tests hold it against `mlcroissant`. Images are described
where they lie in Parquet; for the other forms the record set is the manifest, one record per planned sample.
Source: Croissant format specification 1.0, sections on resources and record sets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from .. import manifest
from ..files import modified
from .columns import FACTS, meanings
from .rights import Right
from .source import Source

NAME = "croissant.json"
TEXT, WHOLE, NUMBER, PICTURE = "sc:Text", "sc:Integer", "sc:Float", "sc:ImageObject"
TYPES = {"label": WHOLE, "seed": WHOLE, "z_onset": NUMBER, "z_apex": NUMBER, "sides": NUMBER, "track": NUMBER}
"""Column -> type; text where not named."""
LISTS = ("z_onset", "z_apex", "sides", "track", "frames")
PICTURES = ("onset", "apex", "flow", "frames")
FORMATS = {
    ".parquet": "application/x-parquet",
    ".tar": "application/x-tar",
    ".jsonl": "application/jsonlines",
    ".csv": "text/csv",
    ".txt": "text/plain",
    ".toml": "application/toml",
}
WARNING = (
    "Synthetic facial micro-expressions for research on their recognition. Not for inferring the emotions of people at "
    "work or in education, which the European Union prohibits (AI Act, Article 5(1)(f))."
)
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{
        name: f"cr:{name}"
        for name in (
            "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet",
            "format", "includes",
            "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
            "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
        )
    },
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
}  # fmt: skip


def croissant(source: Source, name: str, files: Mapping[str, str], owned: Iterable[Right]) -> dict[str, Any]:
    """The description of an export as JSON-LD.

    Args:
        source: the data set that was exported.
        name: of the export's folder.
        files: path -> sha256 of its files.
        owned: the licences of its faces.
    """
    packed = [path for path in files if path.endswith(".parquet") and path != manifest.NAME]
    made = modified(source.root / manifest.NAME)
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": re.sub(r"[^\w.-]+", "-", name),
        "description": f"{source.census.done} samples. {WARNING}",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "citeAs": f"{name}, made with Fleeting, sha256 {source.digest}",
        "datePublished": f"{made:%Y-%m-%d}",
        "license": sorted({f"faces: {right.licence}" for right in owned}) or ["not stated"],
        "url": "https://pypi.org/project/fleeting/",
        "version": "1.0.0",
        "rai:dataUseCases": WARNING,
        "distribution": [*(_file(path, digest) for path, digest in files.items()), *([_set()] if packed else [])],
        "recordSet": [_records(source, bool(packed))],
    }


def _file(path: str, digest: str) -> dict[str, Any]:
    kind = FORMATS.get(PurePosixPath(path).suffix, "application/octet-stream")
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": path,
        "contentUrl": path,
        "encodingFormat": kind,
        "sha256": digest,
    }


def _set() -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": "samples-in-parquet",
        "name": "samples-in-parquet",
        "encodingFormat": FORMATS[".parquet"],
        "includes": "data/*.parquet",
    }


def _records(source: Source, packed: bool) -> dict[str, Any]:
    told = meanings(source.kind) if packed else {"status": "done or failed", "reason": "why it failed"} | FACTS
    return {
        "@type": "cr:RecordSet",
        "@id": "samples",
        "name": "samples",
        "description": "one record per finished sample" if packed else "one record per planned sample",
        "key": {"@id": "samples/key"},
        "field": [_field(column, meaning, packed) for column, meaning in told.items()],
    }


def _field(column: str, meaning: str, packed: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"extract": {"column": column}}
    found |= {"fileSet": {"@id": "samples-in-parquet"}} if packed else {"fileObject": {"@id": manifest.NAME}}
    if column in PICTURES:
        found["transform"] = {"jsonPath": "bytes"}
    return {
        "@type": "cr:Field",
        "@id": f"samples/{column}",
        "name": column,
        "description": meaning,
        "dataType": PICTURE if column in PICTURES else TYPES.get(column, TEXT),
        "source": found,
        **({"repeated": True} if column in LISTS else {}),
    }
