import pytest
import torch

from fleeting.models import create_model, list_models
from fleeting.models.ststnet import STSTNet


def test_ststnet_has_1683_parameters():
    assert create_model("ststnet", num_classes=3).count_parameters() == 1683


@pytest.mark.parametrize("padding", [1, 2])
def test_ststnet_ends_in_400_values_for_both_paddings(padding):
    model = STSTNet(3, STSTNet.Options(padding=padding))
    assert model.features(torch.zeros(2, 3, 28, 28)).shape == (2, 400)


def test_ststnet_is_three_separate_streams_in_one_convolution():
    """Run the paper's three streams one by one on slices of the weights: the same maps must come out."""
    torch.manual_seed(0)
    model = STSTNet(3, STSTNet.Options()).eval()
    images = torch.rand(2, 3, 28, 28) * 255
    convolution, relu, norm, *pools = list(model.features)[:-1]
    streams, start = [], 0
    for filters in (3, 5, 8):
        part = slice(start, start + filters)
        maps = torch.nn.functional.conv2d(
            images / 127.5 - 1, convolution.weight[part], convolution.bias[part], padding=2
        )
        maps = relu(maps) / torch.sqrt(norm.running_var[part] + norm.eps)[:, None, None]
        for layer in pools:
            maps = layer(maps)
        streams.append(maps)
        start += filters
    torch.testing.assert_close(torch.cat(streams, 1).flatten(1), model.features(images / 127.5 - 1))


def test_ststnet_scaling_is_stated_and_changes_the_input():
    images = torch.full((1, 3, 28, 28), 127.5)
    centred, raw = (STSTNet(3, STSTNet.Options(scaling=name)) for name in ("centred", "raw"))
    assert float((images * centred.scale + centred.shift).abs().max()) == pytest.approx(0, abs=1e-6)
    assert float((images * raw.scale + raw.shift).max()) == 127.5


def test_models_are_listed_by_pattern():
    assert list_models("sss*") == ["sssn", "sssnet"]
