"""The clips that a test set must hold according to its organisers: what the auditor compares predictions with."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd

from ..errors import DatasetError
from ..evaluation.people import dataset_name, person
from ..types import LABELS, Clip
from .bounds import refuse_large_text
from .megc2019_flow import registry

SHARE = 0.5
"""Of a table's clips must be in the composite for its list to be meant."""


def official_clips(name: str, table: pd.DataFrame) -> list[Clip]:
    """The list called `name`.

    Args:
        name: "megc2019", a CSV with the columns dataset, subject, clip, label, or "auto": the list of MEGC2019 if the
            table has three classes and half of its clips or more are in it, else none.
        table: the predictions.

    Raises:
        DatasetError: the CSV cannot be read.
    """
    composite = [item.clip for item in registry()]
    if name == "megc2019":
        return composite
    if name != "auto":
        return _read_list(Path(name))
    if table["label"].max() >= len(LABELS):
        return []
    known = {(dataset_name(clip.dataset), person(clip), clip.clip.casefold()) for clip in composite}
    columns = table.drop_duplicates(["dataset", "subject", "clip"])[["dataset", "subject", "clip"]]
    rows = columns.astype(str).to_numpy().tolist()
    there = [
        (dataset_name(part), person(Clip(part, subject, clip, 0)), clip.strip().casefold())
        for part, subject, clip in rows
    ]
    return composite if sum(key in known for key in there) >= SHARE * len(there) else []


def _read_list(path: Path) -> list[Clip]:
    """A CSV with dataset, subject, clip, label: with a header, or without one in this order as the organisers' file."""
    try:
        refuse_large_text(path)
        table = pd.read_csv(path, dtype=str, header=None, keep_default_na=False, compression=None)
        if "label" in set(table.iloc[0]):
            table = table.iloc[1:].set_axis(list(table.iloc[0]), axis=1)
        else:
            table = table.iloc[:, :4].set_axis(["dataset", "subject", "clip", "label"], axis=1)
        rows = table[["dataset", "subject", "clip", "label"]].to_numpy().tolist()
        clips = [Clip(dataset, subject, clip, int(label)) for dataset, subject, clip, label in rows]
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise DatasetError(
            "The list of clips cannot be read.",
            expected="a CSV with dataset, subject, clip, label (a class number)",
            got=str(error),
            where=str(path),
        ) from error
    counts = Counter(clip.key for clip in clips)
    empty = [clip for clip in clips if not (clip.dataset and clip.subject and clip.clip)]
    wrong = [f"{key} {count} times" for key, count in counts.items() if count > 1] + [clip.key for clip in empty]
    if wrong:
        raise DatasetError(
            "The list of clips names one twice or with an empty name.", got=", ".join(wrong[:8]), where=str(path)
        )
    return clips
