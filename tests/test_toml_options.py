"""Recipes: what is refused, how --set changes them, and that they come back as written."""

import datetime
import tomllib

import pytest
from pydantic import Field

from fleeting.errors import OptionsError
from fleeting.options import Options, override, read_toml, write_toml


class Table(Options):
    """One of a list of tables."""

    file: str


class Inner(Options):
    """A table in a table."""

    epochs: int = Field(3, gt=0)
    tables: tuple[Table, ...] = ()


class Outer(Options):
    """A whole recipe."""

    name: str
    inner: Inner = Inner()


def fault(tables):
    with pytest.raises(OptionsError) as raised:
        Outer.parse(tables, where="a.toml")
    return raised.value


def test_parse_fills_in_the_defaults():
    assert Outer.parse({"name": "x"}).inner.epochs == 3


def test_options_cannot_be_changed_afterwards():
    options = Outer.parse({"name": "x"})
    with pytest.raises(ValueError, match="frozen"):
        options.name = "y"


@pytest.mark.parametrize(
    ("tables", "text"),
    [
        ({"name": "x", "iner": {}}, "unknown key 'iner': expected one of inner, name. Did you mean 'inner'?"),
        (
            {"name": "x", "inner": {"epoch": 4}},
            "unknown key 'inner.epoch': expected one of epochs, tables. Did you mean 'epochs'?",
        ),
        (
            {"name": "x", "inner": {"tables": [{"file": "a"}, {"file": "b", "fil": "c"}]}},
            "unknown key 'inner.tables.1.fil': expected one of file. Did you mean 'file'?",
        ),
    ],
)
def test_unknown_key_is_given_with_its_path_and_the_nearest_name(tables, text):
    assert text in fault(tables).problem


def test_wrong_value_is_given_with_its_path_and_what_came():
    problem = fault({"name": "x", "inner": {"epochs": 0}}).problem
    assert problem == "'inner.epochs': Input should be greater than 0, got 0."


def test_missing_key_is_named_and_so_is_the_file():
    error = fault({})
    assert error.problem == "'name' is missing."
    assert error.where == "a.toml"


def test_all_faults_are_listed_at_once():
    problem = fault({"nam": "x", "inner": {"epochs": "many"}}).problem
    assert "'name' is missing" in problem
    assert "unknown key 'nam'" in problem
    assert "'inner.epochs'" in problem


def test_digest_does_not_depend_on_the_order_of_keys_but_on_every_value():
    one = Outer.parse({"name": "x", "inner": {"epochs": 4}}).digest()
    assert Outer.parse({"inner": {"epochs": 4}, "name": "x"}).digest() == one
    assert Outer.parse({"name": "x", "inner": {"epochs": 5}}).digest() != one


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("0.5", 0.5),
        ("true", True),
        ("[0, 1]", [0, 1]),
        ('"3"', "3"),
        ("{a = 1}", {"a": 1}),
        ("ststnet", "ststnet"),
        ("mirror:faces/a b", "mirror:faces/a b"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_set_reads_toml_values_and_else_plain_text(text, value):
    changed = override({}, [f"table.key={text}"])["table"]["key"]
    assert changed == value
    assert type(changed) is type(value)


def test_set_keeps_the_other_keys_and_the_callers_tables():
    tables = {"train": {"epochs": 3, "seeds": [0]}, "when": datetime.date(2020, 1, 1)}
    changed = override(tables, ["train.epochs=5", "train.epochs=6"])
    assert changed == {"train": {"epochs": 6, "seeds": [0]}, "when": datetime.date(2020, 1, 1)}
    assert tables["train"] == {"epochs": 3, "seeds": [0]}


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("train.epochs", "A --set was not understood."),
        ("=3", "A --set was not understood."),
        ("train.epochs.more=3", "--set train.epochs.more: 'epochs' is a value, not a table."),
    ],
)
def test_set_that_cannot_be_applied_is_an_error(setting, problem):
    with pytest.raises(OptionsError) as raised:
        override({"train": {"epochs": 3}}, [setting])
    assert raised.value.problem == problem
    assert raised.value.got == setting


def test_written_toml_reads_back_without_the_none_values():
    tables = {"name": "x", "root": None, "inner": {"list": [{"a": 1, "b": None}], "pair": (1, 2.5)}}
    text = write_toml(tables, ["As run.", "Twice."])
    assert text.startswith("# As run.\n# Twice.\n\n")
    assert tomllib.loads(text) == {"name": "x", "inner": {"list": [{"a": 1}], "pair": [1, 2.5]}}


def test_a_recipe_that_is_absent_broken_or_no_file_says_where(tmp_path):
    (tmp_path / "broken.toml").write_text("a = [1,\nb")
    for path, text in [
        (tmp_path / "none.toml", "There is no recipe"),
        (tmp_path / "broken.toml", "not valid TOML"),
        (tmp_path, "cannot be read"),
        (tmp_path / "broken.toml" / "inside.toml", "cannot be read"),
    ]:
        with pytest.raises(OptionsError, match=text) as raised:
            read_toml(path)
        assert raised.value.where == str(path)
