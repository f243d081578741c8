import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from fake_synthetic import flow_image
from fleeting.errors import DatasetError
from fleeting.models.linear import Linear
from fleeting.models.mirror import mirrored

LABELS = np.array([0, 1, 2] * 8)
IMAGES = np.stack([flow_image(label, np.random.default_rng(index)) for index, label in enumerate(LABELS)])


def solved(images, labels, *, flip, classes=3):
    model = Linear(classes, Linear.Options())
    model.solve(images, labels, np.ones(len(labels)), flip=flip)
    return model


def logits(model, images):
    with torch.inference_mode():
        return model(torch.from_numpy(images.transpose(0, 3, 1, 2).copy()).float()).numpy()


def test_linear_has_7059_parameters():
    assert Linear(3, Linear.Options()).count_parameters() == 7059


def test_linear_answers_as_scikit_learn_does():
    pixels = IMAGES.reshape(len(IMAGES), -1) / 255 - 0.5
    reference = LogisticRegression(C=0.01, max_iter=1000).fit(pixels, LABELS)
    np.testing.assert_allclose(
        logits(solved(IMAGES, LABELS, flip=False), IMAGES), reference.decision_function(pixels), atol=2e-3
    )


def test_linear_flip_gives_the_optimum_over_both_views():
    """The shortcut over the mean of the views must equal training on both, each with half the weight."""
    short = solved(IMAGES, LABELS, flip=True)
    long = Linear(3, Linear.Options())
    both = np.concatenate([IMAGES, mirrored(IMAGES)])
    long.solve(both, np.tile(LABELS, 2), np.full(len(both), 0.5), flip=False)
    np.testing.assert_allclose(logits(short, IMAGES), logits(long, IMAGES), atol=5e-3)
    np.testing.assert_allclose(logits(short, IMAGES), logits(short, mirrored(IMAGES)), atol=1e-4)


def test_linear_never_answers_with_a_class_it_has_not_seen():
    two = LABELS != 1
    answers = logits(solved(IMAGES[two], LABELS[two], flip=False), IMAGES).argmax(1)
    assert set(answers) == {0, 2}
    assert (answers[two] == LABELS[two]).all()


def test_linear_refuses_one_class():
    with pytest.raises(DatasetError, match="two classes"):
        solved(IMAGES[:1], LABELS[:1], flip=False)


def test_mirrored_turns_columns_and_the_sign_of_u_only():
    image = np.zeros((1, 28, 28, 3), np.uint8)
    image[0, 5, 0] = (200, 60, 90)
    assert mirrored(image)[0, 5, 27].tolist() == [55, 60, 90]
    np.testing.assert_array_equal(mirrored(mirrored(image)), image)
