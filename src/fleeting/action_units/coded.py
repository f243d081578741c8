"""Micro-expressions known only by their FACS codes: which AUs, on which side, no intensities."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..types import AU_NUMBERS, LABELS, Donor, Floats
from .csv_files import read_csv
from .facs import index_of
from .labels import label_of
from .options import MicroOptions
from .packaged import read_rows
from .source import Excluder, Ledger

STAND_INS = {24: 23, 43: 45}
"""AUs outside the 17 that count as a near one: lip pressor as lip tightener, eyes closed as blink (ours)."""

PRIOR_FILES = ("au_combinations.csv", "au_laterality.csv")
PRIOR_DATASETS = ("casme", "casme_sq", "casme3_parta", "casme3_partc", "mmew", "dfme", "4dme")
"""The data sets that the built-in counts were taken over."""

GOLDEN = (5**0.5 - 1) / 2

# T is FACS's "top" (upper lip); it says nothing about left and right.
_CODE = re.compile(r"([BLRT]?)(\d{1,2})([LR]?)")


@dataclass(frozen=True, slots=True)
class CodedItem:
    """One coded clip, or one clip's worth of the built-in counts."""

    active: Floats
    """(17,) float32, 1 where the AU was coded."""
    sides: Floats | None
    """(2, 17), row 0 = subject's left; None = drawn from the laterality counts."""
    emotion: str
    donor: Donor | None


@dataclass(frozen=True, slots=True)
class Laterality:
    """How often each AU is shown on one side only."""

    left: Floats
    """(17,) probability of left only."""
    right: Floats
    """(17,) probability of right only."""

    def draw(self, active: Floats, chance: float) -> Floats:
        """(2, 17) float32 sides for the active AUs; 1 elsewhere.

        Args:
            active: (17,) 1 where the AU is on.
            chance: one number in 0..1 for all AUs, so that those of one draw never lie on different sides. The
                probability of each AU stays what was counted.

        Source: ours; in the coded tables hardly any clip has one AU left and another right.
        """
        on = active > 0
        sides = np.ones((2, len(AU_NUMBERS)), np.float32)
        sides[1, on & (chance < self.left)] = 0
        sides[0, on & (chance >= 1 - self.right)] = 0
        return sides


def read_coded(path: Path, options: MicroOptions, ledger: Ledger, excluder: Excluder) -> list[tuple[int, CodedItem]]:
    """The micro-expressions of a table with columns dataset, subject, clip, au_sides or aus, and cls3 or emotion.

    Convention: codes are separated by spaces or +; a letter before the number gives the side (B both, L, R). A column
    type, where there is one, must say micro. AUs outside the 17 are left out of their row, 24 and 43 aside (STAND_INS).

    Raises:
        ActionUnitError: columns are missing, or an emotion is unknown to the label merge.
    """
    file = read_csv(path)
    codes = "au_sides" if file.has("au_sides") else "aus"
    file.require("dataset", "subject", "clip", codes, options.label_column)
    if file.ragged:
        ledger.dropped["line with the wrong number of cells"] += file.ragged
    items = []
    for cells in file.rows:
        row = dict(zip(file.names, (cell.strip() for cell in cells), strict=True))
        reason = _unwanted(row, options, excluder)
        parsed = parse_codes(row[codes], ledger) if reason is None else ""
        label = None if isinstance(parsed, str) else _label(row, options)
        if isinstance(parsed, str) or label is None:
            ledger.dropped[reason or (parsed if isinstance(parsed, str) else "emotion outside the three classes")] += 1
            continue
        donor = Donor(row["dataset"], row["subject"], row["clip"])
        emotion = row.get("emotion") or row.get("cls3") or LABELS[label]
        items.append((label, CodedItem(*parsed, emotion, donor)))
    return items


def parse_codes(text: str, ledger: Ledger) -> tuple[Floats, Floats] | str:
    """(17,) active and (2, 17) sides of a FACS code text, or why it cannot be used.

    Example:
        >>> active, sides = parse_codes("B4 L12", Ledger())
        >>> [AU_NUMBERS[i] for i in np.flatnonzero(active)], sides[:, index_of(12)].tolist()
        ([4, 12], [1.0, 0.0])
    """
    shown = np.zeros((2, len(AU_NUMBERS)), np.float32)
    for token in re.split(r"[\s+,;]+", text.upper().strip(" +,;")):
        match = _CODE.fullmatch(token)
        if not match:
            return "action-unit code not understood" if token else "no action-unit code"
        number = int(match[2])
        if number in STAND_INS:
            ledger.noted[f"AU{number} read as AU{STAND_INS[number]}"] += 1
            number = STAND_INS[number]
        if number not in AU_NUMBERS:
            ledger.noted[f"AU{number} left out of a row, outside the 17"] += 1
            continue
        side = match[3] or match[1]
        left, right = side != "R", side != "L"
        column = shown[:, index_of(number)]
        np.maximum(column, np.array([left, right], np.float32), out=column)
    active = shown.max(axis=0)
    if not active.any():
        return "no action unit of the 17"
    return active, np.where(active > 0, shown, np.float32(1))


def read_priors() -> tuple[list[tuple[int, CodedItem]], Laterality]:
    """The built-in counts as one item per counted clip, and how often each AU is one-sided.

    The items are ordered so that any stretch of the list has nearly the counted shares: copy k of a combination seen
    c times stands at (k + shift) / c of the way, the shifts spread by the golden ratio so that the many combinations
    seen once do not meet in one place. A cyclic choice thus walks through them evenly.

    Source: counted by us from the FACS codes of 3,846 real MiEs (CASME, CAS(ME)^2, CAS(ME)^3, MMEW, DFME, 4DME;
    CASME II, SMIC and SAMM left out on purpose).
    """
    placed = []
    for rank, row in enumerate(read_rows(PRIOR_FILES[0])):
        active = np.zeros(len(AU_NUMBERS), np.float32)
        active[[index_of(int(number)) for number in row["action_units"].split()]] = 1
        entry = (LABELS.index(row["label"]), CodedItem(active, None, row["label"], None))
        clips = int(row["clips"])
        shift = rank * GOLDEN % 1
        placed += [((copy + shift) / clips, rank, entry) for copy in range(clips)]
    placed.sort(key=lambda item: item[:2])
    return [entry for _, _, entry in placed], _laterality()


def _laterality() -> Laterality:
    left, right = np.zeros((2, len(AU_NUMBERS)), np.float32)
    for row in read_rows(PRIOR_FILES[1]):
        both, only_left, only_right = int(row["both"]), int(row["left"]), int(row["right"])
        total = both + only_left + only_right
        left[index_of(int(row["au"]))] = only_left / total
        right[index_of(int(row["au"]))] = only_right / total
    return Laterality(left, right)


def _unwanted(row: dict[str, str], options: MicroOptions, excluder: Excluder) -> str | None:
    if row.get("type", "micro").casefold() not in ("micro", "micro-expression"):
        return "not a micro-expression"
    if reason := excluder.reason(row["dataset"], row["subject"]):
        return reason
    return None if row[options.label_column] else f"no {options.label_column}"


def _label(row: dict[str, str], options: MicroOptions) -> int | None:
    merge = "cls3" if options.label_column == "cls3" else row["dataset"]
    return label_of(merge, row[options.label_column], where=f"{row['dataset']}/{row['subject']}/{row['clip']}")
