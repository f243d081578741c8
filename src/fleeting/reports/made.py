"""What a synthetic data set holds, from its manifest: counts, failures and the action units of each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from .. import manifest
from ..types import AU_NUMBERS, LABELS

COLUMNS = [
    "status", "reason", "label", "au_source", "identity", "donor_dataset", "donor_subject", "z_onset", "z_apex",
    "generator",
]  # fmt: skip
DARK = 0.55
"""Share of the strongest value from which a cell's text is white."""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """The mean rise of every action unit in one class and source."""

    label: str
    source: str
    samples: int
    cells: tuple[tuple[float, str], ...]
    """17 times (mean of z_apex - z_onset, CSS of the cell), order AU_NUMBERS."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was planned and what became of it, over one data set or several."""

    roots: tuple[Path, ...]
    planned: int
    done: int
    identities: int
    donors: int
    """Recorded subjects whose action units were used."""
    generators: tuple[str, ...]
    sources: tuple[str, ...]
    counts: dict[str, dict[str, int]]
    """Class -> source -> finished samples."""
    failures: dict[str, int]
    """Reason -> samples."""
    heat: tuple[HeatRow, ...]

    @property
    def au_numbers(self) -> tuple[int, ...]:
        """The columns of the heat map."""
        return AU_NUMBERS


def describe(roots: Sequence[Path]) -> Made:
    """Read the manifests of one data set, or of one per seed.

    Raises:
        ManifestError: a folder has none, or it cannot be used.
    """
    table = pd.concat([manifest.read(root, COLUMNS) for root in roots])
    done = table[table["status"] == "done"]
    sources = tuple(sorted(map(str, done["au_source"].unique())))
    counted = done.groupby(["label", "au_source"]).size()
    donors = done[done["donor_subject"] != ""]
    return Made(
        roots=tuple(roots),
        planned=len(table),
        done=len(done),
        identities=int(done["identity"].nunique()),
        donors=len(donors[["donor_dataset", "donor_subject"]].drop_duplicates()),
        generators=tuple(sorted(map(str, done["generator"].unique()))),
        sources=sources,
        counts={
            name: {source: int(counted.get((label, source), 0)) for source in sources}
            for label, name in enumerate(LABELS)
        },
        failures={
            str(reason) or "no reason recorded": int(count)
            for reason, count in table.loc[table["status"] != "done", "reason"].value_counts().items()
        },
        heat=_heat(done),
    )


def _heat(done: pd.DataFrame) -> tuple[HeatRow, ...]:
    rows = []
    for names, group in done.groupby(["label", "au_source"], sort=True):
        label, source = map(str, cast(tuple[object, object], names))
        rise = np.stack(group["z_apex"].tolist()) - np.stack(group["z_onset"].tolist())
        rows.append((LABELS[int(label)], source, len(group), rise.mean(axis=0)))
    strongest = max((float(np.abs(mean).max()) for *_, mean in rows), default=0.0) or 1.0
    return tuple(
        HeatRow(label, source, samples, tuple((float(value), shade(float(value) / strongest)) for value in mean))
        for label, source, samples, mean in rows
    )


def shade(share: float) -> str:
    """CSS of a cell: white at 0, deep blue at 1, brown below 0.

    Example:
        >>> shade(0.0)
        'background:rgb(255,255,255);color:#1f2733'
    """
    deep = (18, 78, 107) if share >= 0 else (122, 72, 20)
    part = min(abs(share), 1.0)
    mixed = ",".join(str(round(255 + (channel - 255) * part)) for channel in deep)
    return f"background:rgb({mixed});color:{'#ffffff' if part > DARK else '#1f2733'}"
