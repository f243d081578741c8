"""manifest.parquet: one row per planned sample of a synthetic data set. It is the format between the two halves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from .errors import ManifestError
from .files import atomic_write, size
from .remote import AnyPath

NAME = "manifest.parquet"
GROUP = 4096
"""Rows per row group, at least: the writer keeps some kB about every group until the file is closed."""

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


def write(path: AnyPath, parts: Iterable[Iterable[Mapping[str, Any]]]) -> int:
    """Write rows part by part, so that memory holds few of them; return the number of rows.

    Args:
        path: the parquet file; it appears in one step.
        parts: iterable of parts of the rows; a row has exactly the columns of SCHEMA.
    """
    count, waiting = 0, list[pa.Table]()
    with atomic_write(path) as file, pq.ParquetWriter(file, SCHEMA) as writer:
        for part in parts:
            waiting.append(pa.Table.from_pylist(list(part), schema=SCHEMA))
            count += waiting[-1].num_rows
            if sum(table.num_rows for table in waiting) >= GROUP:
                writer.write_table(pa.concat_tables(waiting).combine_chunks())
                waiting.clear()
        if waiting:
            writer.write_table(pa.concat_tables(waiting).combine_chunks())
    return count


def read(root: AnyPath, columns: list[str] | None = None) -> pd.DataFrame:
    """Read the manifest of the data set at `root`, all columns or some.

    Raises:
        ManifestError: it is missing, damaged, or lacks columns.
    """
    with _opened(root, columns or SCHEMA.names) as file:
        frame: pd.DataFrame = _full(file.read(columns or SCHEMA.names), root).to_pandas()
    return frame


def read_shards(root: AnyPath) -> Iterator[tuple[int, pd.DataFrame]]:
    """The rows of each shard in turn, so that memory does not grow with the data set.

    Raises:
        ManifestError: as `read`.
    """
    held: list[pd.DataFrame] = []
    with _opened(root, SCHEMA.names) as file:
        for batch in file.iter_batches(GROUP, columns=SCHEMA.names):
            for shard, rows in _full(pa.Table.from_batches([batch]), root).to_pandas().groupby("shard", sort=False):
                if held and held[0]["shard"].iloc[0] != shard:
                    yield int(held[0]["shard"].iloc[0]), pd.concat(held)
                    held = []
                held.append(rows)
    if held:
        yield int(held[0]["shard"].iloc[0]), pd.concat(held)


def find(root: AnyPath, key: str) -> dict[str, Any]:
    """The row of one sample; only the row group that holds it is read.

    Raises:
        ManifestError: there is no such row, or as `read`.
    """
    with _opened(root, SCHEMA.names) as file:
        place = SCHEMA.names.index("key")
        for group in range(file.num_row_groups):
            span = file.metadata.row_group(group).column(place).statistics
            if span is not None and span.has_min_max and not span.min <= key <= span.max:
                continue
            for row in _full(file.read_row_group(group), root).to_pylist():
                if row["key"] == key:
                    found: dict[str, Any] = row
                    return found
    raise ManifestError(f"There is no sample {key!r}.", where=str(root / NAME), cure="keys have nine digits")


@contextmanager
def _opened(root: AnyPath, columns: Sequence[str]) -> Iterator[Any]:
    """The manifest as a pyarrow.parquet.ParquetFile that has `columns`."""
    path = root / NAME
    try:
        with path.open("rb") as opened, pq.ParquetFile(opened) as file:
            missing = [name for name in columns if name not in file.schema_arrow.names]
            if missing:
                raise ManifestError("The manifest lacks columns.", expected=", ".join(missing), where=str(path))
            wrong = [name for name in columns if file.schema_arrow.field(name).type != SCHEMA.field(name).type]
            if wrong:
                expected = "; ".join(f"{name}: {SCHEMA.field(name).type}" for name in wrong)
                got = "; ".join(f"{name}: {file.schema_arrow.field(name).type}" for name in wrong)
                raise ManifestError(
                    "The manifest has columns of other types.", expected=expected, got=got, where=str(path)
                )
            if file.metadata.num_rows > (size(path) or 0):  # the seeds alone take eight bytes a row
                raise ManifestError(
                    "The manifest claims more rows than its file can hold.",
                    got=f"{file.metadata.num_rows} rows in {size(path)} bytes",
                    where=str(path),
                )
            yield file
    except FileNotFoundError:
        raise ManifestError(
            f"{root} has no {NAME}.",
            where=str(path),
            cure="run the same `fleeting synthesize` again; it finishes what is missing",
        ) from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ManifestError("The manifest cannot be read.", got=str(error), where=str(path)) from error


def _full(table: pa.Table, root: AnyPath) -> pa.Table:
    """`table`, in which no value may be missing: pandas would leave such rows out when it groups them."""
    table.validate(full=True)  # text that is no UTF-8 would else be an error of whoever reads the value
    empty = [name for name in table.column_names if table.column(name).null_count]
    if empty:
        raise ManifestError("The manifest lacks values.", got=", ".join(empty), where=str(root / NAME))
    return table
