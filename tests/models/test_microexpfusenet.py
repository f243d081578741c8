import pytest
import torch

from fleeting.features.face_parts import FaceParts
from fleeting.models import create_model
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


def test_strips_are_those_of_a_face_of_the_asked_size():
    model = create_model(NAMES[0], frames=17, size=64)
    assert model.input_shape == (1, 17, 64, 32)
    assert model.face_parts == FaceParts("eyes-mouth", 64, "template")


def test_each_strip_has_convolutions_of_its_own():
    """Rows 0 to 31 are the eyes', the others the mouth's."""
    model = create_model(NAMES[1], frames=17).eval()
    images = 255 * torch.rand(1, 1, 17, 64, 32)
    eyes, mouth = model.streams(images)
    for rows, same, other in ((slice(0, 32), 1, 0), (slice(32, 64), 0, 1)):
        changed = images.clone()
        changed[..., rows, :] = 0
        streams = model.streams(changed)
        assert torch.equal(streams[same], (eyes, mouth)[same])
        assert not torch.equal(streams[other], (eyes, mouth)[other])
