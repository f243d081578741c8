"""What every recogniser promises, run over the whole family whatever its channels and input size."""

import numpy as np
import pytest
import torch

from fake_synthetic import AREAS
from fleeting.errors import OptionsError
from fleeting.models import MODELS, create_model, list_models
from fleeting.models.model import Batch, Model
from fleeting.models.saving import load_model, save_model
from fleeting.training.loop import Clips, predict, train
from fleeting.training.recipe import TrainTable
from fleeting.types import VECTOR

VECTORS = ("drfs-t", "drls", "gfk", "iw-svm", "sa", "stm", "svm", "tca", "tkl", "tsrg")
SMALL = {
    "apexme": {"size": 64, "width": 8},
    "atnet": {"size": 64, "width": 8, "steps": 4},
    "branches": {"size": 64, "width": 8},
    "dssn": {"size": 67, "width": 12},
    "dtscnn": {"size": 32},
    "dual-inception": {"units": 64},
    "elrcn-se": {"trunk": "small", "size": 32, "frames": 3},
    "elrcn-te": {"trunk": "small", "size": 32, "frames": 3},
    "htnet": {"dim": 24, "depths": (1, 1, 1)},
    "micro-attention": {"size": 64, "width": 8},
    "microexpfusenet-intermediate": {"size": 32, "frames": 17},
    "microexpfusenet-late": {"size": 32, "frames": 17},
    "microexpstcnn": {"size": 32, "frames": 17},
    "nmer": {"size": 64, "width": 8},
    "resnet-10": {"size": 64, "width": 8},
    "rstr": {"dimension": 64, "regions": 4},
    "sssn": {"size": 67, "width": 12},
    "tgsr": {"dimension": 64, "regions": 4},
    "tlcnn": {"size": 32, "width": 8, "frames": 3},
    **{name: {"dimension": 64} for name in VECTORS},
}
"""Options that make a heavy network small; without a row a model is built as it is."""
FIT = {
    "dssn": {"learning_rate": 1e-3},
    "dual-inception": {"epochs": 20, "learning_rate": 1e-3},
    "htnet": {"learning_rate": 1e-3},
    "off-apexnet": {"epochs": 30, "learning_rate": 1e-3},
    "rcn-a": {"epochs": 30},
    "sssn": {"learning_rate": 1e-3},
    "sssnet": {"epochs": 40, "learning_rate": 1e-3},
}
"""Schedule with which a model must learn eight clips by heart, where 60 epochs at a rate of 1e-2 are too long or too
fast for it."""
LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1])


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(params=list_models())
def name(request):
    return request.param


def build(name, seed=0, **options):
    torch.manual_seed(seed)
    return create_model(name, **SMALL.get(name, {}), **options)


def random_batch(model, count):
    return 255 * torch.rand(count, *model.input_shape, generator=torch.Generator().manual_seed(0))


def clip_images(model):
    """(8, [T,] H, W, C) uint8: noise, and a bright patch whose place is the class; vectors with a larger part alike."""
    if model.channels == VECTOR:
        vectors = np.random.default_rng(0).random((len(LABELS), *model.input_shape), np.float32)
        for vector, label in zip(vectors, LABELS, strict=True):
            vector[20 * label : 20 * label + 10] += 3
        return vectors
    channels, *frames, rows, columns = model.input_shape
    images = np.random.default_rng(0).integers(0, 120, (len(LABELS), *frames, rows, columns, channels), dtype=np.uint8)
    for image, label in zip(images, LABELS, strict=True):
        row, column = (place * side // 28 for place, side in zip(AREAS[label], (rows, columns), strict=True))
        image[..., row : row + rows * 6 // 28, column : column + columns * 6 // 28, :] += 110
    return images


def test_model_is_a_model_with_options_of_its_own(name):
    kind = MODELS.load(name)
    assert issubclass(kind, Model)
    assert kind.Options is not Model.Options


def test_model_says_what_its_channels_show(name):
    model = build(name)
    if model.channels == VECTOR:
        assert model.input_shape == (model.options.dimension,)
    else:
        assert len(model.channels) == len(set(model.channels)) == model.input_shape[0]


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_model_gives_one_logit_per_class(name, classes):
    model = build(name, num_classes=classes).eval()
    logits = model(random_batch(model, 1))
    assert (logits.shape, logits.dtype) == ((1, classes), torch.float32)


def test_model_trains_on_two_images_and_reaches_every_parameter(name):
    """A ReLU may hide a single step's gradient by chance, so a parameter has five pairs of images to be reached by."""
    model = build(name)
    missed = {key for key, _ in model.named_parameters()}
    for pair in random_batch(model, 10).split(2):
        model.zero_grad()
        labels = torch.tensor([0, 2])
        model.loss(Batch(pair, labels, torch.ones(2), torch.zeros(2, dtype=torch.int64), progress=0.5)).backward()
        missed -= {key for key, value in model.named_parameters() if value.grad is not None and value.grad.any()}
        if not missed:
            break
    assert missed == set()


def test_model_of_equal_seeds_is_equal(name):
    first, second, other = (build(name, seed).eval() for seed in (3, 3, 4))
    batch = random_batch(first, 2)
    assert torch.equal(first(batch), second(batch))
    assert not torch.equal(first(batch), other(batch))


def test_model_answers_for_an_image_whatever_else_is_in_the_batch(name):
    model = build(name).eval()
    batch = random_batch(model, 3)
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
    images = clip_images(model)
    schedule = {"epochs": 60, "learning_rate": 1e-2} | FIT.get(name, {})
    clips, table = Clips(images, LABELS, model.channels), TrainTable(batch_size=8, flip=False, **schedule)
    history = train(model, clips, table, seed=0, target=images if model.transductive else None)
    assert (predict(model, images, flip=False).argmax(1) == LABELS).all()
    assert history[-1].loss < 1.0


def test_model_refuses_an_unknown_option(name):
    with pytest.raises(OptionsError, match="unknown key 'depht'"):
        create_model(name, depht=3)
