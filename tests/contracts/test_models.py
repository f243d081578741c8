"""What every recogniser promises, run over the whole family."""

import numpy as np
import pytest
import torch

from fake_synthetic import flow_image
from fleeting.errors import OptionsError
from fleeting.models import MODELS, create_model, list_models
from fleeting.models.model import Model
from fleeting.models.saving import load_model, save_model
from fleeting.training.loop import predict, train
from fleeting.training.recipe import TrainTable

LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1])
IMAGES = np.stack([flow_image(label, np.random.default_rng(index)) for index, label in enumerate(LABELS)])


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(params=list_models())
def name(request):
    return request.param


def build(name, seed=0, **options):
    torch.manual_seed(seed)
    return create_model(name, **options)


def random_batch(model, count):
    return 255 * torch.rand(count, *model.input_shape, generator=torch.Generator().manual_seed(0))


def test_model_is_a_model_with_options_of_its_own(name):
    kind = MODELS.load(name)
    assert issubclass(kind, Model)
    assert kind.Options is not Model.Options


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_model_gives_one_logit_per_class(name, classes):
    model = build(name, num_classes=classes).eval()
    logits = model(random_batch(model, 4))
    assert (logits.shape, logits.dtype) == ((4, classes), torch.float32)


def test_model_passes_gradients_to_every_parameter(name):
    model = build(name)
    torch.nn.functional.cross_entropy(model(random_batch(model, 8)), torch.from_numpy(LABELS)).backward()
    assert [key for key, value in model.named_parameters() if value.grad is None or not value.grad.abs().sum()] == []


def test_model_of_equal_seeds_is_equal(name):
    first, second, other = (build(name, seed).eval() for seed in (3, 3, 4))
    batch = random_batch(first, 2)
    assert torch.equal(first(batch), second(batch))
    assert not torch.equal(first(batch), other(batch))


def test_model_answers_for_an_image_whatever_else_is_in_the_batch(name):
    model = build(name).eval()
    batch = random_batch(model, 4)
    torch.testing.assert_close(model(batch)[:1], model(batch[:1]))


def test_model_survives_saving(name, tmp_path):
    model = build(name).eval()
    save_model(tmp_path, name, model, {"seed": 0})
    again = load_model(tmp_path)
    batch = random_batch(model, 2)
    assert torch.equal(model(batch), again(batch))
    assert again.options == model.options


def test_model_overfits_eight_clips(name):
    model = build(name)
    options = TrainTable(epochs=60, batch_size=8, learning_rate=1e-2, flip=False)
    history = train(model, IMAGES, LABELS, options, seed=0)
    assert (predict(model, IMAGES, flip=False).argmax(1) == LABELS).all()
    assert history[-1].loss < 1.0


def test_model_refuses_an_unknown_option(name):
    with pytest.raises(OptionsError, match="unknown key 'depht'"):
        create_model(name, depht=3)
