import pytest

from fleeting.evaluation.people import person, population
from fleeting.types import Clip, Donor


def of(dataset, subject):
    return person(Clip(dataset, subject, "c", 0))


@pytest.mark.parametrize("subject", ["sub01", "1", "01", "S1", "s01", "SUB01", "spNO.1", "P001"])
def test_one_person_has_one_name_however_a_table_spells_it(subject):
    assert of("casme2", subject) == "casme2/1"


def test_equal_names_in_two_data_sets_are_two_people():
    assert of("casme2", "sub01") != of("casme", "sub01")


def test_the_cameras_of_smic_film_one_group():
    assert {of(name, "s3") for name in ("smic", "smic-vis", "smic-nir", "smic-long")} == {"smic/3"}
    assert population("SMIC-VIS") == "smic"


def test_a_donor_and_a_clip_of_one_person_agree():
    assert person(Donor("casme_sq", "s15", "x")) == of("casme-squared", "15")


def test_synthetic_identities_are_names_and_no_numbers():
    assert of("synthetic", "s1") != of("synthetic", "1")
