import pytest

from fleeting.action_units import facs, index_of
from fleeting.action_units.packaged import read_rows
from fleeting.errors import ActionUnitError
from fleeting.types import AU_NUMBERS


def test_facs_table_stands_in_the_order_of_the_17_vector():
    assert tuple(unit.number for unit in facs()) == AU_NUMBERS
    assert [index_of(number) for number in (1, 4, 12, 45)] == [0, 2, 8, 16]


def test_facs_rows_carry_name_muscles_and_region():
    puller = facs()[8]
    assert (puller.name, puller.muscles, puller.region) == ("Lip corner puller", ("zygomaticus major",), "mouth")
    assert {unit.region for unit in facs()} == {"brow", "eye", "cheek", "nose", "mouth", "chin", "jaw"}


def test_facs_units_without_two_sides_were_never_coded_on_one_side():
    one_movement = {unit.number for unit in facs() if not unit.two_sides}
    counts = {int(row["au"]): int(row["left"]) + int(row["right"]) for row in read_rows("au_laterality.csv")}
    assert one_movement == {17, 23, 25, 26} == {number for number, count in counts.items() if count == 0}


def test_index_of_refuses_an_au_outside_the_17():
    with pytest.raises(ActionUnitError, match="AU24 is not one of the 17"):
        index_of(24)
