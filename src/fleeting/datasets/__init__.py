"""Labelled clips, recorded and synthetic, behind one interface."""

from __future__ import annotations

from ..families import Family
from .dataset import AbsentError, Dataset

DATASETS = Family(
    "datasets",
    {
        "megc2019-flow": "fleeting.datasets.megc2019_flow:Megc2019Flow",
        "synthetic": "fleeting.datasets.synthetic:Synthetic",
    },
)

__all__ = ["DATASETS", "AbsentError", "Dataset", "list_datasets", "open_dataset"]


def open_dataset(name: str, root: str = "") -> Dataset:
    """Open the data set called `name`.

    Args:
        name: a name of `list_datasets()`.
        root: its folder, "mirror:PATH", or "" for the place where `fleeting download` and the mirror keep it.

    Raises:
        OptionsError: there is no such data set.
        AbsentError: root is "" and the data is not on this machine.
        DatasetError: the data is incomplete or damaged.
        ManifestError: a synthetic data set contradicts its manifest.
    """
    dataset: Dataset = DATASETS.load(name).open(root)
    return dataset


def list_datasets(pattern: str = "*") -> list[str]:
    """The names that match a shell pattern, sorted."""
    return DATASETS.list(pattern)
