"""The mirror image of an input is the input of the mirrored face, whatever the channels show."""

import numpy as np
import pytest

from drawn_face import texture
from fleeting.features import ClipImage, ClipImageOptions
from fleeting.features.clip_volume import ClipVolume, ClipVolumeOptions
from fleeting.models import list_models
from fleeting.models.mirror import mirrored
from fleeting.models.sketch import sketch_model

ONSET = texture(64, 64)
SHIFTED = np.stack([ONSET, np.roll(ONSET, 1, axis=1), np.roll(ONSET, (1, 1), axis=(0, 1))])
"""Three frames: to the right, then down."""


def image(frames, *channels):
    return ClipImage(ClipImageOptions(method="dis", channels=channels, size=32)).compute(frames)


@pytest.mark.parametrize("name", list_models())
def test_mirroring_the_input_of_any_model_twice_gives_it_back(name):
    channels = sketch_model(name).channels
    images = np.random.default_rng(0).integers(1, 256, (2, 5, 6, len(channels)), dtype=np.uint8)
    np.testing.assert_array_equal(mirrored(mirrored(images, channels), channels), images)


@pytest.mark.parametrize(
    ("channels", "within"),
    [
        (("onset.r", "onset.g", "onset.b", "apex.r", "apex.g", "apex.b"), 0),
        (("onset.grey", "apex.grey"), 0),
        (("u", "v", "strain", "magnitude"), 25),
        (("flow1.u", "flow1.v", "flow2.u", "flow2.v"), 25),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_mirrored_input_is_that_of_the_mirrored_clip(channels, within):
    """Pictures exactly; flow as well as an estimator of the field is itself mirror-symmetric, median over the image."""
    expected = image(SHIFTED[:, :, ::-1], *channels).astype(int)
    found = mirrored(image(SHIFTED, *channels), channels).astype(int)
    assert (np.median(np.abs(found - expected), axis=(0, 1)) <= within).all()
    if within == 0:
        np.testing.assert_array_equal(found, expected)


def test_mirrored_volume_is_that_of_the_mirrored_clip():
    """Every frame is turned round, u of every frame negated; grey exactly, flow as in the test above."""
    channels = ("grey", "u", "v", "strain", "magnitude", "flow.r", "flow.g", "flow.b")
    tool = ClipVolume(ClipVolumeOptions(method="dis", channels=channels, frames=2, size=32, gain=16))
    expected = tool.compute_many([SHIFTED[:, :, ::-1]]).astype(int)
    found = mirrored(tool.compute_many([SHIFTED]), channels).astype(int)
    np.testing.assert_array_equal(found[..., 0], expected[..., 0])
    assert (np.median(np.abs(found - expected), axis=(0, 2, 3)) <= 8).all()
    right = np.median(expected[0, 0, ..., 1])
    assert right < 127 - 6  # half a px of the small image, now to the left


def test_mirroring_keeps_the_order_of_frames():
    volume = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 6, 2), dtype=np.uint8)
    found = mirrored(volume, ("grey", "u"))
    for frame in range(4):
        np.testing.assert_array_equal(found[:, frame], mirrored(volume[:, frame], ("grey", "u")))


def test_frames_keep_their_grey_levels_when_mirrored():
    channels = ("onset.r", "u", "apex.r")
    pixels = np.array([[[10, 20, 30], [40, 50, 60]]], np.uint8)
    assert mirrored(pixels, channels).tolist() == [[[40, 205, 60], [10, 235, 30]]]


def test_step_without_motion_stays_without_motion():
    pixels = np.array([[[128, 128], [130, 130]]], np.uint8)
    assert mirrored(pixels, ("flow3.u", "flow3.v")).tolist() == [[[126, 130], [128, 128]]]


@pytest.mark.parametrize(
    ("colour", "turned"),
    [((200, 50, 50), (50, 200, 200)), ((50, 200, 125), (200, 200 + 50 - 125, 50)), ((90, 90, 90), (90, 90, 90))],
    ids=["right to left", "hue 150 to 30", "no direction"],
)
def test_hue_of_the_flow_picture_is_turned_and_nothing_else(colour, turned):
    picture = np.array([[colour]], np.uint8)
    assert mirrored(picture, ("flow.r", "flow.g", "flow.b")).tolist() == [[list(turned)]]
