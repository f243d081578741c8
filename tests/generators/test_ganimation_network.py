"""The networks have the published sizes and keep their axes; the frame is the mask's mixture."""

import pytest
import torch

from fleeting.errors import OptionsError
from fleeting.generators.ganimation.network import CriticNetwork, GeneratorNetwork, Residual, compose


@pytest.fixture(autouse=True)
def fixed_seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def parameters(network):
    return sum(weight.numel() for weight in network.parameters())


def test_parameters_are_as_many_as_published():
    with torch.device("meta"):
        assert parameters(GeneratorNetwork()) == 8_471_296
        assert parameters(GeneratorNetwork(norm="plain")) == 8_467_584
        assert parameters(CriticNetwork(128)) == 44_860_352


@pytest.mark.parametrize("norm", ["affine", "plain"])
@pytest.mark.parametrize(("batch", "height", "width"), [(1, 32, 32), (2, 40, 36)])
def test_generator_gives_colour_and_mask_of_the_image_in_their_ranges(norm, batch, height, width):
    network = GeneratorNetwork(aus=5, width=4, blocks=1, norm=norm)
    colour, mask = network(torch.rand(batch, 3, height, width) * 2 - 1, torch.rand(batch, 5))
    assert (colour.shape, mask.shape) == ((batch, 3, height, width), (batch, 1, height, width))
    assert colour.abs().max() <= 1
    assert mask.min() >= 0
    assert mask.max() <= 1


def test_generator_draws_each_image_of_a_batch_for_itself():
    network = GeneratorNetwork(width=4, blocks=1)
    images, aus = torch.rand(3, 3, 32, 32) * 2 - 1, torch.rand(3, 17)
    together = network(images, aus)
    alone = network(images[1:2], aus[1:2])
    for part, own in zip(together, alone, strict=True):
        torch.testing.assert_close(part[1:2], own, atol=1e-5, rtol=0)


def test_generator_draws_something_else_for_other_units():
    network = GeneratorNetwork(width=4, blocks=1)
    image = torch.rand(1, 3, 32, 32)
    neutral, smile = torch.zeros(1, 17), torch.zeros(1, 17).index_fill(1, torch.tensor([8]), 1)
    assert not torch.equal(network(image, neutral)[0], network(image, smile)[0])


def test_first_weights_spread_by_two_hundredths():
    layer = GeneratorNetwork(width=32, blocks=0).trunk[6]
    assert layer.weight.std().item() == pytest.approx(0.02, rel=0.02)
    assert layer.bias is None


def test_residual_without_weights_gives_back_its_input_negative_values_too():
    block = Residual(4, "affine")
    for layer in block.body:
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.zeros_(layer.weight)
    features = torch.randn(1, 4, 8, 8)
    torch.testing.assert_close(block(features), features)


@pytest.mark.parametrize(("size", "patches"), [(32, 1), (64, 1), (128, 2), (192, 3)])
def test_critic_keeps_its_axes_at_a_batch_of_one(size, patches):
    judged, aus = CriticNetwork(size, aus=5, width=2)(torch.rand(1, 3, size, size))
    assert (judged.shape, aus.shape) == ((1, patches, patches), (1, 5))


@pytest.mark.parametrize("size", [0, 16, 48, 100, 130])
def test_critic_refuses_images_that_it_cannot_halve(size):
    with pytest.raises(OptionsError, match="a multiple of 64, or 32"):
        CriticNetwork(size)


def test_frame_is_the_image_where_the_mask_is_one_and_the_colour_where_it_is_zero():
    image, colour = torch.full((1, 3, 1, 3), 0.5), torch.full((1, 3, 1, 3), -0.5)
    mask = torch.tensor([1.0, 0.5, 0.0]).view(1, 1, 1, 3)
    assert compose(image, colour, mask)[0, 0, 0].tolist() == [0.5, 0.0, -0.5]


def test_saturated_mask_is_steeper_about_the_middle():
    colour, image = torch.zeros(1, 3, 1, 3), torch.ones(1, 3, 1, 3)
    mask = torch.tensor([0.1, 0.5, 0.9]).view(1, 1, 1, 3)
    made = compose(image, colour, mask, saturate=True)[0, 0, 0]
    torch.testing.assert_close(made, torch.tensor([0.0415, 0.5, 0.9585]), atol=1e-4, rtol=0)
