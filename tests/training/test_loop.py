import numpy as np
import pytest
import torch

from fake_synthetic import flow_image
from fleeting.errors import DatasetError, OptionsError, ShapeError
from fleeting.models import create_model
from fleeting.models.mirror import mirrored
from fleeting.training.loop import Clips, choose_device, class_weights, predict, seeded, to_input, train
from fleeting.training.recipe import TrainTable

LABELS = np.array([0, 1, 2] * 4)
IMAGES = np.stack([flow_image(label, np.random.default_rng(index)) for index, label in enumerate(LABELS)])
QUICK = TrainTable(epochs=3, batch_size=5, learning_rate=1e-2, device="cpu")


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def trained(options=QUICK, seed=0):
    with seeded(0):
        model = create_model("ststnet")
    return model, train(model, Clips(IMAGES, LABELS), options, seed)


def test_equal_seeds_give_equal_weights_and_history():
    (first, one), (second, two), (other, _) = trained(), trained(), trained(seed=1)
    assert one == two
    assert all(
        torch.equal(a, b) for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    )
    assert not torch.equal(first.head.weight, other.head.weight)


def test_training_leaves_the_global_random_state_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    trained()
    assert torch.equal(torch.rand(3), expected)


def test_history_has_a_row_per_epoch_and_the_model_ends_ready_to_answer():
    model, history = trained()
    assert [row.epoch for row in history] == [1, 2, 3]
    assert not model.training


def test_training_images_are_not_changed():
    before = IMAGES.copy()
    trained()
    np.testing.assert_array_equal(IMAGES, before)


def test_flip_at_test_makes_the_answer_mirror_symmetric():
    model, _ = trained()
    np.testing.assert_allclose(
        predict(model, IMAGES, flip=True), predict(model, mirrored(IMAGES), flip=True), atol=1e-12
    )
    assert np.abs(predict(model, IMAGES, flip=False) - predict(model, mirrored(IMAGES), flip=False)).max() > 1e-4


def test_probabilities_sum_to_one_for_any_number_of_images():
    model, _ = trained()
    assert predict(model, IMAGES[:0], flip=True).shape == (0, 3)
    np.testing.assert_allclose(predict(model, IMAGES, flip=True).sum(1), 1)


def test_balanced_weights_make_classes_weigh_alike():
    labels = np.array([0] * 6 + [1] * 3)
    weights = class_weights(labels, 3, TrainTable(class_weights="balanced"))
    np.testing.assert_allclose(weights, [0.75, 1.5, 0])
    assert class_weights(labels, 3, TrainTable()).tolist() == [1, 1, 1]


def test_balanced_weights_change_the_solved_model():
    labels = np.where(np.arange(12) < 9, 0, LABELS)
    noisy = np.random.default_rng(0).integers(0, 255, IMAGES.shape, dtype=np.uint8)
    shares = []
    for name in ("none", "balanced"):
        model = create_model("linear", c=1e-6)
        train(model, Clips(noisy, labels), TrainTable(class_weights=name), 0)
        shares.append(predict(model, noisy, flip=False)[:, 0].mean())
    assert shares[0] > 0.6
    assert shares[1] < 0.45


def test_input_keeps_channels_and_places():
    tensor = to_input(IMAGES, torch.device("cpu"))
    assert float(tensor[2, 1, 5, 7]) == IMAGES[2, 5, 7, 1]


@pytest.mark.parametrize(
    ("images", "labels", "error"),
    [
        (IMAGES[:, :20], LABELS, ShapeError),
        (IMAGES.astype(float), LABELS, ShapeError),
        (IMAGES, LABELS[:3], ShapeError),
        (IMAGES[:1], LABELS[:1], DatasetError),
    ],
)
def test_training_refuses_what_does_not_fit(images, labels, error):
    with pytest.raises(error):
        train(create_model("ststnet"), Clips(images, labels), QUICK, 0)


def test_cuda_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto").type == "cpu"
    with pytest.raises(OptionsError, match="no CUDA device"):
        choose_device("cuda")
