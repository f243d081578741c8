import pytest
import torch
from torch import nn

from fleeting.errors import OptionsError
from fleeting.models import create_model
from fleeting.models.sketch import sketch_model
from fleeting.models.vgg import VGG


def size_of(network):
    return sum(weight.numel() for weight in network.parameters())


@pytest.mark.parametrize(
    ("inputs", "channels", "parameters"),
    [("flow", 3, 134_260_544), ("flow-strain", 4, 134_261_120), ("flow-strain-grey", 5, 134_261_696)],
)
def test_spatial_enrichment_has_one_vgg_16_over_all_channels(inputs, channels, parameters):
    model = sketch_model("elrcn-se", inputs=inputs)
    assert model.input_shape == (channels, 9, 224, 224)
    assert [size_of(stream) for stream in model.streams] == [parameters]


@pytest.mark.parametrize(("inputs", "networks"), [("flow", 1), ("flow-strain", 2), ("flow-strain-grey", 3)])
def test_temporal_enrichment_has_a_vgg_16_of_three_channels_for_each_kind(inputs, networks):
    model = sketch_model("elrcn-te", inputs=inputs)
    assert [size_of(stream) for stream in model.streams] == [134_260_544] * networks
    assert model.temporal[0].cells.input_size == 4096 * networks


def test_kinds_with_one_map_are_seen_three_times():
    assert sketch_model("elrcn-te").channels == ("u", "v", "magnitude", "strain", "grey")
    assert sketch_model("elrcn-te").picks == [[0, 1, 2], [3, 3, 3], [4, 4, 4]]
    assert sketch_model("elrcn-se").picks == [[0, 1, 2, 3, 4]]


@pytest.mark.parametrize(("name", "features"), [("elrcn-se", 4096), ("elrcn-te", 12288)])
def test_temporal_part_is_an_lstm_of_3000_and_a_layer_of_128(name, features):
    gates, dense = 4 * 3000 * (features + 3000 + 2), 3000 * 128 + 128
    assert size_of(sketch_model(name).temporal) == gates + dense + 128 * 3 + 3


def test_vgg_16_has_its_layers_where_torchvision_has_them():
    trunk = VGG(3, 32)
    places = [number for number, layer in enumerate(trunk.features) if isinstance(layer, nn.Conv2d)]
    assert places == [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
    assert [layer.out_features for layer in (trunk.classifier[0], trunk.classifier[3])] == [4096, 4096]


def test_small_trunk_answers_at_the_size_of_the_paper():
    model = create_model("elrcn-te", trunk="small").eval()
    assert model.count_parameters() == 5_592_812
    assert model(255 * torch.rand(1, *model.input_shape)).shape == (1, 3)


def test_side_that_five_poolings_do_not_divide_is_refused():
    with pytest.raises(OptionsError, match="size"):
        create_model("elrcn-se", size=100)
