import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from fleeting.models.model import Model
from fleeting.training.folds import compiled, stem
from fleeting.training.folds.stack import Stack
from fleeting.training.layers import Shared
from fleeting.training.recipe import TrainTable
from fleeting.training.schedule import epoch_steps

FOLDS, CLIPS = 12, 19
OPTIONS = TrainTable(batch_size=32, device="cpu")


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def llvm():
    if not compiled.INSTALLED:
        pytest.skip("llvmlite, of the extra `fast`, is not installed")


class Stemmed(Model):
    """A stem, and layers behind it that are not shown here."""

    def __init__(self, image, *layers):
        self.input_shape = image
        super().__init__(3, Model.Options())
        self.layers = nn.Sequential(*layers)
        with torch.no_grad():
            width = self.layers(torch.zeros(2, *image)).flatten(1).shape[1]
        self.head = nn.Linear(width, 3)

    def forward(self, images):
        return self.head(self.layers(images / 127.5 - 1).flatten(1))


def layers(channels, filters, kernel=3, padding=0, pool=(2, 2, 0)):
    return [
        nn.Conv2d(channels, filters, kernel, padding=padding),
        nn.ReLU(),
        nn.BatchNorm2d(filters),
        nn.MaxPool2d(*pool),
    ]


def two_dropouts():
    return [nn.Dropout(0.3), nn.AvgPool2d(2), nn.Dropout(0.4), nn.Tanh(), nn.Dropout(0.2)]


STEMS = {
    "ststnet": lambda: ((3, 28, 28), *layers(3, 16, 3, 2, (3, 3, 1)), nn.Dropout(0.5), nn.AvgPool2d(2)),
    "filters that fill no vector": lambda: ((3, 13, 13), *layers(3, 5), nn.Dropout(0.5), nn.AvgPool2d(2)),
    "many filters": lambda: ((3, 13, 13), *layers(3, 40), nn.Dropout(0.5)),
    "nothing behind": lambda: ((2, 17, 24), *layers(2, 4, 5, 1)),
    "long image, wide kernel": lambda: ((4, 9, 37), *layers(4, 6, 7, 3, (3, 3, 1)), nn.AvgPool2d(2)),
    "windows that no average takes": lambda: ((1, 21, 21), *layers(1, 4, 3, 1, (2, 2, 1)), nn.AvgPool2d(3)),
    "whole channels dropped": lambda: ((3, 13, 13), *layers(3, 8), nn.Dropout2d(0.5), nn.AvgPool2d((2, 2))),
    "averages that overlap": lambda: ((3, 13, 13), *layers(3, 8), nn.Dropout(0.2), nn.AvgPool2d(2, 1), nn.MaxPool2d(2)),
    "averages of different sides": lambda: ((3, 13, 13), *layers(3, 8), nn.AvgPool2d((1, 2))),
    "dropout of nothing": lambda: ((3, 13, 13), *layers(3, 8), nn.Dropout(0.0), nn.AvgPool2d(2), nn.Dropout(0.5)),
    "two dropouts": lambda: ((3, 13, 13), *layers(3, 8), *two_dropouts()),
}


def step_of(model, monkeypatch, way):
    """Gradients and batch statistics of one step of twelve folds."""
    monkeypatch.setattr(stem, "FUSED", way == "compiled")
    monkeypatch.setattr(stem, "cut_patches", None)  # torch's fused way would fail
    torch.manual_seed(1)
    members = (torch.rand(FOLDS, CLIPS) < 0.7).float()
    images = torch.randint(0, 256, (CLIPS, *model.input_shape)).float()
    stack = Stack(copy.deepcopy(model), members, torch.ones(FOLDS, 3), OPTIONS)
    with torch.no_grad():
        for weight in stack.weights.values():  # every fold has weights of its own
            weight.mul_(1 + 0.3 * torch.randn(weight.shape).clamp(-2, 2))
    seen = {}
    stack._adam.step = lambda gradients, active: seen.update(gradients)
    shared = Shared(next(iter(epoch_steps(CLIPS, OPTIONS, 0, 0))))
    stack.step(images, torch.arange(CLIPS) % 3, torch.zeros(CLIPS, dtype=torch.int64), shared)
    return seen | stack.buffers


@pytest.mark.parametrize("name", STEMS)
def test_compiled_stem_has_the_gradients_and_statistics_of_torchs_layers(llvm, monkeypatch, name):
    torch.manual_seed(0)
    model = Stemmed(*STEMS[name]())
    ours, theirs = (step_of(model, monkeypatch, way) for way in ("compiled", "plain"))
    assert ours.keys() == theirs.keys()
    for key, value in ours.items():
        torch.testing.assert_close(value, theirs[key], rtol=2e-4, atol=4e-6, msg=lambda text, key=key: f"{key}: {text}")


@pytest.mark.parametrize("lanes", [4, 8])
def test_processors_with_narrower_vectors_give_the_same(llvm, monkeypatch, lanes):
    from fleeting.training.folds import stem_code

    here = stem_code.machine()
    monkeypatch.setattr(stem_code, "machine", lambda: replace(here, lanes=lanes, registers=16))
    stem_code._made.cache_clear()
    torch.manual_seed(0)
    model = Stemmed(*STEMS["filters that fill no vector"]())
    ours, theirs = (step_of(model, monkeypatch, way) for way in ("compiled", "plain"))
    stem_code._made.cache_clear()
    for key, value in ours.items():
        torch.testing.assert_close(value, theirs[key], rtol=2e-4, atol=4e-6)


def test_what_is_not_a_number_is_not_hidden(llvm, monkeypatch):
    """max(nan, 0) is 0 on most processors."""
    model = Stemmed(*STEMS["nothing behind"]())
    with torch.no_grad():
        model.layers[0].bias[1] = torch.nan
    seen = step_of(model, monkeypatch, "compiled")
    assert seen["model.head.weight"].isnan().any(2).all()
    assert seen["model.layers.2.running_mean"].isnan().all(0).tolist() == [False, True, False, False]


@pytest.mark.parametrize(
    ("image", "pool"),
    [((1, 12, 140), (2, 2, 0)), ((1, 40, 40), (1, 1, 0)), ((1, 40, 40), (16, 16, 0))],
    ids=["wide", "many windows", "large windows"],
)
def test_stem_of_unusual_size_is_left_to_torch(monkeypatch, image, pool):
    with pytest.raises(TypeError, match="NoneType"):  # there are no patches
        step_of(Stemmed(image, *layers(1, 2, pool=pool)), monkeypatch, "compiled")
