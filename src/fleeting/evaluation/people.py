"""Who is who: one name for one person, however a table spells it and whichever camera filmed.

The leak rules compare people, not texts: `sub01` and `1` of CASME II are one person, `sub01` of another data set is
somebody else, and SMIC's people were filmed by a high-speed, a visible-light and an infrared camera.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ..types import Clip, Donor

SPELLINGS = {
    "casmeii": "casme2",
    "casme-ii": "casme2",
    "smic-hs": "smic",
    "casme-sq": "casme-squared",
    "cas(me)^2": "casme-squared",
    "casme3-parta": "casme3-a",
    "casme3-partc": "casme3-c",
    "ck+": "ck-plus",
    "ckplus": "ck-plus",
}
"""Other spellings that tables use -> our name of the data set; case, blanks and underscores do not matter."""

SAME_PEOPLE = {"smic-vis": "smic", "smic-nir": "smic", "smic-long": "smic"}
"""Data set -> the group of people that it films, where that is not its own."""

UNKNOWN = "unknown"
"""Subject of all clips of a data set that does not say who is filmed."""

_NUMBERED = re.compile(r"(?:subject|sub|spno\.?|sp|s|p)?0*(\d+)(?:\.0)?")


def dataset_name(dataset: str) -> str:
    """Our name of a data set.

    Example:
        >>> dataset_name("CASME II"), dataset_name("smic_vis"), dataset_name("my lab")
        ('casme2', 'smic-vis', 'my-lab')
    """
    name = dataset.strip().casefold().replace(" ", "-").replace("_", "-")
    return SPELLINGS.get(name, name)


def population(dataset: str) -> str:
    """The group of people that a data set films."""
    name = dataset_name(dataset)
    return SAME_PEOPLE.get(name, name)


def person(item: Clip | Donor) -> str:
    """group/subject of the person whom a clip or a donor shows; for a synthetic clip the portrait behind its identity.

    Example:
        >>> person(Donor("CASME2", "sub01", "EP02_01f")), person(Donor("smic-vis", "s1", "s1_ne_01"))
        ('casme2/1', 'smic/1')
    """
    return _person(item.dataset, item.subject)


@lru_cache(maxsize=1 << 17)
def _person(dataset: str, subject: str) -> str:
    group, name = population(dataset), subject.strip().casefold()
    if group == "synthetic":  # identities are names; faces calls the variations of a portrait NAME+1, NAME+2
        portrait, plus, turn = name.rpartition("+")
        return f"{group}/{portrait if plus and turn.isdecimal() else name}"
    number = _NUMBERED.fullmatch(name)
    return f"{group}/{number[1] if number else name}"
