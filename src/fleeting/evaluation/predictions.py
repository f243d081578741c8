"""The predictions table: one row per seed and tested clip, joined by names and never by position."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DatasetError
from ..files import atomic_write
from ..types import LABELS

REQUIRED = ("dataset", "subject", "clip", "label", "prediction")
PROBABILITIES = tuple(f"p_{name}" for name in LABELS)
COLUMNS = ("seed", "fold", *REQUIRED, *PROBABILITIES)


def read_predictions(path: Path) -> pd.DataFrame:
    """Read and check a table; a plain one needs the columns dataset, subject, clip, label and prediction only.

    Raises:
        DatasetError: the file is missing or its content cannot be scored.
    """
    try:
        table = pd.read_csv(
            path, dtype=dict.fromkeys(("dataset", "subject", "clip", "fold"), str), keep_default_na=False
        )
    except FileNotFoundError:
        raise DatasetError(f"There is no predictions table {path}.", where=str(path.resolve())) from None
    except (ValueError, OSError) as error:
        raise DatasetError("The predictions table cannot be read.", got=str(error), where=str(path)) from error
    return check_predictions(table, str(path))


def write_predictions(path: Path, table: pd.DataFrame) -> None:
    """Write those of COLUMNS that the table has, in that order; probabilities with six digits."""
    columns = [name for name in COLUMNS if name in table]
    with atomic_write(path) as file:
        file.write(table[columns].to_csv(index=False, float_format="%.6f", lineterminator="\n").encode())


def check_predictions(table: pd.DataFrame, where: str = "predictions") -> pd.DataFrame:
    """Return the table with integer seed, label and prediction; a missing seed column means seed 0.

    Raises:
        DatasetError: a column is missing, a label is no class index, a clip is doubled within a seed, a recorded clip
            has two labels, or the seeds were tested on different recorded clips. Synthetic clips may differ, as each
            seed may have a data set of its own.
    """
    absent = [name for name in REQUIRED if name not in table]
    if absent:
        raise DatasetError(
            "The predictions table lacks columns.",
            expected=", ".join(absent),
            got=", ".join(map(str, table.columns)),
            where=where,
        )
    if table.empty:
        raise DatasetError("The predictions table has no rows.", where=where)
    checked = table.copy()
    if "seed" not in checked:
        checked["seed"] = 0
    for name in ("seed", "label", "prediction"):
        checked[name] = _integers(checked[name], name, where)
    for name in ("label", "prediction"):
        wrong = checked[~checked[name].isin(range(len(LABELS)))]
        if len(wrong):
            _fail(f"{len(wrong)} rows have a {name} that is no class index 0..{len(LABELS) - 1}", wrong, where)
    clip = ["dataset", "subject", "clip"]
    doubled = checked[checked.duplicated(["seed", *clip])]
    if len(doubled):
        _fail(f"{len(doubled)} clips are predicted more than once within a seed", doubled, where)
    recorded = checked[checked["dataset"] != "synthetic"]
    labels = recorded.drop_duplicates([*clip, "label"])
    contradicting = labels[labels.duplicated(clip)]
    if len(contradicting):
        _fail(f"{len(contradicting)} clips have two labels", contradicting, where)
    if (recorded.groupby(clip)["seed"].nunique() != checked["seed"].nunique()).any():
        raise DatasetError(
            "The seeds were not tested on the same clips.",
            got=str(checked.groupby("seed").size().to_dict()),
            where=where,
            cure="predict every clip once per seed",
        )
    return checked


def _integers(column: pd.Series, name: str, where: str) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = column[numbers.isna() | (numbers % 1 != 0)]
    if len(wrong):
        raise DatasetError(f"{len(wrong)} values of {name!r} are no integers.", got=str(list(wrong[:10])), where=where)
    return numbers.astype(np.int64)


def _fail(problem: str, rows: pd.DataFrame, where: str) -> None:
    names = [f"{row.dataset}/{row.subject}/{row.clip}" for row in rows.head(10).itertuples()]
    raise DatasetError(f"{problem}.", got=", ".join(names), where=where)
