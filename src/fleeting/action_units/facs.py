"""The 17 action units of the Facial Action Coding System (FACS) that Fleeting drives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ..errors import ActionUnitError
from ..types import AU_NUMBERS
from .packaged import read_rows


@dataclass(frozen=True, slots=True)
class ActionUnit:
    """One action unit: a visible movement and the muscles behind it."""

    number: int
    name: str
    muscles: tuple[str, ...]
    region: str
    """brow, eye, cheek, nose, mouth, chin or jaw."""
    two_sides: bool
    """False where the movement is one for both halves of the face: no coded clip shows it on one side."""


@cache
def facs() -> tuple[ActionUnit, ...]:
    """The 17 action units in the order of types.AU_NUMBERS.

    Source: FACS (Ekman & Friesen); `two_sides` is ours, from the counts in tables/au_laterality.csv.

    Example:
        >>> facs()[8].name
        'Lip corner puller'
    """
    return tuple(
        ActionUnit(
            number=int(row["number"]),
            name=row["name"],
            muscles=tuple(row["muscles"].split("; ")),
            region=row["region"],
            two_sides=row["two_sides"] == "yes",
        )
        for row in read_rows("facs.csv")
    )


def index_of(number: int) -> int:
    """Where action unit `number` stands in a 17-vector.

    Example:
        >>> index_of(45)
        16

    Raises:
        ActionUnitError: it is not one of the 17.
    """
    try:
        return AU_NUMBERS.index(number)
    except ValueError:
        raise ActionUnitError(
            f"AU{number} is not one of the 17 action units.", expected=", ".join(map(str, AU_NUMBERS)), got=str(number)
        ) from None
