"""Action units: the FACS table, table readers, label merges, and the three sources of micro-expressions.

Start with `create_sources(ActionUnitsOptions())`; docs/action_units.md tells what each source does.
"""

from __future__ import annotations

from ..families import Family
from .au_table import AUTable, read_au_table
from .facs import ActionUnit, facs, index_of
from .labels import label_datasets, label_of
from .options import ActionUnitsOptions
from .source import AUSource

__all__ = [
    "ACTION_UNITS",
    "AUSource",
    "AUTable",
    "ActionUnit",
    "ActionUnitsOptions",
    "create_sources",
    "facs",
    "index_of",
    "label_datasets",
    "label_of",
    "list_sources",
    "read_au_table",
]

ACTION_UNITS = Family(
    "action_units",
    {
        "micro": "fleeting.action_units.micro:MicroSource",
        "macro": "fleeting.action_units.macro:MacroSource",
        "expert": "fleeting.action_units.expert:ExpertSource",
    },
)


def create_sources(options: ActionUnitsOptions) -> dict[str, AUSource]:
    """The sources that the options name, in their order, each with its tables read.

    Example:
        >>> sources = create_sources(ActionUnitsOptions(sources=("micro", "expert")))
        >>> sources["micro"].counts()["pool"]
        {'negative': 2616, 'positive': 445, 'surprise': 785}

    Raises:
        OptionsError: a source does not exist, lacks its tables, or has contradicting options.
        DatasetError: a file is not there.
        ActionUnitError: a table cannot be used.
    """
    return {name: ACTION_UNITS.load(name).from_options(options) for name in options.sources}


def list_sources(pattern: str = "*") -> list[str]:
    """The names that match a shell pattern, sorted."""
    return ACTION_UNITS.list(pattern)
