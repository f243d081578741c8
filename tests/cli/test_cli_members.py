"""The lists show every member with a line of purpose."""

import importlib

import pytest

from fleeting.cli.members import FAMILIES


@pytest.mark.parametrize("verb", sorted(FAMILIES))
def test_list_prints_every_member_with_its_purpose(fleeting, verb):
    package, name = FAMILIES[verb]
    members = getattr(importlib.import_module(f"fleeting.{package}"), name).list()
    shown = fleeting(verb)
    assert shown.code == 0
    lines = [line.split(maxsplit=1) for line in shown.out.splitlines()]
    assert [line[0] for line in lines] == members
    assert all(len(line) == 2 for line in lines)


def test_purposes_stand_below_one_another(fleeting):
    lines = fleeting("datasets", "casme*").out.splitlines()
    assert len({line.index("CAS") for line in lines}) == 1


def test_list_of_models_takes_a_pattern(fleeting):
    assert [line.split()[0] for line in fleeting("models", "sts*").out.splitlines()] == ["ststnet"]
    nothing = fleeting("models", "xyz*")
    assert (nothing.code, nothing.out) == (0, "")


def test_models_are_listed_in_columns_with_input_size_parameters_licence_and_source(fleeting):
    lines = fleeting("models", "*net").out.splitlines()
    row = next(line for line in lines if line.startswith("ststnet "))
    assert row.split("  ")[0] == "ststnet"
    for part in (" u, v, strain ", " 28 x 28 ", " 1,683 ", " own code, Apache-2.0; no weights shipped ", "FG 2019"):
        assert part in row
    assert {line.index("own code") for line in lines} == {row.index("own code")}
