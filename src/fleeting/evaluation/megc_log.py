"""The log format of MEGC2019: per fold a header "database subject", then a line "clip truth prediction" per clip.

Source: MEGC2019 recognition rules; classes are 0 negative, 1 positive, 2 surprise.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ..errors import DatasetError
from ..files import write_text
from .people import dataset_name
from .protocols.loso import COMPOSITE


def read_megc_log(path: Path) -> pd.DataFrame:
    """Columns fold, dataset, subject, clip, label, prediction; a row per clip line, nothing checked but the form.

    Raises:
        DatasetError: the file cannot be read, or a line is neither a header nor a clip.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError("The log cannot be read.", got=str(error), where=str(path)) from error
    rows = []
    dataset = subject = ""
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if len(words) == 2 and dataset_name(words[0]) in COMPOSITE:
            dataset, subject = dataset_name(words[0]), words[1]
        elif len(words) == 3 and dataset and all(word.isdecimal() for word in words[1:]):
            rows.append((f"{dataset}/{subject}", dataset, subject, words[0], int(words[1]), int(words[2])))
        elif words:
            raise DatasetError(
                "A line of the log is neither a header nor a clip.",
                expected=f'"database subject" with one of {", ".join(COMPOSITE)}, or below one "clip truth prediction"',
                got=line.strip()[:80],
                where=f"{path}:{number}",
            )
    if not rows:
        raise DatasetError("The log holds no clips.", where=str(path))
    return pd.DataFrame(rows, columns=["fold", "dataset", "subject", "clip", "label", "prediction"])


def write_megc_log(path: Path, table: pd.DataFrame) -> None:
    """Write the predictions of one seed; subjects in the order in which they first appear.

    Args:
        path: the log.
        table: columns dataset, subject, clip, label, prediction.

    Raises:
        DatasetError: there are several seeds, a clip of another data set, or a name with a blank.
    """
    names = table[["dataset", "subject", "clip"]].astype(str)
    blank = names[names.apply(lambda column: column.str.contains(r"\s")).any(axis=1)]
    strange = sorted(set(names["dataset"].map(dataset_name)) - set(COMPOSITE))
    if strange or len(blank) or table.get("seed", pd.Series([0])).nunique() > 1:
        raise DatasetError(
            "These predictions do not fit into a MEGC2019 log.",
            expected=f"one seed, clips of {', '.join(COMPOSITE)}, names without blanks",
            got=", ".join(strange) or (" ".join(blank.iloc[0]) if len(blank) else f"{table['seed'].nunique()} seeds"),
        )
    lines = []
    for (dataset, subject), rows in table.groupby(["dataset", "subject"], sort=False):
        lines.append(f"{dataset} {subject}")
        lines += [f"{row.clip} {row.label} {row.prediction}" for row in rows.itertuples()]
    write_text(path, "\n".join(lines) + "\n")
