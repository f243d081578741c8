"""The flip augmentation mirrors what the channels of the model show: frames keep their grey levels, u changes sign."""

import numpy as np
import pytest
import torch

from fleeting.models import create_model
from fleeting.models.mirror import mirrored
from fleeting.training.loop import Clips, predict, seeded, train
from fleeting.training.recipe import TrainTable

LABELS = np.array([0, 1, 2, 0, 1, 2])
SMALL = {"size": 32, "width": 4}
MODELS = [("resnet-10", SMALL), ("branches", SMALL), ("nmer", {"size": 33, "width": 4}), ("off-apexnet", {})]


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def built(name, options):
    with seeded(0):
        return create_model(name, **options)


@pytest.mark.parametrize(("name", "options"), MODELS, ids=[name for name, _ in MODELS])
def test_flip_at_test_is_symmetric_for_every_kind_of_channel(name, options):
    model = built(name, options)
    channels, rows, columns = model.input_shape
    images = np.random.default_rng(0).integers(0, 256, (4, rows, columns, channels), dtype=np.uint8)
    turned = mirrored(images, model.channels)
    np.testing.assert_allclose(predict(model, images, flip=True), predict(model, turned, flip=True), atol=1e-6)


def test_flip_in_training_changes_nothing_where_the_frames_are_symmetric():
    """One level per frame: its mirror image is itself, unless a frame were taken for u and turned to 255 - x."""
    levels = np.arange(10, 70, 10, dtype=np.uint8)[:, None, None, None]
    images = np.broadcast_to(levels, (6, 32, 32, 6)).copy()
    weights = []
    for flip in (True, False):
        model = built("branches", SMALL)
        train(
            model,
            Clips(images, LABELS, model.channels),
            TrainTable(epochs=1, batch_size=3, flip=flip, device="cpu"),
            seed=0,
        )
        weights.append(torch.cat([value.flatten() for value in model.parameters()]))
    assert torch.equal(*weights)


def test_answers_without_flip_repeat_bit_by_bit():
    """Nothing is drawn at test."""
    model = built("branches", SMALL)
    images = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 6), dtype=np.uint8)
    np.testing.assert_array_equal(predict(model, images, flip=False), predict(model, images, flip=False))
