"""The predictions table: one row per seed and tested clip, joined by names and never by position."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import DatasetError, OptionsError
from ..files import atomic_write
from ..types import LABELS, Donor
from .metrics import Counts
from .people import person

CLIP = ("dataset", "subject", "clip")
REQUIRED = (*CLIP, "label", "prediction")
PREFIX = "p_"
"""Begins the name of every probability column; what follows is the name of the class."""
PROBABILITIES = tuple(PREFIX + name for name in LABELS)
COLUMNS = ("seed", "fold", *REQUIRED, *PROBABILITIES)
"""The columns of a table of the usual three classes."""


def read_predictions(path: Path, classes: Sequence[str] | None = None) -> pd.DataFrame:
    """Read and check a table; a plain one needs the columns dataset, subject, clip, label and prediction only.

    Args:
        path: a CSV file.
        classes: class names, as for `class_names`.

    Raises:
        DatasetError: the file is missing or its content cannot be scored.
        OptionsError: `classes` contradicts the table.
    """
    try:
        table = pd.read_csv(path, dtype=dict.fromkeys((*CLIP, "fold"), str), keep_default_na=False)
    except FileNotFoundError:
        raise DatasetError(f"There is no predictions table {path}.", where=str(path.resolve())) from None
    except (ValueError, OSError) as error:
        raise DatasetError("The predictions table cannot be read.", got=str(error), where=str(path)) from error
    return check_predictions(table, str(path), classes)


def write_predictions(path: Path, table: pd.DataFrame) -> None:
    """Write seed, fold, REQUIRED and the probability columns, as far as the table has them, with six digits."""
    columns = [name for name in ("seed", "fold", *REQUIRED) if name in table]
    columns += [str(name) for name in table if str(name).startswith(PREFIX)]
    with atomic_write(path) as file:
        file.write(table[columns].to_csv(index=False, float_format="%.6f", lineterminator="\n").encode())


def class_names(table: pd.DataFrame, classes: Sequence[str] | None = None) -> tuple[str, ...]:
    """The classes that the labels of a table count.

    Args:
        table: a predictions table.
        classes: the names in label order; None takes them from the probability columns, and from types.LABELS where
            there are none.

    Raises:
        OptionsError: `classes` is not what the probability columns say, or names a class twice.

    Example:
        >>> class_names(pd.DataFrame(columns=["label", "p_disgust", "p_happiness"]))
        ('disgust', 'happiness')
    """
    columns = tuple(str(name).removeprefix(PREFIX) for name in table if str(name).startswith(PREFIX))
    if classes is None:
        return columns or LABELS
    if (columns and columns != tuple(classes)) or len(set(classes)) != len(classes):
        raise OptionsError(
            "The class names do not fit the predictions.",
            expected=", ".join(columns) or "distinct names",
            got=", ".join(classes),
        )
    return tuple(classes)


def check_predictions(
    table: pd.DataFrame, where: str = "predictions", classes: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return the table with integer seed, label and prediction; a missing seed column means seed 0.

    Args:
        table: a predictions table.
        where: what the errors call it.
        classes: class names, as for `class_names`.

    Raises:
        DatasetError: a column is missing, a label is no class index, a clip is doubled within a seed, a recorded clip
            has two labels, or the seeds were tested on different recorded clips. Synthetic clips may differ, as each
            seed may have a data set of its own.
        OptionsError: `classes` contradicts the table.
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
    names = class_names(checked, classes)
    for name in ("label", "prediction"):
        wrong = checked[~checked[name].isin(range(len(names)))]
        if len(wrong):
            _fail(
                f"{len(wrong)} rows have a {name} that is no class index 0..{len(names) - 1}",
                wrong,
                where,
                cure=f"the classes are {', '.join(names)}; others are told by one column p_NAME per class",
            )
    _check_clips(checked, where)
    return checked


def subject_counts(table: pd.DataFrame, classes: int) -> tuple[Counts, list[str]]:
    """Confusion counts per seed and person.

    Args:
        table: a checked predictions table.
        classes: number of classes C.

    Returns:
        counts: (K, S, C, C) int64, seeds and people sorted, rows are the truth.
        people: the S names, as `person` spells them: whoever was filmed for two data sets is one person.
    """
    pairs = pd.MultiIndex.from_frame(table[["dataset", "subject"]].astype(str))
    place, distinct = pd.factorize(pairs)
    spelled = pd.Series([person(Donor(str(dataset), str(subject), "")) for dataset, subject in distinct])
    people, names = pd.factorize(spelled, sort=True)
    return _counts(table, people[place], classes), [str(name) for name in names]


def fold_counts(table: pd.DataFrame, classes: int) -> Counts:
    """(K, F, C, C) int64 confusion counts per seed and fold of a checked table with a column "fold"."""
    return _counts(table, pd.factorize(table["fold"].astype(str), sort=True)[0], classes)


def _counts(table: pd.DataFrame, group: npt.NDArray[np.intp], classes: int) -> Counts:
    """By one bincount."""
    seed, seeds = pd.factorize(table["seed"], sort=True)
    shape = (len(seeds), int(group.max()) + 1, classes, classes)
    place = ((seed * shape[1] + group) * classes + table["label"].to_numpy()) * classes
    counts = np.bincount(place + table["prediction"].to_numpy(), minlength=int(np.prod(shape)))
    return counts.reshape(shape).astype(np.int64)


def _check_clips(checked: pd.DataFrame, where: str) -> None:
    clip = list(CLIP)
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


def _integers(column: pd.Series, name: str, where: str) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = column[numbers.isna() | (numbers % 1 != 0)]
    if len(wrong):
        raise DatasetError(f"{len(wrong)} values of {name!r} are no integers.", got=str(list(wrong[:10])), where=where)
    return numbers.astype(np.int64)


def _fail(problem: str, rows: pd.DataFrame, where: str, cure: str = "") -> None:
    names = [f"{row.dataset}/{row.subject}/{row.clip}" for row in rows.head(10).itertuples()]
    raise DatasetError(f"{problem}.", got=", ".join(names), where=where, cure=cure)
