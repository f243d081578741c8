import pytest

from fleeting.errors import OptionsError
from fleeting.training.ganimation.loop import rate_at
from fleeting.training.ganimation.recipe import GeneratorRecipe, LossTable


def test_presets_have_the_published_weights():
    weights = {name: LossTable(preset=name).weights for name in ("paper", "official", "replicate")}
    assert [(w.adversarial, w.penalty, w.cycle) for w in weights.values()] == [(1, 10, 10)] * 3
    assert [w.au for w in weights.values()] == [4000, 160, 160]
    assert [(w.mask, w.smooth) for w in weights.values()] == [(0.1, 1e-5), (0.1, 25e-5), (0, 0)]
    assert (weights["paper"].mask_norm, weights["official"].mask_norm) == ("l2", "l1")
    assert (weights["paper"].smoothness, weights["official"].smoothness) == ("squared", "absolute")


def test_a_weight_of_zero_can_be_set_over_a_preset():
    weights = LossTable(preset="paper", mask=0, au=7).weights
    assert (weights.mask, weights.au, weights.cycle) == (0, 7, 10)


def test_defaults_are_the_published_sizes():
    recipe = GeneratorRecipe()
    assert (recipe.network.width, recipe.network.blocks, recipe.network.image_size) == (64, 6, 128)
    assert (recipe.train.epochs, recipe.train.decay_epochs, recipe.train.batch, recipe.train.critic_steps) == (
        30,
        10,
        25,
        5,
    )
    assert len(recipe.data.action_units) == 17


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"data": {"action_units": [3]}}, "once"),
        ({"data": {"action_units": [4, 4]}}, "once"),
        ({"train": {"save_every": 150}}, "no multiple of log_every = 100"),
        ({"train": {"epochs": 5}}, "decay_epochs = 10 is more than epochs = 5"),
        ({"loss": {"preset": "offical"}}, "loss.preset"),
    ],
)
def test_faults_are_refused(tables, words):
    with pytest.raises(OptionsError, match=words):
        GeneratorRecipe.parse(tables)


def test_no_step_has_a_rate_of_zero():
    """The replication's last epoch runs at exactly 0."""
    rates = [rate_at(step, 30, 10) for step in range(30)]
    assert rates[:21] == [1.0] * 21
    assert rates[-1] == pytest.approx(0.1)
    assert sorted(rates, reverse=True) == rates
    assert len(set(rates[20:])) == 10
    assert rate_at(29, 30, 0) == 1.0
