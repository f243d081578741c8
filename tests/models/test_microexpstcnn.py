import pytest
import torch

from fleeting.errors import OptionsError
from fleeting.models import create_model
from fleeting.models.microexpstcnn import convolution, convolved
from fleeting.models.sketch import sketch_model


@pytest.mark.parametrize(("frames", "parameters"), [(96, 44_241_667), (18, 1_643_267)])
def test_parameters_are_those_of_the_papers_lengths(frames, parameters):
    model = sketch_model("microexpstcnn", num_classes=3, frames=frames)
    assert (model.count_parameters(), model.input_shape) == (parameters, (1, frames, 64, 64))


@pytest.mark.parametrize(("frames", "side", "values"), [(96, 64, 345_600), (18, 64, 12_800), (96, 32, 86_400)])
def test_convolution_gives_as_many_values_as_in_the_paper(frames, side, values):
    assert convolved(frames, side) == values
    layers = convolution().to("meta")
    assert layers(torch.empty(1, 1, frames, side, side, device="meta")).shape == (1, values)


def test_fewest_frames_are_seventeen():
    assert create_model("microexpstcnn", frames=17, size=8).layers(torch.rand(1, 1, 17, 8, 8)).shape == (1, 3)
    with pytest.raises(OptionsError, match="frames"):
        create_model("microexpstcnn", frames=16)


def test_classifier_starts_small_and_without_bias():
    torch.manual_seed(0)
    last = create_model("microexpstcnn", num_classes=40, size=8).layers[-1]
    assert last.weight.std().item() == pytest.approx(0.05, rel=0.05)
    assert not last.bias.any()
