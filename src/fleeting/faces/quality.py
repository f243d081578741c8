"""Which faces can carry micro-expressions: large enough, sharp, frontal, and inside the image."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..errors import FaceError
from ..types import Floats, Image
from .geometry import STANDARD, Doubles, Frame, align, alignment, apply, eye_centres
from .options import FacesOptions

NOSE_TIP, MOUTH = 30, slice(48, 60)
JAW_SLACK = 0.15
"""Jaw points may lie this far outside the image, in eye distances; the crop does not show the jaw's edge."""


@dataclass(frozen=True, slots=True)
class Measures:
    """The figures that decide; they stand in the index for accepted and rejected faces alike."""

    eye_distance: float
    """Px between the eye centres in the image."""
    roll: float
    """Degrees of the eye line, clockwise."""
    nose_offset: float
    """Eye distances from the midline to the nose tip, to the image's right."""
    nose_height: float
    """Nose tip between eye line (0) and mouth (1)."""
    outside: float
    """Share of the crop outside the image, 0..1."""
    sharpness: float
    """Variance of the Laplacian over the variance of the grey values, crop at 64 px."""


def measure(image: Image, landmarks: Floats, crop: Frame) -> Measures:
    """Measure one face.

    Args:
        image: (H, W, 3) uint8 RGB.
        landmarks: (68, 2) float32 px in `image`.
        crop: the crop that will be cut.
    """
    first, second = eye_centres(landmarks)
    across, down = second - first
    units = apply(alignment(landmarks), landmarks)
    mouth = float(units[MOUTH, 1].mean())
    return Measures(
        eye_distance=float(np.hypot(across, down)),
        roll=float(np.degrees(np.arctan2(down, across))),
        nose_offset=float(units[NOSE_TIP, 0]),
        nose_height=float(units[NOSE_TIP, 1] / mouth) if mouth > 0 else 0.0,
        outside=_outside(image, landmarks, crop),
        sharpness=sharpness(align(image, landmarks, STANDARD)[0]),
    )


def sharpness(crop: Image) -> float:
    """Variance of the Laplacian over the variance of the grey values: contrast and brightness cancel out.

    Halved first: at 128 px the rounding to whole levels is as strong as what blur leaves of the skin.

    Args:
        crop: (128, 128, 3) uint8 RGB, the STANDARD frame.
    """
    grey = cv2.resize(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32), (64, 64), interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var() / max(float(grey.var()), 1e-6))


def check(measures: Measures, image: Image, landmarks: Floats, options: FacesOptions) -> None:
    """Refuse a face that cannot be used; the size comes first, since the other figures need it.

    Raises:
        FaceError: its problem is the reason that the index records.
    """
    _at_least("face too small", measures.eye_distance, options.min_eye_distance, "px between the eyes")
    _at_most("head rolled", abs(measures.roll), options.max_roll, "degrees")
    _at_most("not frontal (yaw)", abs(measures.nose_offset), options.max_nose_offset, "eye distances of nose offset")
    _at_least("not frontal (pitch)", measures.nose_height, options.min_nose_height, "nose height")
    _at_most("not frontal (pitch)", measures.nose_height, options.max_nose_height, "nose height")
    _inside(image, landmarks, measures.eye_distance)
    _at_most("cut by the border", measures.outside, options.max_outside, "of the crop outside the image")
    _at_least("blurred", measures.sharpness, options.min_sharpness, "sharpness")


def _at_least(reason: str, value: float, limit: float, unit: str) -> None:
    if value < limit:
        raise FaceError(reason, expected=f"at least {limit:g} {unit}", got=f"{value:.4g}")


def _at_most(reason: str, value: float, limit: float, unit: str) -> None:
    if value > limit:
        raise FaceError(reason, expected=f"at most {limit:g} {unit}", got=f"{value:.4g}")


def _inside(image: Image, landmarks: Floats, eye_distance: float) -> None:
    height, width = image.shape[:2]
    beyond = np.maximum(-landmarks, landmarks - (width - 1, height - 1)).max(1) / eye_distance
    jaw, features = float(beyond[:17].max()), float(beyond[17:].max())
    if features > 0 or jaw > JAW_SLACK:
        part = "eyes, brows, nose or mouth" if features > 0 else "jaw"
        raise FaceError("cut by the border", got=f"the {part} reach {max(jaw, features):.2f} eye distances outside")


def _outside(image: Image, landmarks: Floats, crop: Frame) -> float:
    """Share of a 32 x 32 grid over the crop that falls outside the image."""
    across, down = (np.linspace(0, length - 1, 32) for length in (crop.width, crop.height))
    units = crop.units(np.stack(np.meshgrid(across, down), axis=-1))
    forward = alignment(landmarks)
    points: Doubles = (units - forward[:, 2]) @ np.linalg.inv(forward[:, :2]).T
    height, width = image.shape[:2]
    inside = (points >= -0.5).all(-1) & (points <= (width - 0.5, height - 0.5)).all(-1)
    return float(1 - inside.mean())
