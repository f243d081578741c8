"""One person has one name, however a table spells it."""

import pytest

from fleeting.datasets.subjects import subject_name
from fleeting.errors import DatasetError


@pytest.mark.parametrize("text", ["1", "01", "1.0", "sub01", "Sub1", " sub01 "])
def test_subject_has_one_name_however_it_is_spelled(text):
    assert subject_name("casme2", text) == "sub01"


@pytest.mark.parametrize(("part", "name"), [("samm", "006"), ("smic", "s06"), ("casme3-c", "06"), ("casme", "sub06")])
def test_subject_is_called_as_its_folder(part, name):
    assert subject_name(part, "6") == name


def test_subject_that_is_empty_is_refused_and_not_number_0():
    with pytest.raises(DatasetError, match="subject is empty"):
        subject_name("samm", "")
    with pytest.raises(DatasetError, match="no number"):
        subject_name("samm", "see note")
