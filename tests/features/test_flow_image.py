"""The legacy encoding: stretch at full size, then shrink without averaging."""

import cv2
import numpy as np
import pytest

from drawn_face import texture
from fleeting.errors import OptionsError, ShapeError
from fleeting.features import FlowImage, FlowImageOptions, encode, optical_flow, optical_strain, stretch
from fleeting.features.flow_image import image_magnitude


def field(size=84, seed=0):
    """Smooth (size, size, 2) flow."""
    noise = np.random.default_rng(seed).standard_normal((size, size, 2)).astype(np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 6)


def test_channels_are_u_v_and_strain_in_that_order():
    flow = np.zeros((28, 28, 2), np.float32)
    flow[:, 14:, 0] = 1  # the right half moves right
    flow[14:, :, 1] = -2  # the lower half moves up
    image = encode(flow, optical_strain(flow))
    assert (image.shape, image.dtype) == ((28, 28, 3), np.uint8)
    assert image[5, [5, 20], 0].tolist() == [0, 255]
    assert image[[5, 20], 5, 1].tolist() == [255, 0]
    assert image[14, 5, 2] > 200
    assert image[5, 5, 2] == 0


def test_channel_without_variation_becomes_zero():
    flow = np.full((28, 28, 2), 7.5, np.float32)
    assert (encode(flow, np.zeros((28, 28), np.float32)) == 0).all()


def test_stretch_comes_before_shrinking():
    """A peak between the sampled pixels still sets the scale, so nothing in the small image reaches 255."""
    flow = np.zeros((84, 84, 2), np.float32)
    flow[:, 42:, 0] = 1
    flow[0, 83, 0] = 2  # linear shrinking by 3 takes the middle of each 3 x 3 block; this is a corner of one
    image = encode(flow, np.zeros((84, 84), np.float32))
    assert image[..., 0].max() == 128
    assert image[..., 0].min() == 0


def test_shrinking_does_not_average():
    """A peak on a sampled pixel keeps its full height; averaging would leave a ninth of it."""
    flow = np.zeros((84, 84, 2), np.float32)
    flow[40, 40, 0] = 1
    image = encode(flow, np.zeros((84, 84), np.float32))
    assert image[13, 13, 0] == 255
    assert np.count_nonzero(image[..., 0]) == 1


def test_frames_need_not_be_square():
    flow = np.zeros((170, 140, 2), np.float32)
    flow[85:, :, 1] = 1
    image = encode(flow, optical_strain(flow))
    assert image.shape == (28, 28, 3)
    assert image[:14, :, 1].max() == 0
    assert image[14:, :, 1].min() == 255


def test_encoding_ignores_head_shift_and_strength():
    flow = field()
    plain = encode(flow, optical_strain(flow))
    changed = 3 * flow + np.array([5, -2], np.float32)
    assert np.abs(plain.astype(int) - encode(changed, optical_strain(changed))).max() <= 1


def test_stretch_can_be_undone_within_half_a_grey_level():
    flow = field(28)
    low, span = flow.min((0, 1)), flow.max((0, 1)) - flow.min((0, 1))
    back = stretch(flow) / 255 * span + low
    assert (np.abs(back - flow) <= span / 509).all()


def test_stretch_treats_images_and_channels_apart():
    first, second = field(28, seed=1), 10 * field(28, seed=2)
    np.testing.assert_array_equal(stretch(np.stack([first, second])), np.stack([stretch(first), stretch(second)]))
    assert stretch(first).min(axis=(0, 1)).tolist() == [0, 0]
    assert stretch(first).max(axis=(0, 1)).tolist() == [255, 255]


def test_flow_image_goes_from_the_first_frame_to_the_last():
    frames = np.stack([texture(56, 56), texture(56, 56, seed=9), np.roll(texture(56, 56), 1, axis=1)])
    feature = FlowImage(FlowImageOptions(method="dis"))
    flow = optical_flow(frames[0], frames[2], "dis")
    np.testing.assert_array_equal(feature.compute(frames), encode(flow, optical_strain(flow)))


@pytest.mark.parametrize("size", [28, 14])
def test_flow_image_has_the_size_asked_for(size):
    frames = np.stack([texture(40, 48), np.roll(texture(40, 48), 1, axis=0)])
    assert FlowImage(FlowImageOptions(method="dis", size=size)).compute(frames).shape == (size, size, 3)


def test_digest_tells_methods_and_sizes_apart():
    options = [FlowImageOptions(), FlowImageOptions(method="dis"), FlowImageOptions(size=14)]
    assert len({FlowImage(option).digest for option in options}) == 3


def test_flow_image_of_one_frame_is_refused():
    with pytest.raises(ShapeError, match="These frames are no clip") as caught:
        FlowImage().compute(np.zeros((1, 28, 28, 3), np.uint8))
    assert "(1, 28, 28, 3)" in str(caught.value)


def test_unknown_method_is_refused_with_the_known_ones():
    with pytest.raises(OptionsError, match=r"method.*'tvl1'.*got 'farneback'"):
        FlowImageOptions.parse({"method": "farneback"})


def test_magnitude_of_an_image_is_the_distance_from_what_most_of_the_face_does():
    """Most pixels are at (100, 50); one lies (3, 4) away from that, one (0, 10)."""
    image = np.full((28, 28, 3), (100, 50, 0), np.uint8)
    image[3, 4, :2] = 103, 46
    image[5, 6, :2] = 100, 60
    magnitude = image_magnitude(image)
    assert (magnitude[0, 0], magnitude[3, 4], magnitude[5, 6]) == (0, 128, 255)


def test_magnitude_of_a_mirrored_image_is_the_mirrored_magnitude():
    image = encode(field(), optical_strain(field()))
    mirrored = image[:, ::-1].copy()
    mirrored[..., 0] = 255 - mirrored[..., 0]
    np.testing.assert_array_equal(image_magnitude(mirrored), image_magnitude(image)[:, ::-1])


def test_magnitude_of_an_image_resembles_that_of_the_flow():
    flow = field() * np.float32(3) + np.float32((5, -2))  # a shift of the whole head is taken for rest
    small = cv2.resize(np.hypot(*np.moveaxis(flow - np.median(flow, axis=(0, 1)), -1, 0)), (28, 28))
    found = image_magnitude(encode(flow, optical_strain(flow)))
    assert np.corrcoef(small.ravel(), found.ravel())[0, 1] > 0.9
