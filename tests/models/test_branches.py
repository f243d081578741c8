import pytest
import torch

from fleeting.models import create_model
from fleeting.models.branches import classifier


def test_branches_has_22488451_parameters():
    model = create_model("branches", num_classes=3)
    assert model.count_parameters() == 22_488_451
    assert (len(model.channels), model.input_shape) == (6, (6, 224, 224))


def test_branches_share_nothing():
    model = create_model("branches", size=32, width=4)
    onset, apex = (list(trunk.parameters()) for trunk in (model.onset, model.apex))
    assert {value.data_ptr() for value in onset} & {value.data_ptr() for value in apex} == set()
    assert not torch.equal(model.onset.conv1.weight, model.apex.conv1.weight)


def test_each_branch_sees_its_own_frame_scaled_to_one():
    model, seen = create_model("branches", size=32, width=4).eval(), {}
    for name in ("onset", "apex"):
        model.get_submodule(name).register_forward_pre_hook(lambda _, inputs, name=name: seen.update({name: inputs[0]}))
    assert [name.partition(".")[0] for name in model.channels] == ["onset"] * 3 + ["apex"] * 3
    images = torch.zeros(1, 6, 32, 32)
    images[:, 3:] = 255
    model(images)
    assert seen["onset"].unique().tolist() == [-1]
    assert seen["apex"].unique().tolist() == [1]


def test_head_has_1024_128_32_units_in_xavier_weights():
    torch.manual_seed(0)
    head = classifier(1024, 3)
    layers = [layer for layer in head if isinstance(layer, torch.nn.Linear)]
    assert [tuple(layer.weight.shape) for layer in layers] == [(128, 1024), (32, 128), (3, 32)]
    assert [layer.p for layer in head if isinstance(layer, torch.nn.Dropout)] == [0.5, 0.5]
    assert layers[0].weight.std().item() == pytest.approx((2 / (1024 + 128)) ** 0.5, rel=0.02)
    assert all(not layer.bias.any() for layer in layers)
