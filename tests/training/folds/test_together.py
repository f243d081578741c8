import copy

import numpy as np
import pytest
import torch
from torch import nn

from fake_synthetic import flow_image
from fleeting.models import create_model
from fleeting.models.model import Model
from fleeting.training.folds import compiled, together
from fleeting.training.folds.together import Together
from fleeting.training.loop import Clips, predict, seeded, train
from fleeting.training.recipe import TrainTable

CLIPS = 24
LABELS = np.arange(CLIPS) % 3
IMAGES = np.stack([flow_image(label, np.random.default_rng(index)) for index, label in enumerate(LABELS)])
POOL = Clips(IMAGES, LABELS)
FOLDS = [np.flatnonzero(np.arange(CLIPS) % 4 != fold) for fold in range(4)]
FEW = np.array([0, 1, 2])
"""A fold that is absent from most batches."""
OPTIONS = TrainTable(epochs=4, batch_size=8, learning_rate=1e-3, weight_decay=1e-3, device="cpu")


class Plain(Model):
    """A convolution without batch normalisation."""

    input_shape = (3, 28, 28)

    def __init__(self):
        super().__init__(3, Model.Options())
        self.layers = nn.Sequential(
            nn.Conv2d(3, 5, 3), nn.ReLU(), nn.MaxPool2d(4), nn.Dropout(0.3), nn.Flatten(), nn.Linear(180, 3)
        )

    def forward(self, images):
        return self.layers(images / 127.5 - 1)


class Normalised(Plain):
    """Two normalisations, one of them behind a layer that the fused stem does not know."""

    def __init__(self):
        super().__init__()
        self.layers.insert(1, nn.BatchNorm2d(5))
        self.layers.insert(len(self.layers) - 1, nn.BatchNorm1d(180))


class TwoStems(Model):
    """Two streams, each with a fused stem, that see different inputs."""

    input_shape = (3, 28, 28)

    def __init__(self):
        super().__init__(3, Model.Options())
        self.streams = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(3, 4, 3), nn.ReLU(), nn.BatchNorm2d(4), nn.MaxPool2d(2), nn.Dropout(drop), nn.AvgPool2d(3)
            )
            for drop in (0.0, 0.2)
        )
        self.head = nn.Linear(2 * 4 * 16, 3)

    def forward(self, images):
        images = images / 127.5 - 1
        maps = [stream(view) for stream, view in zip(self.streams, (images, images.square()), strict=True)]
        return self.head(torch.cat(maps, 1).flatten(1))


class OwnLoss(Plain):
    """Further terms in the loss."""

    def loss(self, batch):
        return super().loss(batch) + 0.1 * batch.progress * self.layers[-1].weight.square().sum()


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def build(kind):
    with seeded(0):
        return create_model("ststnet") if kind == "ststnet" else kind()


# Normalisation gives some weights a gradient of 0, and Adam turns its rounding into steps (float64 agrees to 1e-9)
@pytest.mark.parametrize(
    ("kind", "near"), [(Plain, 1e-5), (OwnLoss, 1e-5), (Normalised, 2e-3), (TwoStems, 4e-4), ("ststnet", 4e-4)]
)
@pytest.mark.parametrize("installed", [True, False])
def test_folds_trained_together_are_the_folds_trained_one_by_one(monkeypatch, installed, kind, near):
    monkeypatch.setattr(compiled, "INSTALLED", compiled.INSTALLED and installed)
    model, rows = build(kind), [*FOLDS, FEW]
    group = Together(model, POOL, rows, OPTIONS, seed=3)
    group.run()
    for fold, places in enumerate(rows):
        alone = copy.deepcopy(model)
        history = train(alone, POOL, OPTIONS, 3, rows=places)
        answers = [predict(one, IMAGES, flip=False) for one in (group.model(fold), alone)]
        np.testing.assert_allclose(*answers, atol=near)
        learnt = np.abs(answers[0] - predict(model, IMAGES, flip=False)).max()
        assert learnt > max(3 * near, 0.005)
        for ours, theirs in zip(group.history[fold], history, strict=True):
            assert ours.epoch == theirs.epoch
            assert ours.loss == pytest.approx(theirs.loss, abs=1e-3)


@pytest.mark.parametrize("kind", [Plain, Normalised, TwoStems, "ststnet"])
def test_clips_outside_the_fold_change_nothing(kind):
    """Batch statistics above all: test clips are in the batch, with weight 0."""
    places = FOLDS[1]
    others = np.setdiff1d(np.arange(CLIPS), places)
    spoilt = IMAGES.copy()
    spoilt[others] = 255 - spoilt[others] // 3
    wrong = np.where(np.isin(np.arange(CLIPS), others), 2 - LABELS, LABELS)
    answers = []
    for clips in (POOL, Clips(spoilt, wrong)):
        group = Together(build(kind), clips, FOLDS, OPTIONS, seed=0)
        group.run()
        answers.append(predict(group.model(1), IMAGES, flip=False))
    np.testing.assert_array_equal(*answers)


def test_a_fold_does_not_depend_on_the_company_it_trains_in():
    answers = []
    for rows in ([FOLDS[0], FOLDS[1]], [FOLDS[0], FEW, FOLDS[3], FOLDS[2]]):
        group = Together(build(Plain), POOL, rows, OPTIONS, seed=0)
        group.run()
        answers.append(predict(group.model(0), IMAGES, flip=False))
    np.testing.assert_allclose(*answers, atol=1e-5)


def test_stacks_in_threads_give_what_one_stack_gives(monkeypatch):
    answers = []
    for size in (1, 4):
        monkeypatch.setattr(together, "stack_size", lambda folds, device, size=size: size)
        group = Together(build("ststnet"), POOL, FOLDS, OPTIONS, seed=0)
        torch.set_num_threads(2)
        group.run()
        assert torch.get_num_threads() == 2
        answers.append(predict(group.model(2), IMAGES, flip=False))
    np.testing.assert_allclose(*answers, atol=1e-3)


def test_the_models_can_be_asked_after_every_epoch():
    group = Together(build(Plain), POOL, FOLDS, OPTIONS, seed=0)
    seen = []
    group.run(watch=lambda: seen.append(predict(group.model(1), IMAGES, flip=True)))
    assert len(seen) == 4
    np.testing.assert_array_equal(seen[-1], predict(group.model(1), IMAGES, flip=True))
    assert len({rows.tobytes() for rows in seen}) == 4


def test_the_model_that_is_handed_over_stays_as_it_is():
    model = build("ststnet")
    before = copy.deepcopy(model.state_dict())
    Together(model, POOL, FOLDS, OPTIONS, seed=0).run()
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert type(model.features) is nn.Sequential
