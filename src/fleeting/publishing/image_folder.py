"""Form `imagefolder`: plain image files and metadata.jsonl, for people who look at files and for `datasets`.

SPLIT/SHARD/KEY.onset.jpg: a folder holds the samples of one shard, because thousands of files in one folder are slow
everywhere and refused by the Hub above 10,000. Keys are digits, so that the names are good on every system.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..files import atomic_write, sha256
from ..types import LABELS
from .columns import facts, meanings
from .form import Part, Record, Splits, by_shard
from .source import Kind, Sample, Source

LIST = "metadata.jsonl"


class ImageFolder:
    """Image files by split and shard, and one metadata.jsonl per split."""

    splits = True

    def parts(self, source: Source, splits: Splits) -> list[Part]:
        """One folder per split and shard."""
        return by_shard(source, splits, "{split}/{shard:06d}")

    def make(self, source: Source, part: Part, folder: Path) -> Record:
        """Write the files of one shard; their lines of metadata.jsonl go to the record."""
        inside = folder / part.name
        inside.mkdir(parents=True, exist_ok=True)
        record = Record()
        for sample in source.samples(part.shards[0], part.people):
            names = {suffix: f"{sample.row['key']}.{suffix}" for suffix in sample.pictures}
            for suffix, data in sample.pictures.items():
                (inside / names[suffix]).write_bytes(data)
            line = json.dumps(_line(sample, source.kind, [f"{inside.name}/{name}" for name in names.values()]))
            record.lines.append((f"{part.split}/{LIST}", line))
            record.samples += 1
        return record

    def finish(self, source: Source, folder: Path, records: Iterable[tuple[Part, Mapping[str, Any]]]) -> dict[str, str]:
        """Gather the lines: one metadata.jsonl per split."""
        return gather(folder, records)

    def front_matter(self, splits: Sequence[str]) -> str:
        """The folder of each split."""
        files = "".join(f"  - split: {split}\n    path: {split}/**\n" for split in splits)
        return f"configs:\n- config_name: default\n  data_files:\n{files}"

    def content(self, source: Source, name: str) -> str:
        """How to load it, and the columns."""
        columns = "\n".join(f"- `{column}`: {meaning}" for column, meaning in meanings(source.kind).items())
        return (
            "```python\nfrom datasets import load_dataset\n\n"
            f'samples = load_dataset("imagefolder", data_dir="{name}")\n```\n\n'
            f"`SPLIT/SHARD/KEY.*` are the images as they were made; `SPLIT/{LIST}` has one line per sample with\n\n"
            f"{columns}\n- `class`: the label's name\n"
        )


def gather(folder: Path, records: Iterable[tuple[Part, Mapping[str, Any]]]) -> dict[str, str]:
    """Write the lists that the records' lines belong to, in order of the parts; return path -> sha256.

    Consecutive records of one list are streamed into it, so parts of one list must stand together.
    """
    made: dict[str, str] = {}
    lines = ((name, line) for _, record in records for name, line in record["lines"])
    name, line = next(lines, ("", ""))
    while name:
        current = name
        with atomic_write(folder / current) as file:
            while name == current:
                file.write(line.encode() + b"\n")
                name, line = next(lines, ("", ""))
        made[current] = sha256(folder / current)
    return made


def _line(sample: Sample, kind: Kind, files: list[str]) -> dict[str, Any]:
    """One line of metadata.jsonl; `datasets` makes a picture column X of X_file_name and a list of X_file_names."""
    if kind == "videos":
        pictures: dict[str, Any] = {"frames_file_names": files}
    else:
        names = (suffix.partition(".")[0] for suffix in sample.pictures)
        pictures = {f"{name}_file_name": file for name, file in zip(names, files, strict=True)}
    row = facts(sample.row, kind)
    return pictures | {"key": row.pop("key"), "class": LABELS[row["label"]]} | row
