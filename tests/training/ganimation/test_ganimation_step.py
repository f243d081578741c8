import copy

import pytest
import torch

from fleeting.training.ganimation.loop import _pieces
from fleeting.training.ganimation.order import Order
from fleeting.training.ganimation.processes import Process
from fleeting.training.ganimation.sheet import look
from fleeting.training.ganimation.step import Training

ALONE = Process(0, 1, torch.device("cpu"))


def weights_of(network):
    return torch.cat([weight.detach().flatten().clone() for weight in network.parameters()])


@pytest.fixture
def begun(images, small):
    """Gives a fresh training and the pieces of its first batch."""

    def begin(count=1, **tables):
        recipe = small(**tables)
        training = Training(recipe, ALONE)
        return training, _pieces(Order(images, recipe).load(0, 0, 1), count, training)

    return begin


def test_a_critic_step_leaves_the_generator_alone(begun):
    training, pieces = begun()
    before = weights_of(training.generator), weights_of(training.critic)
    training.update_critic(pieces)
    assert torch.equal(weights_of(training.generator), before[0])
    assert not torch.equal(weights_of(training.critic), before[1])


def test_a_generator_step_leaves_the_critic_alone(begun):
    training, pieces = begun()
    before = weights_of(training.generator), weights_of(training.critic)
    training.update_generator(pieces)
    assert not torch.equal(weights_of(training.generator), before[0])
    assert torch.equal(weights_of(training.critic), before[1])


@pytest.mark.parametrize("preset", ["paper", "official"])
def test_accumulated_pieces_give_the_gradient_of_one_batch(begun, preset):
    """With channels last, torch 2.13 on a CPU gives pieces of one image a wrong gradient: they keep the other order."""
    gradients = []
    for count in (1, 4):
        tables = {"loss": {"preset": preset}, "train": {"accumulate": count}}
        training, pieces = begun(count, **tables)
        assert len(pieces) == count
        training.update_critic(pieces)
        gradients.append(torch.cat([w.grad.flatten() for w in training.critic.parameters() if w.grad is not None]))
        training, _ = begun(count, **tables)
        training.update_generator(pieces)
        gradients.append(torch.cat([w.grad.flatten() for w in training.generator.parameters()]))
    for whole, summed in zip(gradients[:2], gradients[2:], strict=True):
        assert (summed - whole).norm() < 1e-3 * whole.norm()


def test_the_average_follows_the_generator_by_hand(begun):
    training, pieces = begun(train={"ema": 0.15})
    start = weights_of(training.generator)
    training.update_generator(pieces)
    first = weights_of(training.generator)
    torch.testing.assert_close(weights_of(training.average), 0.1 * start + 0.9 * first)  # 1 / (1 + 9), below .15
    training.update_generator(pieces)
    expected = 0.15 * (0.1 * start + 0.9 * first) + 0.85 * weights_of(training.generator)  # 2 / (2 + 9) is above .15
    torch.testing.assert_close(weights_of(training.average), expected)


def test_an_average_without_memory_is_the_generator(begun):
    training, pieces = begun(train={"ema": 0})
    training.update_generator(pieces)
    assert torch.equal(weights_of(training.average), weights_of(training.generator))


def test_networks_know_the_trained_units_alone(begun):
    training, pieces = begun()
    responses, _ = look(training.generator, pieces[0].images, pieces[0].aus, [4, 12])
    assert list(responses) == ["response_4", "response_12"]
    assert min(responses.values()) > 0
    assert training.generator.aus == training.critic.aus == 2


def test_bfloat16_steps_stay_close_to_full_precision(begun):
    losses = []
    for amp in ("off", "on"):
        training, pieces = begun(train={"amp": amp})
        losses.append(training.update_critic(pieces) | training.update_generator(pieces))
    for name in ("au_real", "cycle", "mask"):
        assert losses[1][name].item() == pytest.approx(losses[0][name].item(), rel=0.05)


def test_equal_seeds_give_equal_first_weights(begun):
    first, _ = begun()
    second, _ = begun()
    other, _ = begun(train={"seed": 1})
    assert torch.equal(weights_of(first.critic), weights_of(second.critic))
    assert not torch.equal(weights_of(first.critic), weights_of(other.critic))


def test_narrow_networks_begin_with_signals_of_the_published_size(begun):
    """At the published spread a critic of width 4 begins with action units of about 1e-8."""
    training, pieces = begun()
    estimated = training.critic(pieces[0].images)[1]
    assert estimated.abs().mean() > 1e-3


def test_a_training_is_a_function_of_its_seed(begun):
    ends = []
    for _ in range(2):
        training, pieces = begun()
        training.update_critic(pieces)
        training.update_generator(pieces)
        ends.append(copy.deepcopy(weights_of(training.generator)))
    assert torch.equal(*ends)


def test_teaching_the_critic_lowers_its_error_and_leaves_the_generator_alone(begun):
    training, pieces = begun(train={"critic_rate": 1e-3})
    before = weights_of(training.generator)
    first = training.update_critic(pieces)["au_real"]
    for _ in range(40):
        training.teach_critic(pieces, 1.0)
    assert training.update_critic(pieces)["au_real"] < 0.5 * first
    assert torch.equal(weights_of(training.generator), before)


def test_the_critic_learns_from_images_at_their_hardest(begun):
    """The same first batch is harder by more, the longer the change may be."""
    errors = []
    for attack in (0.0, 1.0, 2.0):
        training, pieces = begun(train={"critic_attack": attack})
        errors.append(training.update_critic(pieces)["au_real"])
    assert errors[0] < errors[1] < errors[2]
