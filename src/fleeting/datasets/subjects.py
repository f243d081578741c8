"""One spelling of each subject, however a table writes it: that of the folders and of the composite's list."""

from __future__ import annotations

from ..errors import DatasetError
from ..evaluation.people import person
from ..types import Donor

SPELLED = {
    "casme": "sub{:02d}",
    "casme2": "sub{:02d}",
    "casme3-c": "{:02d}",
    "samm": "{:03d}",
    "smic": "s{:02d}",
    "smic-long": "s{:02d}",
    "smic-nir": "s{:02d}",
    "smic-vis": "s{:02d}",
}
"""Part -> how its subjects are called on disk and in Clip.subject."""


def subject_name(part: str, text: str) -> str:
    """Our spelling of a subject.

    Example:
        >>> subject_name("casme2", "1.0"), subject_name("casme2", "Sub01"), subject_name("samm", "6")
        ('sub01', 'sub01', '006')

    Raises:
        DatasetError: the text is empty or holds no number.
    """
    number = person(Donor(part, text, "")).rpartition("/")[2]
    if not number.isdecimal():
        raise DatasetError("The subject is no number." if text else "The subject is empty.", got=text)
    return SPELLED[part].format(int(number))
