"""manifest.parquet: one row per planned sample of a synthetic data set. It is the format between the two halves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .errors import ManifestError
from .files import atomic_write, size
from .remote import AnyPath

if TYPE_CHECKING:
    import pandas as pd

NAME = "manifest.parquet"
GROUP = 4096
"""Rows per row group, at least: the writer keeps some kB about every group until the file is closed."""
SWELL = 100
"""How many bytes a byte of the file may become when it is read (ours); in our files it is one or two."""
LONGEST = 4096
"""Bytes of the longest text in a row (ours): names, and the first line of an error."""

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
    import pandas as pd  # workers write no manifest, and start in half the time without it

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


def tables(root: AnyPath, columns: list[str] | None = None, groups: Iterable[int] | None = None) -> Iterator[pa.Table]:
    """The row groups, all or those of these numbers, one at a time.

    Raises:
        ManifestError: as `read`.
    """
    with _opened(root, columns or SCHEMA.names) as file:
        for number in range(file.num_row_groups) if groups is None else groups:
            yield _full(file.read_row_group(number, columns=columns or SCHEMA.names), root)


def find(root: AnyPath, key: str) -> dict[str, Any]:
    """The row of one sample; only the row group that holds it is read.

    Raises:
        ManifestError: there is no such row, or as `read`.
    """
    with _opened(root, SCHEMA.names) as file:
        row = int(key) if key.isdecimal() else file.metadata.num_rows  # keys are the numbers of the rows
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if row < rows:
                found: list[dict[str, Any]] = _full(file.read_row_group(group), root).slice(row, 1).to_pylist()
                if found and found[0]["key"] == key:
                    return found[0]
                break
            row -= rows
    raise ManifestError(
        f"There is no sample {key[:80]!r}.", where=str(root / NAME), cure="keys have nine digits; see `fleeting verify`"
    )


@contextmanager
def _opened(root: AnyPath, columns: Sequence[str]) -> Iterator[Any]:
    """The manifest as a pyarrow.parquet.ParquetFile that has `columns`.

    Texts are read as dictionaries: one long text may stand in a thousand rows and weigh some bytes in the file.
    """
    path = root / NAME
    texts = [name for name in columns if SCHEMA.field(name).type == pa.string()]
    try:
        with path.open("rb") as opened, pq.ParquetFile(opened) as plain:
            _check_columns(plain.schema_arrow, columns, path)
            _check_size(plain.metadata, path)
            with pq.ParquetFile(opened, metadata=plain.metadata, read_dictionary=texts) as file:
                yield file
    except FileNotFoundError:
        raise ManifestError(
            f"{root} has no {NAME}.",
            where=str(path),
            cure="run the same `fleeting synthesize` again; it finishes what is missing",
        ) from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ManifestError("The manifest cannot be read.", got=str(error), where=str(path)) from error


def _check_columns(schema: pa.Schema, columns: Sequence[str], path: AnyPath) -> None:
    missing = [name for name in columns if name not in schema.names]
    if missing:
        raise ManifestError("The manifest lacks columns.", expected=", ".join(missing), where=str(path))
    wrong = [name for name in columns if schema.field(name).type != SCHEMA.field(name).type]
    if wrong:
        raise ManifestError(
            "The manifest has columns of other types.",
            expected="; ".join(f"{name}: {SCHEMA.field(name).type}" for name in wrong),
            got="; ".join(f"{name}: {schema.field(name).type}" for name in wrong),
            where=str(path),
        )


def _check_size(metadata: Any, path: AnyPath) -> None:
    """Refuse a file that would fill the memory, by what it says of itself."""
    held = size(path) or 0
    if metadata.num_rows > held:  # the seeds alone take eight bytes a row
        raise ManifestError(
            "The manifest claims more rows than its file can hold.",
            got=f"{metadata.num_rows} rows in {held} bytes",
            where=str(path),
        )
    # Nothing is asked of metadata.row_group(N).column(M): where it is damaged, pyarrow ends the whole process.
    grown = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    if grown > SWELL * held:
        raise ManifestError(
            "The manifest would fill the memory.",
            expected=f"at most {SWELL} times its {held} bytes",
            got=f"{grown} bytes when read",
            where=str(path),
        )


def _full(table: pa.Table, root: AnyPath) -> pa.Table:
    """`table` with plain texts, in which no value may be missing: pandas would leave such rows out when it groups."""
    table.validate(full=True)  # text that is no UTF-8 would else be an error of whoever reads the value
    for name in table.column_names:
        for chunk in table.column(name).chunks if SCHEMA.field(name).type == pa.string() else ():
            longest = pc.max(pc.binary_length(chunk.dictionary)).as_py() or 0
            if longest > LONGEST:
                raise ManifestError(
                    f"A text in the column {name} of the manifest is too long.",
                    expected=f"at most {LONGEST} bytes",
                    got=str(longest),
                    where=str(root / NAME),
                )
    table = table.cast(pa.schema([SCHEMA.field(name) for name in table.column_names]))
    empty = [name for name in table.column_names if table.column(name).null_count]
    if empty:
        raise ManifestError("The manifest lacks values.", got=", ".join(empty), where=str(root / NAME))
    return table
