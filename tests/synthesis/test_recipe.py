"""What a synthesis recipe accepts, and how much it asks for."""

import pytest

from fleeting.errors import OptionsError
from fleeting.synthesis import SynthesisRecipe


def test_paper_sized_recipe_plans_forty_five_thousand_samples() -> None:
    recipe = SynthesisRecipe.parse({"synthesis": {"identities": 5000}})
    assert (recipe.planned, recipe.shards) == (45_000, 100)


def test_draws_of_a_source_multiply_its_samples() -> None:
    tables = {
        "synthesis": {"identities": 2, "per_class": {"micro": 3}},
        "action_units": {"sources": ["micro", "expert"]},
    }
    recipe = SynthesisRecipe.parse(tables)
    assert recipe.draws == [("micro", 0), ("micro", 1), ("micro", 2), ("expert", 0)]
    assert recipe.planned == 2 * 4 * 3


def test_unknown_key_names_the_nearest() -> None:
    with pytest.raises(OptionsError, match="Did you mean 'identities'"):
        SynthesisRecipe.parse({"synthesis": {"identites": 3}})


@pytest.mark.parametrize(
    ("tables", "text"),
    [
        ({"synthesis": {"identities": 0}}, "greater than or equal to 1"),
        ({"synthesis": {"output": "video"}}, "'frames' or 'flow'"),
        ({"synthesis": {"per_class": {"micr": 2}}}, "'micr'"),
        ({"synthesis": {"quality": 10}}, "greater than or equal to 50"),
    ],
)
def test_wrong_value_says_what_is_allowed(tables: dict[str, dict[str, object]], text: str) -> None:
    with pytest.raises(OptionsError, match=text):
        SynthesisRecipe.parse(tables)
