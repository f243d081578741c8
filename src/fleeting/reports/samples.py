"""The samples of a synthetic data set that are shown, chosen evenly over classes and action-unit sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from .. import manifest
from ..datasets import open_dataset
from ..datasets.dataset import Holds
from ..types import AU_NUMBERS, LABELS, Image

COLUMNS = ["key", "status", "label", "au_source", "identity", "z_onset", "z_apex"]
NAMED_AUS = 4
"""Action units named under a sample; the strongest come first."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One sample to look at."""

    key: str
    label: int
    source: str
    identity: str
    rise: npt.NDArray[np.float64]
    """(17,) z_apex - z_onset, order AU_NUMBERS."""
    images: Image
    """(T, H, W, 3) uint8 RGB, onset first and apex last; (1, 28, 28, 3) = u, v, strain where there are no pixels."""

    @property
    def group(self) -> tuple[str, str]:
        """Class name and source: what samples are sorted by."""
        return LABELS[self.label], self.source

    @property
    def action_units(self) -> str:
        """The strongest action units, for example "AU4 .31  AU7 .20"."""
        order = [index for index in np.argsort(-self.rise, kind="stable") if self.rise[index] >= 0.005]
        if not order:
            return "no action unit"
        more = f"  +{len(order) - NAMED_AUS}" if len(order) > NAMED_AUS else ""
        named = (f"AU{AU_NUMBERS[index]} {self.rise[index]:.2f}".replace(" 0.", " .") for index in order[:NAMED_AUS])
        return "  ".join(named) + more


@dataclass(frozen=True, slots=True)
class Selection:
    """Samples in the order class, source, and what they are."""

    holds: Holds
    shown: Sequence[Shown]

    def groups(self) -> dict[tuple[str, str], list[Shown]]:
        """The samples by class and source."""
        found: dict[tuple[str, str], list[Shown]] = {}
        for item in self.shown:
            found.setdefault(item.group, []).append(item)
        return found

    def one_per_class(self) -> list[Shown]:
        """The first sample of every class."""
        return list({item.label: item for item in reversed(self.shown)}.values())[::-1]

    def one_each(self) -> list[Shown]:
        """The first sample of every class and source."""
        return [items[0] for items in self.groups().values()]


def select(root: Path, count: int, rng: np.random.Generator) -> Selection:
    """Choose and read samples of the data set at `root`.

    Args:
        root: the data set's folder.
        count: how many to show in all; every class and source gets at least one, and all get equally many.
        rng: draws which ones.

    Raises:
        DatasetError: the folder does not exist.
        ManifestError: it is no finished data set, or a sample cannot be read.
    """
    dataset = open_dataset("synthetic", str(root))
    table = manifest.read(root, COLUMNS)
    done = table[table["status"] == "done"]
    groups = list(done.groupby(["label", "au_source"], sort=True))
    each = max(1, count // len(groups))
    chosen = pd.concat([_spread_out(group, each, rng) for _, group in groups])
    clips = {clip.clip: clip for clip in dataset.clips()}
    shown = [
        Shown(
            key=str(row.key),
            label=int(str(row.label)),
            source=str(row.au_source),
            identity=str(row.identity),
            rise=np.subtract(np.asarray(row.z_apex, np.float64), np.asarray(row.z_onset, np.float64)),
            images=dataset.frames(clips[str(row.key)]),
        )
        for row in chosen.itertuples()
    ]
    return Selection(dataset.holds, shown)


def _spread_out(group: pd.DataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Some rows of a group in random order, new identities before known ones."""
    mixed = group.iloc[rng.permutation(len(group))]
    again = mixed.groupby("identity").cumcount()
    return mixed.iloc[np.argsort(again.to_numpy(), kind="stable")[:count]]
