"""The crop: a similarity from the two eye centres, so that all faces stand at the same place.

Convention: px coordinates (x, y) have whole numbers at pixel centres. Face units have their origin midway between
the eye centres, x along the eye line to the image's right, y down, and the distance between the eye centres as 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Floats, Image
from .options import CropOptions, FacesOptions

RIGHT_EYE, LEFT_EYE = slice(36, 42), slice(42, 48)
"""iBUG 68: the person's right eye is on the image's left."""

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Frame:
    """An image in which the eyes have their fixed place: px = middle + distance * face units."""

    width: int
    height: int
    middle: tuple[float, float]
    """Px (x, y) of the point midway between the eye centres."""
    distance: float
    """Px between the eye centres."""

    def pixels(self, units: npt.ArrayLike) -> Doubles:
        """Face units (..., 2) to px (..., 2)."""
        return np.asarray(units, np.float64) * self.distance + self.middle

    def units(self, pixels: npt.ArrayLike) -> Doubles:
        """Px (..., 2) to face units (..., 2)."""
        return (np.asarray(pixels, np.float64) - self.middle) / self.distance


STANDARD = Frame(128, 128, (64.0, 34.0), 64.0)
"""The default crop; sharpness is always measured in it."""


def crop_frame(options: CropOptions) -> Frame:
    """The crop of the options: what the pool hands out."""
    width, height = options.size, options.crop_height()
    return Frame(width, height, (options.eye_middle * width, options.eye_level * height), options.eye_distance * width)


def store_frame(options: FacesOptions) -> Frame:
    """The crop with its margin, oversampled: what the store keeps."""
    crop, more, edge = crop_frame(options), options.oversample, options.margin * options.size
    width, height = (int(np.ceil((length + 2 * edge) * more)) for length in (crop.width, crop.height))
    return Frame(width, height, ((crop.middle[0] + edge) * more, (crop.middle[1] + edge) * more), crop.distance * more)


def eye_centres(landmarks: npt.ArrayLike) -> tuple[Doubles, Doubles]:
    """The means (x, y) of the six points of the eye on the image's left and of the one on its right."""
    points = np.asarray(landmarks, np.float64)
    return points[RIGHT_EYE].mean(0), points[LEFT_EYE].mean(0)


def alignment(landmarks: npt.ArrayLike) -> Doubles:
    """The (2, 3) similarity that takes px of an image to face units, from its landmarks (68, 2) px."""
    first, second = eye_centres(landmarks)
    (across, down), middle = second - first, (first + second) / 2
    turn = np.array([[across, down], [-down, across]]) / (across**2 + down**2)
    return np.column_stack([turn, -turn @ middle])


def apply(similarity: Doubles, points: npt.ArrayLike) -> Doubles:
    """Apply a (2, 3) map to points (..., 2)."""
    return np.asarray(points, np.float64) @ similarity[:, :2].T + similarity[:, 2]


def align(image: Image, landmarks: npt.ArrayLike, frame: Frame) -> tuple[Image, Floats]:
    """Cut the face out of `image` into `frame`.

    What lies outside the image is filled by reflection at its border. A large image is first reduced by area
    averaging, so that the cut does not alias.

    Args:
        image: (H, W, 3) uint8.
        landmarks: (68, 2) px in `image`, iBUG order.
        frame: where the face shall stand.

    Returns:
        The cut (height, width, 3) uint8 and the landmarks in it, (68, 2) float32 px.
    """
    to_units = alignment(landmarks)
    scale = float(np.hypot(*to_units[:, 0])) * frame.distance
    points = apply(to_units, landmarks)
    source = np.asarray(landmarks, np.float64)
    if scale < 1:
        height, width = (max(1, round(scale * length)) for length in image.shape[:2])
        ratio = np.array([width / image.shape[1], height / image.shape[0]])
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        # cv2.resize keeps the outer edges of the image, which lie half a pixel outside the outer pixel centres.
        source = (source + 0.5) * ratio - 0.5
        to_units = alignment(source)
    to_frame = to_units * frame.distance
    to_frame[:, 2] += frame.middle
    size = (frame.width, frame.height)
    cut = cv2.warpAffine(image, to_frame, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return cut.astype(np.uint8, copy=False), frame.pixels(points).astype(np.float32)
