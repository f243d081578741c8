import pytest
import torch

from fleeting.models import create_model
from fleeting.models.micro_attention import MicroAttentionUnit
from fleeting.models.resnet import PreactResNet10


class Mask(torch.nn.Module):
    """A unit whose mask is the same number everywhere."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def forward(self, parts):
        return torch.full_like(parts[0][:, :1], self.value)


@pytest.mark.parametrize(("name", "parameters"), [("resnet-10", 4_900_295), ("micro-attention", 5_944_775)])
def test_networks_have_the_parameters_of_the_released_ones(name, parameters):
    model = create_model(name, num_classes=5)
    assert model.count_parameters() == parameters
    assert (model.channels, model.input_shape) == (("apex.grey",), (1, 224, 224))


def test_there_is_one_unit_per_block_with_three_inputs_per_map():
    model = create_model("micro-attention", width=8)
    assert [tuple(gate.mix.weight.shape) for gate in model.gates] == [
        (8, 24, 1, 1), (16, 48, 1, 1), (32, 96, 1, 1), (64, 192, 1, 1),
    ]  # fmt: skip


def test_unit_is_the_sigmoid_of_the_mean_over_channels():
    unit = MicroAttentionUnit(2)
    with torch.no_grad():
        unit.mix.weight.copy_(torch.tensor([[1.0, 0, 2, 0, 3, 0], [0, 0, 0, 0, 0, 5]])[:, :, None, None])
    parts = torch.arange(6.0).reshape(3, 1, 2, 1, 1) / 10  # shortcut .0 .1, first convolution .2 .3, second .4 .5
    mask = unit(tuple(parts))
    assert mask.shape == (1, 1, 1, 1)
    mean = ((1 * 0.0 + 2 * 0.2 + 3 * 0.4) + 5 * 0.5) / 2
    assert mask.item() == pytest.approx(1 / (1 + torch.exp(torch.tensor(-mean)).item()))


def test_units_see_shortcut_and_both_convolutions_at_the_size_of_the_block():
    model, seen = create_model("micro-attention", size=64, width=4).eval(), []
    for gate in model.gates:
        gate.register_forward_hook(
            lambda _, inputs, mask: seen.append(([tuple(p.shape) for p in inputs[0]], mask.shape))
        )
    model(torch.rand(2, 1, 64, 64))
    assert [shapes for shapes, _ in seen] == [[(2, 4 << i, 16 >> i, 16 >> i)] * 3 for i in range(4)]
    assert [tuple(mask) for _, mask in seen] == [(2, 1, 16 >> i, 16 >> i) for i in range(4)]


def test_mask_of_zero_leaves_the_trunk_as_it_is():
    trunk, images = PreactResNet10(1, 4).eval(), 255 * torch.rand(2, 1, 64, 64)
    assert torch.equal(trunk(images, [Mask(0.0)] * 4), trunk(images))


def test_last_mask_acts_after_the_last_normalisation():
    trunk, images = PreactResNet10(1, 4).eval(), 255 * torch.rand(2, 1, 64, 64)
    with torch.no_grad():
        trunk.norm.bias.fill_(0.5)
    masks = [Mask(0.0)] * 3 + [Mask(1.0)]
    torch.testing.assert_close(trunk(images, masks), 2 * trunk(images))


def test_first_mask_multiplies_the_first_block():
    trunk, images = PreactResNet10(1, 4).eval(), 255 * torch.rand(2, 1, 64, 64)
    seen = []
    trunk.get_submodule("layer2.0.bn1").register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    trunk(images)
    trunk(images, [Mask(0.25)] + [Mask(0.0)] * 3)
    torch.testing.assert_close(seen[1], 1.25 * seen[0])
