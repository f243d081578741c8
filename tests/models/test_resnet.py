import pytest
import torch
from torch.nn.functional import batch_norm, conv2d, max_pool2d, relu

from fleeting.models.resnet import PreactResNet10, ResNet18
from torchvision_layout import made_up_state, torchvision_shapes

WIDTH = 4


def normalised(state, maps, name):
    """Batch normalisation in evaluation mode with the values of a state dict."""
    mean, var, weight, bias = (state[f"{name}.{key}"] for key in ("running_mean", "running_var", "weight", "bias"))
    return batch_norm(maps, mean, var, weight, bias)


def torchvision_forward(state, images):
    """ResNet-18 in evaluation mode, written from its description, on the values of a state dict."""
    maps = relu(normalised(state, conv2d(images, state["conv1.weight"], stride=2, padding=3), "bn1"))
    maps = max_pool2d(maps, 3, 2, padding=1)
    for stage in range(1, 5):
        for block in range(2):
            name, stride = f"layer{stage}.{block}", 2 if stage > 1 and block == 0 else 1
            inner = conv2d(maps, state[f"{name}.conv1.weight"], stride=stride, padding=1)
            inner = conv2d(relu(normalised(state, inner, f"{name}.bn1")), state[f"{name}.conv2.weight"], padding=1)
            if stride == 2:
                shortcut = conv2d(maps, state[f"{name}.downsample.0.weight"], stride=2)
                maps = normalised(state, shortcut, f"{name}.downsample.1")
            maps = relu(normalised(state, inner, f"{name}.bn2") + maps)
    return maps


def caffe_forward(state, images):
    """The pre-activation ResNet-10 in evaluation mode, written from the table of its released network."""
    maps = conv2d(normalised(state, images, "bn0"), state["conv1.weight"], stride=2, padding=3)
    maps = max_pool2d(relu(normalised(state, maps, "bn1")), 3, 2, ceil_mode=True)
    for stage in range(1, 5):
        name, stride, shortcut = f"layer{stage}.0", 1, maps
        if stage > 1:
            maps, stride = relu(normalised(state, maps, f"{name}.bn1")), 2
            shortcut = conv2d(maps, state[f"{name}.downsample.0.weight"], stride=2)
        inner = conv2d(maps, state[f"{name}.conv1.weight"], stride=stride, padding=1)
        inner = conv2d(relu(normalised(state, inner, f"{name}.bn2")), state[f"{name}.conv2.weight"], padding=1)
        maps = inner + shortcut
    return relu(normalised(state, maps, "norm"))


def test_resnet18_with_a_classifier_has_the_published_number_of_parameters():
    weights = sum(value.numel() for value in ResNet18().parameters())
    assert weights + 512 * 1000 + 1000 == 11_689_512


def test_resnet18_is_laid_out_as_in_torchvision():
    shapes = {name: shape for name, shape in torchvision_shapes(64).items() if not name.startswith("fc.")}
    assert {name: tuple(value.shape) for name, value in ResNet18().state_dict().items()} == shapes


def test_resnet18_computes_what_torchvisions_does():
    state, images = made_up_state(WIDTH), torch.rand(2, 3, 70, 50)
    trunk = ResNet18(3, WIDTH).eval()
    trunk.load_state_dict({name: value for name, value in state.items() if not name.startswith("fc.")})
    torch.testing.assert_close(trunk(images), torchvision_forward(state, images))


def test_resnet10_computes_what_its_table_says():
    torch.manual_seed(0)
    trunk, images = PreactResNet10(1, WIDTH).eval(), 255 * torch.rand(2, 1, 70, 50)
    state = trunk.state_dict()
    for name, value in state.items():
        if name.endswith(("weight", "bias")):
            value.copy_(torch.rand_like(value) - 0.5)
    torch.testing.assert_close(trunk(images), caffe_forward(state, images))


@pytest.mark.parametrize("kind", [ResNet18, PreactResNet10])
def test_trunk_halves_its_maps_from_56_to_7(kind):
    """The pooling of ResNet-10 has no padding and rounds up, that of ResNet-18 has padding and rounds down."""
    trunk, sides = kind(1, WIDTH).eval(), []
    for stage in range(1, 5):
        block = trunk.get_submodule(f"layer{stage}.0.conv1")
        block.register_forward_hook(lambda _module, _inputs, output: sides.append(output.shape[-1]))
    maps = trunk(torch.rand(1, 1, 224, 224))
    assert sides == [56, 28, 14, 7]
    assert maps.shape == (1, 8 * WIDTH, 7, 7)


def test_resnet10_pools_the_first_pixel_without_padding():
    """Padded pooling would centre its first window on row 0; this one begins there and reaches to row 2."""
    trunk = PreactResNet10(1, WIDTH)
    maps = torch.zeros(1, 1, 6, 6)
    maps[0, 0, 2, 0] = 1
    assert trunk.maxpool(maps)[0, 0, :, 0].tolist() == [1, 1, 0]


def test_resnet10_answers_alike_for_brighter_and_flatter_images_in_training():
    """The normalisation of the input takes an even change of light away."""
    trunk = PreactResNet10(1, WIDTH)
    images = 255 * torch.rand(2, 1, 64, 64)
    torch.testing.assert_close(trunk(images), trunk(images * 0.5 + 60), atol=1e-3, rtol=1e-3)
