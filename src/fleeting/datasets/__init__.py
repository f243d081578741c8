"""Labelled clips, recorded and synthetic, behind one interface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..families import Family
from .dataset import AbsentError, Dataset

DATASETS = Family(
    "datasets",
    {
        "4dme": "fleeting.datasets.fourdme:FourDme",
        "casme": "fleeting.datasets.casme:Casme",
        "casme-squared": "fleeting.datasets.casme_squared:CasmeSquared",
        "casme-squared-macro": "fleeting.datasets.casme_squared:CasmeSquaredMacro",
        "casme2": "fleeting.datasets.casme2:Casme2",
        "casme3-a": "fleeting.datasets.casme3:Casme3A",
        "casme3-c": "fleeting.datasets.casme3:Casme3C",
        "cdmer-lbptop": "fleeting.datasets.cdmer_lbptop:CdmerLbptop",
        "ck-plus": "fleeting.datasets.ck_plus:CkPlus",
        "compmie": "fleeting.datasets.compmie:Compmie",
        "dfme": "fleeting.datasets.dfme:Dfme",
        "megc2019-flow": "fleeting.datasets.megc2019_flow:Megc2019Flow",
        "mmew": "fleeting.datasets.mmew:Mmew",
        "oulu-casia": "fleeting.datasets.oulu_casia:OuluCasia",
        "samm": "fleeting.datasets.samm:Samm",
        "several": "fleeting.datasets.several:Several",
        "smic-hs": "fleeting.datasets.smic:SmicHs",
        "smic-long": "fleeting.datasets.smic:SmicLong",
        "smic-nir": "fleeting.datasets.smic:SmicNir",
        "smic-vis": "fleeting.datasets.smic:SmicVis",
        "synthetic": "fleeting.datasets.synthetic:Synthetic",
    },
)

__all__ = ["DATASETS", "AbsentError", "Dataset", "list_datasets", "open_dataset"]


def open_dataset(name: str, root: str = "", options: Mapping[str, Any] | None = None) -> Dataset:
    """Open the data set called `name`.

    Args:
        name: a name of `list_datasets()`.
        root: its folder, "mirror:PATH", or "" for the place where `fleeting download` and the mirror keep it.
        options: how to read it, see the member's Options; recorded data sets take labels, layout and bad_apex.

    Raises:
        OptionsError: there is no such data set or option.
        AbsentError: root is "" and the data is not on this machine.
        DatasetError: the data is incomplete or damaged.
        ManifestError: a synthetic data set contradicts its manifest.
    """
    dataset: Dataset = DATASETS.load(name).open(root, options)
    return dataset


def list_datasets(pattern: str = "*") -> list[str]:
    """The names that match a shell pattern, sorted."""
    return DATASETS.list(pattern)
