"""A model's facts without its weights are the facts of the model."""

import warnings

import pytest
import torch
from safetensors.torch import save_file

from fleeting.errors import OptionsError
from fleeting.files import sha256
from fleeting.models import create_model
from fleeting.models.sketch import sketch_model
from torchvision_layout import made_up_state


@pytest.mark.parametrize(("name", "options"), [("ststnet", {}), ("rcn-a", {"maps": 64, "pool": 7}), ("sssnet", {})])
def test_sketch_has_the_shape_channels_and_parameters_of_the_model(name, options):
    sketch, model = sketch_model(name, **options), create_model(name, **options)
    assert (sketch.input_shape, sketch.channels) == (model.input_shape, model.channels)
    assert [(key, value.shape) for key, value in sketch.named_parameters()] == [
        (key, value.shape) for key, value in model.named_parameters()
    ]


def test_sketch_takes_no_memory_and_no_random_numbers():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    sketch = sketch_model("htnet")
    assert {value.device.type for value in sketch.parameters()} == {"meta"}
    assert torch.equal(torch.rand(2), expected)


@pytest.mark.parametrize("name", ["weights.pth", "weights.safetensors"])
def test_sketch_of_a_model_that_starts_from_a_file_is_silent(tmp_path, name):
    path = tmp_path / name
    (save_file if path.suffix == ".safetensors" else torch.save)(made_up_state(8), path)
    options = {"size": 64, "width": 8, "weights": str(path), "weights_sha256": sha256(path)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sketch_model("branches", **options).input_shape == (6, 64, 64)


def test_sketch_refuses_an_unknown_option():
    with pytest.raises(OptionsError, match="unknown key 'depht'"):
        sketch_model("ststnet", depht=3)
