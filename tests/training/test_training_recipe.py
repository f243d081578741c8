import tomllib

import pytest

from fleeting.errors import OptionsError
from fleeting.options import write_toml
from fleeting.training.recipe import TrainingRecipe


def test_empty_recipe_is_direct_deployment_with_three_seeds():
    recipe = TrainingRecipe.parse({})
    assert (recipe.test.protocol, recipe.train.data, recipe.train.seeds) == ("direct", "synthetic", [0, 1, 2])


def test_recipe_survives_toml():
    recipe = TrainingRecipe.parse({"model": {"name": "linear", "options": {"c": 0.1}}, "test": {"protocol": "loso"}})
    assert TrainingRecipe.parse(tomllib.loads(write_toml(recipe.model_dump(mode="json")))) == recipe


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        ({"train": {"epoch": 3}}, "Did you mean 'epochs'"),
        ({"train": {"epochs": 0}}, "train.epochs"),
        ({"train": {"batch_size": 1}}, "train.batch_size"),
        ({"train": {"seeds": []}}, "train.seeds"),
        ({"train": {"seeds": [1, 1]}}, "a seed twice"),
        ({"train": {"data": "both"}}, "trains on synthetic clips only"),
        ({"train": {"data": "recorded"}, "test": {"protocol": "holdout"}}, "trains on synthetic clips only"),
        ({"test": {"protocol": "kfold", "options": {"folds": 1}}}, "folds.: Input should be"),
        ({"test": {"protocol": "best-epoch"}}, "no .best-epoch. in protocols"),
        ({"tests": {}}, "Did you mean 'test'"),
    ],
)
def test_recipe_names_what_is_wrong(tables, problem):
    with pytest.raises(OptionsError, match=problem):
        TrainingRecipe.parse(tables)
