"""Form `hf`: Parquet files with the images inside, as users of the Hugging Face Hub expect a data set.

Parquet rather than the Hub's WebDataset loader, because the types come with the file: labels load as ClassLabel and
images decoded, columns and rows can be picked without reading the rest, and the Hub shows such files in its viewer as
they are. The images are the stored bytes, not encoded again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..files import atomic_write, sha256, size
from ..types import AU_NUMBERS, LABELS
from .columns import facts, meanings
from .form import Part, Record, Splits, holding
from .source import Sample, Source

FILE_BYTES = 256 << 20
"""Shards are put together up to so many bytes per file: the Hub likes few files, and a cut upload repeats one."""
ROWS = 100
"""Rows per row group: what the viewer reads at once, and what memory holds at once."""
TEXT = {"dtype": "string", "_type": "Value"}
WHOLE = {"dtype": "int64", "_type": "Value"}
PICTURE = {"_type": "Image"}
STORED = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
AUS = len(AU_NUMBERS)


class Parquet:
    """Parquet files of at most FILE_BYTES or one shard, images embedded, types stated in the schema."""

    splits = True

    def parts(self, source: Source, splits: Splits) -> list[Part]:
        """Neighbouring shards together; names count the files of their split, as the Hub's do."""
        made = []
        for split, people in splits.items():
            groups = list(_groups(source, holding(source, people)))
            made += [
                Part(f"data/{split}-{number:05d}-of-{len(groups):05d}.parquet", split, group, people)
                for number, group in enumerate(groups)
            ]
        return made

    def make(self, source: Source, part: Part, folder: Path) -> Record:
        """Write one file, ROWS rows at a time."""
        schema, record, path = _schema(source), Record(), folder / part.name
        samples = (sample for shard in part.shards for sample in source.samples(shard, part.people))
        with (
            atomic_write(path) as file,
            pq.ParquetWriter(file, schema, compression=_compression(schema), write_page_index=True) as writer,
        ):
            while rows := list(islice(samples, ROWS)):
                writer.write_table(pa.Table.from_pylist([_row(sample, source) for sample in rows], schema=schema))
                record.samples += len(rows)
        record.files[part.name] = sha256(path)
        return record

    def finish(self, source: Source, folder: Path, records: Iterable[tuple[Part, Mapping[str, Any]]]) -> dict[str, str]:
        """No lists are needed: every row is in its file."""
        return {}

    def front_matter(self, splits: Sequence[str]) -> str:
        """Which files are which split."""
        files = "".join(f"  - split: {split}\n    path: data/{split}-*.parquet\n" for split in splits)
        return f"configs:\n- config_name: default\n  data_files:\n{files}"

    def content(self, source: Source, name: str) -> str:
        """How to load it, and the columns."""
        columns = "\n".join(f"- `{column}`: {meaning}" for column, meaning in meanings(source.kind).items())
        return (
            f'```python\nfrom datasets import load_dataset\n\nsamples = load_dataset("{name}")\n'
            f'samples["train"][0]\n```\n\nOne row per finished sample; `data/*.parquet` has the columns\n\n{columns}\n'
        )


def _groups(source: Source, shards: Iterable[int]) -> Iterator[tuple[int, ...]]:
    group: list[int] = []
    together = 0
    for shard in shards:
        weight = size(source.tar(shard)) or 0
        if group and together + weight > FILE_BYTES:
            yield tuple(group)
            group, together = [], 0
        group.append(shard)
        together += weight
    if group:
        yield tuple(group)


def _row(sample: Sample, source: Source) -> dict[str, Any]:
    key = sample.row["key"]
    stored = {name: {"bytes": data, "path": f"{key}.{name}"} for name, data in sample.pictures.items()}
    if source.kind == "videos":
        return facts(sample.row, source.kind) | {"frames": list(stored.values())}
    return facts(sample.row, source.kind) | {name.partition(".")[0]: picture for name, picture in stored.items()}


def _schema(source: Source) -> pa.Schema:
    """Arrow types, and beside them the types of `datasets` where it looks for them.

    Its lists are called Sequence here: that name is read by version 3 and by those after it.
    """
    numbers = {"z_onset": AUS, "z_apex": AUS, "sides": 2 * AUS}
    arrow = [(name, pa.string()) for name in ("key", "emotion", "au_source", "identity")]
    arrow[1:1] = [("label", pa.int64())]
    arrow += [(name, pa.string()) for name in ("donor_dataset", "donor_subject", "donor_clip")]
    arrow += [(name, pa.list_(pa.float32(), length)) for name, length in numbers.items()]
    arrow += [("seed", pa.int64()), ("generator", pa.string()), ("generator_hash", pa.string())]
    features: dict[str, Any] = {name: TEXT if kind == pa.string() else WHOLE for name, kind in arrow}
    features["label"] = {"names": list(LABELS), "_type": "ClassLabel"}
    for name, length in numbers.items():
        features[name] = {"feature": {"dtype": "float32", "_type": "Value"}, "length": length, "_type": "Sequence"}
    if source.kind == "videos":
        arrow += [("track", pa.list_(pa.float32())), ("frames", pa.list_(STORED))]
        features["track"] = {"feature": {"dtype": "float32", "_type": "Value"}, "_type": "Sequence"}
        features["frames"] = {"feature": PICTURE, "_type": "Sequence"}
    else:
        pictures = ["flow"] if source.kind == "flow" else ["onset", "apex"]
        arrow += [(name, STORED) for name in pictures]
        features |= dict.fromkeys(pictures, PICTURE)
    return pa.schema(arrow, metadata={"huggingface": json.dumps({"info": {"features": features}})})


def _compression(schema: pa.Schema) -> dict[str, str]:
    """The images are compressed already."""
    leaves = {"onset": "onset.bytes", "apex": "apex.bytes", "flow": "flow.bytes", "frames": "frames.list.element.bytes"}
    return {
        **{name: "snappy" for name in schema.names if name not in leaves},
        **{leaf: "none" for name, leaf in leaves.items() if name in schema.names},
    }
