"""What motion does not explain: artefacts, clipped pixels, and whether the person is still the same.

All measures are ours. None needs a network, so none brings the terms of somebody's weights with it.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...types import Floats, Image
from .regions import OUTSIDE, FaceMap, Mask

LEVELS = 10
"""Grey levels of 255 by which a pixel may differ from its origin."""
SLACK = 0.5
"""px by which the flow may err: an edge may differ by its slope times so much in addition."""
FINE, COARSE = 0.04, 0.25
"""IOD, sds of the two blurs between which lies what tells one face from another: eyes, nose, mouth, their shading."""


def unexplained(given: Image, taken_back: Image, flow: Floats) -> tuple[Mask, Mask]:
    """Which pixels no motion explains, and which can be judged, (h, w) each.

    Against the face given and not the onset: a network that spoils every frame alike would else go unseen.

    Args:
        given: (h, w) uint8 grey.
        taken_back: a frame with the flow from the onset undone, (h, w) uint8 grey.
        flow: (h, w, 2) float32 px; pixels that it leads out of the image cannot be judged.
    """
    first, second = given.astype(np.float32), taken_back.astype(np.float32)
    allowed = LEVELS + SLACK * np.maximum(_steepest(first), _steepest(second))
    height, width = given.shape
    down, across = np.indices((height, width), dtype=np.float32)
    x, y = across + flow[..., 0], down + flow[..., 1]
    judged: Mask = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return (np.abs(first - second) > allowed) & judged, judged


def likeness(one: Image, other: Image, iod: float, where: Mask) -> float | None:
    """Correlation of two aligned faces in the band FINE to COARSE, -1 to 1; None where there is nothing to compare.

    Args:
        one: (h, w) uint8 grey.
        other: (h, w) uint8 grey.
        iod: px between the eyes.
        where: (h, w) the pixels that count.
    """
    first, second = (_band(image, iod)[where] for image in (one, other))
    spread = float(first.std() * second.std()) if first.size else 0.0
    if spread == 0:
        return None
    return float(np.mean((first - first.mean()) * (second - second.mean())) / spread)


def kept_face(face: FaceMap, reach: Mask) -> Mask:
    """(h, w) the face without the regions of a unit: what must stay the same."""
    kept: Mask = (face.region != OUTSIDE) & ~reach
    return kept


def clipped(frames: Image, face: Image) -> Floats:
    """(T,) share of the pixels with a channel at 0 or 255 that the face given does not have there.

    Args:
        frames: (T, H, W, 3) uint8.
        face: (H, W, 3) uint8.
    """
    ends = ((frames == 0) | (frames == 255)) & ~((face == 0) | (face == 255))
    shares: Floats = ends.any(-1).mean((1, 2), dtype=np.float32)
    return shares


def _band(image: Image, iod: float) -> Floats:
    fine, coarse = (
        cv2.GaussianBlur(image.astype(np.float32), (0, 0), sd * iod, borderType=cv2.BORDER_REFLECT_101)
        for sd in (FINE, COARSE)
    )
    band: Floats = fine - coarse
    return band


def _steepest(image: Floats) -> Floats:
    """(h, w) largest slope among a pixel and its neighbours, levels per px."""
    slopes = np.hypot(*np.gradient(image))
    steepest: Floats = cv2.dilate(slopes.astype(np.float32), np.ones((3, 3), np.uint8))
    return steepest
