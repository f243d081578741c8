import hashlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fleeting.errors import DatasetError, OptionsError
from fleeting.models import create_model
from fleeting.models.imagenet import load_imagenet
from fleeting.models.resnet import PreactResNet10, ResNet18
from fleeting.models.saving import load_model, save_model
from fleeting.models.vgg import SMALL, VGG
from torchvision_layout import made_up_state

WIDTH = 4


def written(path, state):
    """Write a state dict; its path and sha256."""
    save_file(state, path) if path.suffix == ".safetensors" else torch.save(state, path)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["weights.pth", "weights.safetensors"])
def test_every_value_but_the_classifiers_is_loaded(tmp_path, name):
    state, trunk = made_up_state(WIDTH), ResNet18(3, WIDTH)
    load_imagenet(trunk, *written(tmp_path / name, state))
    loaded = trunk.state_dict()
    assert set(state) - set(loaded) == {"fc.weight", "fc.bias"}
    assert [key for key in loaded if not torch.equal(loaded[key], state[key].to(loaded[key].dtype))] == []


def test_files_without_batch_counters_load(tmp_path):
    """Files of torch 0.3 and older, such as resnet18-5c106cde.pth, do not hold them."""
    state = {name: value for name, value in made_up_state(WIDTH).items() if "num_batches" not in name}
    trunk = ResNet18(3, WIDTH)
    load_imagenet(trunk, *written(tmp_path / "old.pth", state))
    assert torch.equal(trunk.conv1.weight, state["conv1.weight"])


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_grey_input_gives_what_it_gave_in_rgb(tmp_path, channels):
    path, digest = written(tmp_path / "weights.pth", made_up_state(WIDTH))
    colour, other = ResNet18(3, WIDTH).eval(), ResNet18(channels, WIDTH).eval()
    load_imagenet(colour, path, digest)
    load_imagenet(other, path, digest)
    grey = torch.rand(2, 1, 33, 33)
    torch.testing.assert_close(colour(grey.repeat(1, 3, 1, 1)), other(grey.repeat(1, channels, 1, 1)))


def test_grey_resnet10_takes_the_mean_of_the_input_normalisation(tmp_path):
    state = PreactResNet10(3, WIDTH).state_dict() | {"bn0.running_mean": torch.tensor([100.0, 110.0, 150.0])}
    trunk = PreactResNet10(1, WIDTH)
    load_imagenet(trunk, *written(tmp_path / "weights.pth", state))
    assert trunk.bn0.running_mean.tolist() == [120.0]
    torch.testing.assert_close(trunk.conv1.weight, state["conv1.weight"].sum(1, keepdim=True))


def vgg_state():
    """Random weights of a small VGG for RGB, with the last layer that files have."""
    return VGG(3, 32, SMALL).state_dict() | {
        "classifier.6.weight": torch.rand(9, 256),
        "classifier.6.bias": torch.rand(9),
    }


@pytest.mark.parametrize("channels", [3, 5])
def test_vgg_takes_every_value_but_the_last_layers(tmp_path, channels):
    state, trunk = vgg_state(), VGG(channels, 32, SMALL)
    load_imagenet(trunk, *written(tmp_path / "vgg.pth", state))
    loaded = trunk.state_dict()
    assert set(state) - set(loaded) == {"classifier.6.weight", "classifier.6.bias"}
    changed = {key for key in loaded if not torch.equal(loaded[key], state[key])}
    assert changed == ({"features.0.weight"} if channels == 5 else set())
    torch.testing.assert_close(loaded["features.0.weight"].sum(1), state["features.0.weight"].sum(1))


def test_every_trunk_of_elrcn_starts_from_the_weights(tmp_path):
    state = vgg_state()
    path, digest = written(tmp_path / "vgg.safetensors", state)
    options = {"trunk": "small", "size": 32, "weights": str(path), "weights_sha256": digest}
    model = create_model("elrcn-te", **options)
    assert [torch.equal(stream.classifier[0].weight, state["classifier.0.weight"]) for stream in model.streams] == [
        True
    ] * 3
    assert (model.options.weights, model.options.weights_sha256) == ("", digest)


def test_vgg_of_another_size_is_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"do not fit VGG(.|\n)*classifier.0.weight is"):
        load_imagenet(VGG(3, 64, SMALL), *written(tmp_path / "vgg.pth", vgg_state()))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"layer3.1.conv2.weight": None}, "layer3.1.conv2.weight is missing"),
        ({"layer5.0.conv1.weight": torch.zeros(1)}, "layer5.0.conv1.weight is unknown"),
        ({"bn1.weight": torch.zeros(5)}, r"bn1.weight is \(5,\) instead of \(4,\)"),
        ({"conv1.weight": torch.zeros(WIDTH, 4, 7, 7)}, r"conv1.weight is \(4, 4, 7, 7\) instead of \(4, 3, 7, 7\)"),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_name(tmp_path, change, fault):
    state = {name: value for name, value in (made_up_state(WIDTH) | change).items() if value is not None}
    trunk = ResNet18(3, WIDTH)
    before = trunk.conv1.weight.clone()
    with pytest.raises(DatasetError, match=fault):
        load_imagenet(trunk, *written(tmp_path / "weights.pth", state))
    assert torch.equal(trunk.conv1.weight, before)


def test_resnet10_refuses_the_weights_of_resnet18(tmp_path):
    with pytest.raises(DatasetError, match=r"do not fit PreactResNet10(.|\n)*bn0.weight is missing(.|\n)*and \d+ more"):
        load_imagenet(PreactResNet10(1, WIDTH), *written(tmp_path / "weights.pth", made_up_state(WIDTH)))


def test_weights_with_another_hash_are_refused(tmp_path):
    path, _ = written(tmp_path / "weights.pth", made_up_state(WIDTH))
    with pytest.raises(DatasetError, match="not the expected file"):
        load_imagenet(ResNet18(3, WIDTH), path, "0" * 64)


def test_weights_without_a_hash_are_refused_and_theirs_is_told(tmp_path):
    path, digest = written(tmp_path / "weights.pth", made_up_state(WIDTH))
    with pytest.raises(OptionsError, match=digest):
        load_imagenet(ResNet18(3, WIDTH), path, "")


class Smuggler:
    """An object whose unpickling makes a file: what a foreign torch file could do."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_files_cannot_run_code(tmp_path):
    path, digest = written(tmp_path / "weights.pth", {"conv1.weight": Smuggler(tmp_path / "made")})
    with pytest.raises(DatasetError, match="cannot be read"):
        load_imagenet(ResNet18(3, WIDTH), path, digest)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("content", [[1, 2], {"state_dict": {}}, {"conv1.weight": 3}])
def test_files_that_are_no_state_dict_are_refused(tmp_path, content):
    with pytest.raises(DatasetError, match="other than a state dict"):
        load_imagenet(ResNet18(3, WIDTH), *written(tmp_path / "weights.pth", content))


@pytest.mark.parametrize("name", ["weights.pth", "weights.safetensors"])
def test_damaged_files_are_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"half a file")
    digest = hashlib.sha256(b"half a file").hexdigest()
    with pytest.raises(DatasetError, match="cannot be read"):
        load_imagenet(ResNet18(3, WIDTH), tmp_path / name, digest)


def test_model_starts_from_the_weights_and_loads_later_without_their_file(tmp_path):
    path, digest = written(tmp_path / "weights.pth", made_up_state(WIDTH))
    options = {"size": 32, "width": WIDTH, "weights": str(path), "weights_sha256": digest}
    model = create_model("apexme", **options).eval()
    assert torch.equal(model.trunk.conv1.weight, made_up_state(WIDTH)["conv1.weight"])
    save_model(tmp_path / "run", "apexme", model)
    path.unlink()
    again = load_model(tmp_path / "run")
    assert (again.options.weights, again.options.weights_sha256) == ("", digest)
    images = 255 * torch.rand(1, 3, 32, 32)
    assert torch.equal(model(images), again(images))


def test_model_says_which_weights_file_is_absent():
    with pytest.raises(DatasetError, match=r"There is no file or folder nowhere\.pth"):
        create_model("apexme", size=32, width=WIDTH, weights="nowhere.pth")


@pytest.mark.parametrize("name", ["apexme", "micro-attention", "nmer", "resnet-10"])
def test_network_of_one_picture_may_look_at_the_stored_flow_image(name):
    model = create_model(name, size=64, width=8, sees="flow").eval()
    assert model.channels == ("u", "v", "strain")
    assert model.input_shape == (3, 64, 64)
    assert model(torch.zeros(2, 3, 64, 64)).shape == (2, 3)
