"""manifest.parquet: one row per planned sample of a synthetic data set. It is the format between the two halves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from .errors import ManifestError
from .files import atomic_write

NAME = "manifest.parquet"

SCHEMA = pa.schema(
    [
        ("key", pa.string()),  # sample key inside the shard, nine digits
        ("status", pa.string()),  # "done" or "failed"
        ("reason", pa.string()),  # why it failed, else ""
        ("label", pa.int8()),  # index into types.LABELS
        ("emotion", pa.string()),  # the AU source's own word
        ("au_source", pa.string()),  # "micro", "macro" or "expert"
        ("identity", pa.string()),
        ("donor_dataset", pa.string()),  # "" where no recorded clip is behind the action units
        ("donor_subject", pa.string()),
        ("donor_clip", pa.string()),
        ("z_onset", pa.list_(pa.float32())),  # 17 values in 0..1, order types.AU_NUMBERS
        ("z_apex", pa.list_(pa.float32())),
        ("track", pa.list_(pa.float32())),  # T*17 values, row by row, when T > 2; else empty
        (
            "sides",
            pa.list_(pa.float32()),
        ),  # 2*17: share shown by the left, then the right half of the face; empty = both in full
        ("seed", pa.int64()),
        ("generator", pa.string()),
        ("generator_hash", pa.string()),  # sha256 of its tables or weights and options
        ("shard", pa.int32()),
    ]
)


def write(path: Path, groups: Iterable[Iterable[Mapping[str, Any]]]) -> int:
    """Write rows group by group, so that memory holds one group only; return the number of rows.

    Args:
        path: the parquet file; it appears in one step.
        groups: iterable of row groups; a row has exactly the columns of SCHEMA.
    """
    count = 0
    with atomic_write(path) as file, pq.ParquetWriter(file, SCHEMA) as writer:
        for group in groups:
            table = pa.Table.from_pylist(list(group), schema=SCHEMA)
            writer.write_table(table)
            count += table.num_rows
    return count


def read(root: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read the manifest of the data set at `root`, all columns or some.

    Raises:
        ManifestError: it is missing, damaged, or lacks columns.
    """
    path = root / NAME
    try:
        present = pq.read_schema(path).names
        wanted = columns or SCHEMA.names
        table = pq.read_table(path, columns=[name for name in wanted if name in present])
    except FileNotFoundError:
        raise ManifestError(
            f"{root} has no {NAME}.",
            where=str(path),
            cure="run the same `fleeting synthesize` again; it finishes what is missing",
        ) from None
    except (pa.ArrowInvalid, OSError) as error:
        raise ManifestError("The manifest cannot be read.", got=str(error), where=str(path)) from error
    missing = [name for name in wanted if name not in present]
    if missing:
        raise ManifestError("The manifest lacks columns.", expected=", ".join(missing), where=str(path))
    frame: pd.DataFrame = table.to_pandas()
    return frame
