import pytest
import torch

from fleeting.errors import OptionsError
from fleeting.features.face_regions import mean_landmarks
from fleeting.models import create_model
from fleeting.models.microexpfusenet import EYES, MOUTH
from fleeting.models.sketch import sketch_model

NAMES = ("microexpfusenet-intermediate", "microexpfusenet-late")


@pytest.mark.parametrize(
    ("name", "frames", "parameters"),
    [
        (NAMES[0], 96, 177_088_515),
        (NAMES[0], 18, 6_694_915),
        (NAMES[1], 96, 177_221_123),
        (NAMES[1], 18, 6_827_523),
    ],
)
def test_parameters_are_those_of_the_papers_lengths(name, frames, parameters):
    assert sketch_model(name, num_classes=3, frames=frames).count_parameters() == parameters


def test_strips_lie_where_the_mean_face_of_the_default_crop_has_their_landmarks():
    (_, y) = points = mean_landmarks((1, 1), eye_level=34 / 128, eye_distance=0.5).T
    x = points[0].clip(0, 1)
    assert tuple(y[[19, 1]].round(2)) == EYES[:2]
    assert tuple(y[[2, 6]].clip(0, 1).round(2)) == MOUTH[:2]
    assert tuple(x[[1, 15]].round(2)) == EYES[2:]
    assert tuple(x[[2, 14]].round(2)) == MOUTH[2:]


def test_nothing_outside_the_strips_is_seen():
    model = create_model(NAMES[1], frames=17, size=64).eval()
    images = 255 * torch.rand(1, 1, 17, 64, 64)
    changed = images.clone()
    changed[..., 25:39, :] = 0  # rows 7 to 24 are the eyes', 39 to 63 the mouth's
    assert torch.equal(model(changed), model(images))
    for row in (7, 24, 39, 63):
        changed = images.clone()
        changed[..., row, :] = 0
        assert not torch.equal(model(changed), model(images))


def test_strips_keep_the_order_of_rows_columns_and_frames():
    """Frame 2 shows a light left half of the eyes' strip and a light lower half of the mouth's, the others nothing."""
    model = create_model(NAMES[0], frames=17, size=64, eyes=(0, 0.5, 0, 1), mouth=(0.5, 1, 0, 1))
    images = torch.zeros(1, 1, 17, 64, 64)
    images[0, 0, 2, :32, :32] = 255
    images[0, 0, 2, 48:] = 255
    eyes, mouth = (strip[0, 0] + 0.5 for strip in model.regions(images))
    assert eyes.shape == mouth.shape == (17, 32, 32)
    assert not any(strip[[*range(2), *range(3, 17)]].any() for strip in (eyes, mouth))
    torch.testing.assert_close(eyes[2].mean(0)[[0, 14, 17, 31]], torch.tensor([1.0, 1, 0, 0]))
    torch.testing.assert_close(mouth[2].mean(1)[[0, 14, 17, 31]], torch.tensor([0.0, 0, 1, 1]))


@pytest.mark.parametrize("strip", [(0.5, 0.5, 0, 1), (0.0, 1.1, 0, 1), (0, 1, 0.6, 0.4)])
def test_strip_without_inside_is_refused(strip):
    with pytest.raises(OptionsError, match="a strip is"):
        create_model(NAMES[0], eyes=strip)
