import hashlib

import pytest
import torch
from safetensors.torch import save_file

from fleeting.errors import OptionsError
from fleeting.models import create_model
from fleeting.models.sketch import sketch_model
from torchvision_layout import made_up_state


def test_large_trunk_makes_about_80_million_parameters():
    model = sketch_model("tlcnn", num_classes=3, trunk="vgg-m")
    cnn = sum(weight.numel() for weight in model.streams.parameters())
    assert (cnn, model.temporal[0].cells.input_size) == (75_733_440, 4096)
    assert 79_000_000 < model.count_parameters() < 81_000_000
    assert model(torch.empty(2, *model.input_shape, device="meta")).shape == (2, 3)


def test_default_is_a_resnet_18_on_32_grey_frames_and_an_lstm_of_256():
    model = sketch_model("tlcnn", num_classes=3)
    assert (model.channels, model.input_shape) == (("grey",), (1, 32, 128, 128))
    resnet = 11_176_512 - 2 * 64 * 49
    lstm = 4 * 256 * (512 + 256 + 2)
    assert model.count_parameters() == resnet + lstm + 256 * 3 + 3 + 512 * 3 + 3


@pytest.mark.parametrize("options", [{"size": 64}, {"width": 32}, {"weights": "resnet18.pth"}])
def test_large_trunk_takes_no_option_of_the_other(options):
    with pytest.raises(OptionsError, match=r'"vgg-m" takes size = 128'):
        create_model("tlcnn", trunk="vgg-m", **options)


def test_trunk_starts_from_a_file_of_weights(tmp_path):
    path, state = tmp_path / "resnet18.safetensors", made_up_state(4)
    save_file(state, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    model = create_model("tlcnn", size=32, width=4, weights=str(path), weights_sha256=digest)
    trunk = model.streams[0][0]
    assert torch.equal(trunk.layer4[1].conv2.weight, state["layer4.1.conv2.weight"])
    torch.testing.assert_close(trunk.conv1.weight, state["conv1.weight"].sum(1, keepdim=True))
    assert (model.options.weights, model.options.weights_sha256) == ("", digest)
