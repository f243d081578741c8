import pytest
import torch
from torch import nn

from fleeting.models import create_model
from fleeting.training.folds import compiled, stem
from fleeting.training.folds.stack import Stack
from fleeting.training.folds.stem import Geometry, cut_patches, find_stems
from fleeting.training.layers import Shared
from fleeting.training.recipe import TrainTable
from fleeting.training.schedule import epoch_steps

FOLDS, CLIPS = 3, 19
OPTIONS = TrainTable(batch_size=32, device="cpu")


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def step_of(fused, monkeypatch, sign=1.0):
    """The gradients of one step of three folds of STSTNet, and its statistics."""
    monkeypatch.setattr(stem, "FUSED", fused)
    monkeypatch.setattr(compiled, "INSTALLED", False)
    torch.manual_seed(0)
    model = create_model("ststnet")
    with torch.no_grad():
        model.features[2].weight.copy_(sign * (torch.rand(16) + 0.5))
        model.features[2].bias.copy_(torch.randn(16))
    members = (torch.rand(FOLDS, CLIPS) < 0.7).float()
    images = torch.randint(0, 256, (CLIPS, 3, 28, 28)).float()
    images[:3] = 90  # every window of these clips has ties
    stack = Stack(model, members, torch.ones(FOLDS, 3), OPTIONS)
    shared = Shared(next(iter(epoch_steps(CLIPS, OPTIONS, 0, 0))))
    seen = {}
    stack._adam.step = lambda gradients, active: seen.update(gradients)
    stack.step(images, torch.arange(CLIPS) % 3, torch.zeros(CLIPS, dtype=torch.int64), shared)
    return seen, stack.buffers


@pytest.mark.parametrize("onednn", [True, False])
def test_fused_layers_have_the_gradients_and_statistics_of_torchs_layers(monkeypatch, onednn):
    monkeypatch.setattr(stem, "ONEDNN", stem.ONEDNN and onednn)
    fused, plain = step_of(True, monkeypatch), step_of(False, monkeypatch)
    for ours, theirs in zip(fused, plain, strict=True):
        assert ours.keys() == theirs.keys()
        for name, value in ours.items():
            torch.testing.assert_close(value, theirs[name], rtol=2e-4, atol=2e-6, msg=name)


def test_a_scale_that_is_not_positive_goes_through_torchs_layers(monkeypatch):
    """Below zero normalisation turns the order of values round, and pooling first would be wrong."""
    monkeypatch.setattr(stem, "cut_patches", None)  # the fused way would fail
    fused, plain = step_of(True, monkeypatch, sign=-1.0), step_of(False, monkeypatch, sign=-1.0)
    torch.testing.assert_close(fused, plain)


def test_patches_times_filters_are_the_convolution():
    images, layer = torch.randn(5, 3, 9, 9), nn.Conv2d(3, 4, 3, padding=2)
    patches = cut_patches(images, Geometry(2, 3, 3, 1))
    filters = torch.cat([layer.weight.permute(0, 2, 3, 1).reshape(4, -1), layer.bias[:, None]], 1)
    maps = (torch.cat(patches.rows) @ filters.t()).view(5, 11, 11, 4).permute(0, 3, 1, 2)
    torch.testing.assert_close(maps, layer(images), rtol=1e-4, atol=1e-5)
    assert all(torch.equal(rows.t(), columns) for rows, columns in zip(patches.rows, patches.columns, strict=True))


def test_only_networks_that_begin_so_have_a_stem():
    assert [len(find_stems(create_model(name))) for name in ("ststnet", "sssnet", "off-apexnet")] == [1, 0, 0]
    strided = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(), nn.BatchNorm2d(4), nn.MaxPool2d(3))
    overlapping = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.BatchNorm2d(4), nn.MaxPool2d(3, stride=2))
    assert find_stems(strided) == find_stems(overlapping) == []
