"""Which clips the MEGC2019 composite has and which class each is: the organisers' list, never a rule about emotions.

The rule "disgust, repression, happiness, surprise" gives 147 clips of CASME II, the list has 145 of them.
Source: combined_3class_gt.csv of Facial-Micro-ExpressionGC/MEGC2019; our copy is the registry of `megc2019-flow`.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

from ..errors import DatasetError
from ..evaluation.protocols.loso import COMPOSITE, PEOPLE
from ..types import Clip
from .megc2019_flow import registry
from .subjects import subject_name

FILES = ("combined_3class_gt.csv", "combined_3_class_gt.csv", "combined_3class_gt*.csv")

SHOWN = 6
"""Lines of a refused list that the error names."""

SMIC_CLIP = re.compile(r"s0*(\d+)_(ne|po|sur)_0*(\d+)", re.IGNORECASE)


@cache
def official_labels() -> dict[str, int]:
    """Clip key -> class, in the order of the organisers' parts; our own copy of the list."""
    return {item.clip.key: item.clip.label for item in registry()}


def read_official_list(path: Path) -> dict[str, int]:
    """Clip key -> class of the organisers' file, in its order: no header; data set, subject, clip, class.

    Blank lines and the case of the data sets' names do not matter.

    Raises:
        DatasetError: it differs from our copy of the list; the text names the lines (there is a copy of the file with
            a broken row, and labels that are swapped leave all counts as they are).
    """
    official, labels, wrong = official_labels(), dict[str, int](), []
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (UnicodeDecodeError, OSError, csv.Error) as error:
        raise _refused(path, [str(error)]) from None
    for number, cells in enumerate(rows, start=1):
        if not any(cell.strip() for cell in cells):
            continue
        clip = _clip([cell.strip() for cell in cells])
        if clip is None or clip.key in labels or official.get(clip.key) != clip.label:
            wrong.append(f"line {number}: {','.join(cells)!r}")
        if clip is not None:
            labels[clip.key] = clip.label
    wrong += [f"no line for {key}" for key in official if key not in labels]
    if wrong:
        raise _refused(path, wrong)
    return labels


def smic_clip(name: str) -> str:
    """SMIC's clip names with two digits each, as the list has them; other names unchanged.

    Example:
        >>> smic_clip("s3_sur_01"), smic_clip("s03_sur_1")
        ('s03_sur_01', 's03_sur_01')
    """
    parts = SMIC_CLIP.fullmatch(name.strip())
    return f"s{int(parts[1]):02d}_{parts[2].lower()}_{int(parts[3]):02d}" if parts else name


def _clip(cells: list[str]) -> Clip | None:
    if len(cells) != 4 or cells[0].casefold() not in COMPOSITE or cells[3] not in ("0", "1", "2"):
        return None
    part, clip = cells[0].casefold(), smic_clip(cells[2])
    try:
        return Clip(part, subject_name(part, cells[1]), clip, int(cells[3]))
    except DatasetError:
        return None


def _refused(path: Path, wrong: list[str]) -> DatasetError:
    expected = "; ".join(f"{part} {PEOPLE[part]} subjects, {'/'.join(map(str, n))}" for part, n in COMPOSITE.items())
    more = f"; and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    return DatasetError(
        "The list of the MEGC2019 composite is not the organisers'.",
        expected=f"442 clips, negative/positive/surprise: {expected}",
        got="; ".join(wrong[:SHOWN]) + more,
        where=str(path),
        cure="take combined_3class_gt.csv from the organisers, or remove the file: our copy of the list is used then",
    )
