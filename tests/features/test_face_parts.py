"""Parts lie where the landmarks are, the same in all frames, and at the mean face's places where none are known."""

import numpy as np
import pytest

from fleeting.errors import ShapeError
from fleeting.features.face_parts import (
    PARTS,
    PUBLISHED,
    ClipParts,
    FaceParts,
    Template,
    put_together,
    to_side,
)
from fleeting.features.face_regions import mean_landmarks

DEFAULT = Template(34 / 128, 0.5)


class Whole:
    """A feature double: the frames as they are, at a side."""

    channels = ("u", "v", "strain")
    digest = "whole"

    def compute_many(self, clips):
        return np.stack([clip[0] for clip in clips])


def points(eyes=((10, 10), (30, 10)), lips=((12, 30), (28, 30))):
    """68 landmarks (x, y) of which the eye centres and lip corners matter."""
    found = np.full((68, 2), 20.0)
    found[36:42], found[42:48] = eyes
    found[48], found[54] = lips
    return found


def gradient(side):
    """(side, side, 3): column, row, 0."""
    row, column = np.mgrid[:side, :side]
    return np.dstack([column, row, 0 * row]).astype(np.uint8)


def test_parts_are_two_eyes_above_two_lip_corners_each_around_its_landmark():
    image = put_together(gradient(40), points(), "eyes-lip-corners", (12, 12))
    assert image.shape == (12, 12, 3)
    corners = {(0, 0): (10, 10), (0, 6): (30, 10), (6, 0): (12, 30), (6, 6): (28, 30)}
    for (row, column), (x, y) in corners.items():
        part = image[row : row + 6, column : column + 6]
        assert abs(part[..., 0].mean() - x) <= 0.5
        assert abs(part[..., 1].mean() - y) <= 0.5
        assert (np.ptp(part[..., 0]), np.ptp(part[..., 1])) == (5, 5)


def test_part_at_the_edge_is_moved_inside():
    image = put_together(gradient(40), points(eyes=((-9, 1), (39, 1))), "eyes-lip-corners", (12, 12))
    assert image[:6, :6, 0].min() == 0
    assert image[:6, :6, 1].max() == 5
    assert image[:6, 6:, 0].max() == 39


def test_strips_reach_from_landmark_to_landmark():
    """Rows of landmark 19 to 1 and 2 to 6, columns of 1 to 15 and 2 to 14, the last one left out as in the source."""
    found = np.zeros((68, 2))
    found[[19, 1, 2, 6], 1] = 4, 12, 20, 36
    found[[1, 15, 2, 14], 0] = 2, 34, 8, 24
    boxes = [part.box(found, 40, (8, 16)) for row in PARTS["eyes-mouth"] for part in row]
    assert boxes == [(4, 12, 2, 34), (20, 36, 8, 24)]
    image = put_together(gradient(40), found, "eyes-mouth", (16, 16))
    assert image[0, :, 0].tolist() == list(range(2, 34, 2))  # 32 columns become 16: of two the mean, rounded to even
    assert image[8:, 0, 1].tolist() == list(range(20, 36, 2))


def test_strip_beyond_the_face_is_cut_off():
    found = np.full((68, 2), 50.0)
    found[[2, 2], 1] = 30
    assert PARTS["eyes-mouth"][1][0].box(found, 40, (8, 8))[:2] == (30, 40)
    found[2, 1] = 60
    assert PARTS["eyes-mouth"][1][0].box(found, 40, (8, 8))[:2] == (39, 40)


def test_all_frames_of_a_volume_have_the_same_boxes():
    volume = np.stack([gradient(40)] * 3)
    volume[1] += 100
    image = put_together(volume, points(), "eyes-lip-corners", (12, 12))
    assert image.shape == (3, 12, 12, 3)
    np.testing.assert_array_equal(image[1], image[0] + 100)
    np.testing.assert_array_equal(image[0], put_together(volume[0], points(), "eyes-lip-corners", (12, 12)))


def test_volume_of_one_channel_keeps_its_axes():
    volume = np.arange(3 * 40 * 40).astype(np.uint8).reshape(3, 40, 40, 1)
    assert put_together(volume, points(), "eyes-mouth", (8, 10)).shape == (3, 8, 10, 1)


def test_parts_of_the_mirrored_template_are_mirrored():
    face = np.random.default_rng(0).integers(0, 256, (28, 28, 3), dtype=np.uint8)
    places = PUBLISHED.points((28, 28), 28)
    for side in (28, 32):
        image = put_together(face, places, "eyes-lip-corners", (side, side))
        turned = put_together(face[:, ::-1], places, "eyes-lip-corners", (side, side))
        np.testing.assert_array_equal(turned, image[:, ::-1])


def test_template_of_published_images_has_their_eyes():
    places = PUBLISHED.points((28, 28), 28)
    np.testing.assert_allclose(places[36:42].mean(0), (6.7, 10.3), atol=0.05)
    np.testing.assert_allclose(places[42:48].mean(0), (20.5, 10.3), atol=0.05)


def test_template_of_a_crop_is_the_mean_face_squeezed_into_the_square():
    expected = (mean_landmarks((156, 128), 0.38, 0.5) + 0.5) * (64 / 128, 64 / 156) - 0.5
    np.testing.assert_allclose(Template(0.38, 0.5).points((156, 128), 64), expected)


def test_landmarks_are_px_of_the_frame():
    """The middle of a frame of 50 x 100 px is that of the square."""
    np.testing.assert_allclose(to_side(np.array([[49.5, 24.5]]), (50, 100), 28), [[13.5, 13.5]])


def test_given_landmarks_count_instead_of_the_template():
    feature = ClipParts(Whole(), FaceParts("eyes-lip-corners", 40), (12, 12), DEFAULT)
    clips = [gradient(40)[None]] * 2
    marks = [points(), points(eyes=((15, 10), (35, 10)))]
    images = feature.compute_many(clips, [found.astype(np.float32) for found in marks])
    for image, found in zip(images, marks, strict=True):
        np.testing.assert_array_equal(image, put_together(gradient(40), found, "eyes-lip-corners", (12, 12)))
    assert not np.array_equal(images[0], images[1])
    (plain,) = feature.compute_many(clips[:1])
    places = DEFAULT.points((40, 40), 40)
    np.testing.assert_array_equal(plain, put_together(gradient(40), places, "eyes-lip-corners", (12, 12)))


def test_digest_tells_features_of_other_parts_apart():
    shapes = FaceParts("eyes-lip-corners", 28), FaceParts("eyes-mouth", 28), FaceParts("eyes-mouth", 40)
    made = [ClipParts(Whole(), parts, (28, 28), DEFAULT).digest for parts in shapes]
    made += [ClipParts(Whole(), shapes[0], (28, 28), PUBLISHED).digest]
    made += [ClipParts(Whole(), shapes[0], (32, 32), DEFAULT).digest]
    assert len(set(made)) == 5


def test_other_points_than_68_are_refused():
    with pytest.raises(ShapeError, match="no landmarks"):
        put_together(gradient(40), np.zeros((5, 2)), "eyes-mouth", (8, 8))
