"""What the auditor reads: a run folder of ours, a plain table of predictions, or a log in MEGC2019's format."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from ...errors import DatasetError
from ...types import Clip
from ..megc_log import read_megc_log
from ..people import person
from ..predictions import PREFIX, REQUIRED, class_names

TRAINING = ("seed", "fold", "step", "role", "dataset", "subject", "clips")
LARGEST = 2**31
"""No class or seed number is larger; pandas would wrap larger ones round."""
TEXT = {"dataset": str, "subject": str, "clip": str, "fold": str, "step": str, "role": str}


@dataclass(frozen=True)
class Evidence:
    """The files behind a score, read but not yet believed."""

    path: Path
    table: pd.DataFrame
    """predictions: seed, dataset, subject, clip, label, prediction, and where known fold, epoch, p_NAME."""
    claims: Mapping[str, float]
    """What is said to have been reached: measure ("uf1", "uar", "war") -> value in 0..1; means over seeds."""
    official: Sequence[Clip] = ()
    """The clips that the test set must hold, with their labels; () where there is no list."""
    whole: bool = False
    """Whether the whole of `official` is claimed to be tested, so that no part of it may be absent."""
    results: Mapping[str, Any] = field(default_factory=dict)
    """results.json of a run of ours."""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    folds: pd.DataFrame | None = None
    """folds.csv: seed, fold, epoch_last, declared."""
    training: pd.DataFrame | None = None
    """training.csv: whom each fitted step has seen."""
    others: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """predictions-inner.csv and predictions-oracle.csv, where the run has them: rule -> table."""

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The class names."""
        return class_names(self.table)

    @cached_property
    def people(self) -> pd.Series:
        """The person of every row of `table`."""
        pairs = zip(self.table["dataset"], self.table["subject"], strict=True)
        return pd.Series([person(Clip(dataset, subject, "", 0)) for dataset, subject in pairs], self.table.index)


def read_evidence(path: Path, claims: Mapping[str, float] | None = None, official: Sequence[Clip] = ()) -> Evidence:
    """Read what `path` holds.

    Args:
        path: a run folder, a CSV with the columns dataset, subject, clip, label, prediction, or a MEGC2019 log.
        claims: the claimed scores; for a run folder those of results.json are claimed too.
        official: the clips of the test set's official list, where it has one.

    Raises:
        DatasetError: a file is missing or cannot be read, or the table lacks columns. Wrong content is not an error
            here: it is what the checks find.
    """
    if not path.exists():
        raise DatasetError(f"There is no file or folder {path}.", where=str(path.resolve()))
    if not path.is_dir():
        table = _csv(path) if path.suffix.lower() == ".csv" else read_megc_log(path)
        return Evidence(path, _prepared(table, path), dict(claims or {}), official)
    results = _json(path / "results.json")
    overall = results.get("overall")
    if not isinstance(overall, dict):
        raise DatasetError(
            "results.json has no scores.", expected='a table "overall"', where=str(path / "results.json")
        )
    told = {name: float(overall[name]) for name in ("uf1", "uar", "war") if _is_number(overall.get(name))}
    others = {rule: path / f"predictions-{rule}.csv" for rule in ("inner", "oracle")}
    return Evidence(
        path,
        _prepared(_csv(path / "predictions.csv"), path / "predictions.csv"),
        {**told, **(claims or {})},
        official,
        whole=results.get("protocol") == "megc2019-cde",
        results=results,
        recipe=_toml(path / "recipe.toml"),
        folds=_table(path / "folds.csv", ("seed", "fold")),
        training=_table(path / "training.csv", TRAINING),
        others={rule: _prepared(_csv(file), file) for rule, file in others.items() if file.is_file()},
    )


def _prepared(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    absent = [name for name in REQUIRED if name not in table]
    if absent:
        raise DatasetError(
            "The predictions table lacks columns.",
            expected=", ".join(absent),
            got=", ".join(map(str, table.columns)),
            where=str(path),
            cure="name the columns so, and separate them by commas",
        )
    prepared = table.copy()
    if "seed" not in prepared:
        prepared["seed"] = 0
    for name in ("seed", "label", "prediction"):
        numbers = pd.to_numeric(prepared[name], errors="coerce")
        wrong = numbers.isna() | (numbers % 1 != 0) | (numbers < 0) | (numbers > LARGEST)
        if wrong.any():
            raise DatasetError(
                f"The column {name!r} holds values that are no class or seed numbers.",
                got=str(prepared.loc[wrong, name].iloc[0]),
                where=str(path),
            )
        prepared[name] = numbers.astype(int)
    for name in [str(column) for column in prepared if str(column).startswith(PREFIX)]:
        prepared[name] = pd.to_numeric(prepared[name], errors="coerce")  # what is no number is the checks' to find
    classes = len(class_names(prepared))
    if prepared.empty or prepared[["label", "prediction"]].to_numpy().max() >= classes:
        raise DatasetError(
            "The predictions table has no rows, or classes that it does not name.",
            expected=f"classes 0..{classes - 1}; others are told by one column p_NAME per class",
            where=str(path),
        )
    return prepared


def _table(path: Path, columns: Sequence[str]) -> pd.DataFrame | None:
    """A log of a run; None where the run has none."""
    if not path.is_file():
        return None
    table = _csv(path)
    absent = [name for name in columns if name not in table]
    counts = [name for name in ("seed", "clips") if name in columns and name in table]
    numbers = {name: pd.to_numeric(table[name], errors="coerce") for name in counts}
    bad = [name for name, column in numbers.items() if column.isna().any()]
    if absent or bad:
        raise DatasetError(
            f"{path.name} is damaged.",
            expected=f"columns {', '.join(columns)}",
            got=f"no {', '.join(absent)}" if absent else f"{', '.join(bad)} that is no number",
            where=str(path),
        )
    return table.assign(**{name: column.astype(int) for name, column in numbers.items()})


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=TEXT, keep_default_na=False)
    except FileNotFoundError:
        raise DatasetError(f"There is no {path.name}.", where=str(path.resolve())) from None
    except (ValueError, OSError) as error:
        raise DatasetError(f"{path.name} cannot be read.", got=str(error), where=str(path)) from error


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("it is no table of results")
    except FileNotFoundError:
        cure = "name the folder that `fleeting train` or `fleeting evaluate` wrote"
        raise DatasetError("A run folder needs results.json.", where=str(path.resolve()), cure=cure) from None
    except (OSError, ValueError) as error:
        raise DatasetError("results.json cannot be read.", got=str(error), where=str(path)) from error
    return content


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DatasetError("recipe.toml cannot be read.", got=str(error), where=str(path)) from error
