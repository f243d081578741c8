"""Recipes: 260 damaged or made-up ones, absurd numbers, nesting without end."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bad_input.mutations import TIMES, judge, judge_all, mutants
from fleeting.errors import OptionsError
from fleeting.faces import FacesOptions
from fleeting.generators import create_generator
from fleeting.models.sketch import sketch_model
from fleeting.options import DEEPEST, LARGEST, override, read_toml
from fleeting.synthesis.recipe import SynthesisRecipe
from fleeting.training.recipe import TrainingRecipe

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
SECTIONS = ["synthesis", "faces", "action_units", "generator", "micro", "x"]
KEYS = [
    "seed",
    "identities",
    "per_class",
    "size",
    "root",
    "sources",
    "micro",
    "tables",
    "intensity",
    "name",
    "options",
    "",
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**30, -(10**30), 2**63])
    | st.floats()
    | st.text(max_size=8)
)
VALUES = LEAVES | st.lists(LEAVES, max_size=3) | st.dictionaries(st.sampled_from(KEYS), LEAVES, max_size=2)


def parse(tables):
    """As `fleeting synthesize` takes a recipe: all that follows from it must work too."""
    recipe = SynthesisRecipe.parse(tables)
    recipe.digest()
    assert SynthesisRecipe.model_validate_json(recipe.model_dump_json()).digest() == recipe.digest()
    return recipe


@pytest.mark.parametrize("name", ["demo.toml", "leaderboard.toml"])
def test_damaged_recipes_are_read_or_refused(name, tmp_path):
    path, content = tmp_path / name, (RECIPES / name).read_bytes()

    def read(changed):
        path.write_bytes(changed)
        tables = read_toml(path)
        parse({key: table for key, table in tables.items() if key in SynthesisRecipe.model_fields})
        TrainingRecipe.parse({key: table for key, table in tables.items() if key in TrainingRecipe.model_fields})

    assert judge_all(read, mutants(content, 60, seed=1, head=len(content)))["refused"] >= 10


@given(st.dictionaries(st.sampled_from(SECTIONS), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4)))
@settings(max_examples=80 * TIMES, derandomize=True, database=None, deadline=None)
def test_made_up_recipes_are_taken_or_refused(tables):
    judge(parse, tables)


@given(st.text(alphabet="ab.=[]{}\"'1_-#\n \r\t\\eE+:,\ufeff\u0663", max_size=40))
@settings(max_examples=60 * TIMES, derandomize=True, database=None, deadline=None)
def test_made_up_settings_are_taken_or_refused(setting):
    judge(override, {"a": {"b": 1}}, [setting])


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5000,
        "a = " + "{a = " * 5000,
        "a = " + "[" * 100 + "]" * 100,
        ".".join(["a"] * 3000) + " = 1",
        "[" + ".".join(["a"] * 3000) + "]",
        "a = " + "1" * 5000,
    ],
    ids=["lists", "tables", "closed lists", "dotted key", "dotted header", "number"],
)
def test_nesting_and_numbers_without_end_are_refused(text, tmp_path):
    """RecursionError and ValueError, from reading, from copying or from printing the value."""
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(OptionsError, match="not valid TOML"):
        read_toml(tmp_path / "a.toml")


@pytest.mark.parametrize("value", ["[" * 5000, "1" * 5000], ids=["lists", "number"])
def test_set_value_that_toml_gives_up_on_is_text(value):
    assert override({}, [f"a={value}"]) == {"a": value}


def test_set_path_without_end_is_refused():
    with pytest.raises(OptionsError, match="nests too deep"):
        override({}, [".".join(["a"] * (DEEPEST + 1)) + "=1"])


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b""], ids=["with the mark of UTF-8", "without"])
def test_recipe_that_windows_saved_is_read(start, tmp_path):
    (tmp_path / "a.toml").write_bytes(start + b"a = 1\r\n[b]\r\nc = 2\r\n")
    assert read_toml(tmp_path / "a.toml") == {"a": 1, "b": {"c": 2}}


@pytest.mark.parametrize("content", [b"\xff\xfea\x00", b"a = '\x00'", b"a = 1\na = 2", b"\x80"])
def test_recipe_of_other_bytes_or_with_a_key_twice_is_refused(content, tmp_path):
    (tmp_path / "a.toml").write_bytes(content)
    assert judge(read_toml, tmp_path / "a.toml") == "refused"


def test_recipe_beyond_the_limit_is_refused_by_its_size(tmp_path):
    (tmp_path / "a.toml").write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(OptionsError, match="too large"):
        read_toml(tmp_path / "a.toml")


def test_folder_in_place_of_a_recipe_is_refused(tmp_path):
    assert judge(read_toml, tmp_path) == "refused"


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_options_are_finite(value):
    """inf passed, became null on the way to the workers, and stopped each of them."""
    with pytest.raises(OptionsError, match="finite number"):
        FacesOptions.parse({"min_sharpness": value})


def test_wrong_value_is_shortened_in_the_error_text():
    with pytest.raises(OptionsError) as caught:
        FacesOptions.parse({"size": "x" * 100_000, "y" * 100_000: 1})
    assert len(str(caught.value)) < 2000


def test_generator_option_called_name_is_an_unknown_option():
    """It was a TypeError: two values for one argument."""
    with pytest.raises(OptionsError, match="unknown key 'name'"):
        create_generator("still", **{"name": 1})


@pytest.mark.parametrize("name", ["name", "num_classes"])
def test_option_that_is_no_option_of_the_model_is_refused(name):
    with pytest.raises(OptionsError, match=name):
        sketch_model("ststnet", **TrainingRecipe.parse({"model": {"options": {name: 3}}}).model.options)
