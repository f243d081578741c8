"""MDMO: the main direction of the flow in each of 36 regions of the face, averaged over the clip.

Source: Liu et al., TAFFC 2016. Flow from the first frame to every other; in each region the fullest of 8 sectors,
centred on multiples of 45 degrees, and the mean magnitude and angle of its pixels; over the frames the mean of these as
vectors, each frame weighted by its share of the magnitude; 36 magnitudes over the largest, then 36 angles less 180
degrees. Ours: the regions (face_regions.py); that a pixel without motion has angle 0; that a region outside the frame
has no motion; and the alignment: an affine map, fitted by least squares to what 13 steady landmarks (jaw and nose tip)
do, is undone. The map has a shift, without which it could not undo that of a head. Flow beyond the frame is that of the
nearest pixel.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..errors import ShapeError
from ..options import Options
from ..types import Floats, Image
from .clip_flow import clip_flows
from .descriptor import Descriptor, DescriptorOptions
from .face_regions import REGIONS, Masks, mean_landmarks, region_masks
from .gradients import direction_codes
from .optical_flow import Method

Doubles = npt.NDArray[np.float64]
BINS = 8
STEADY = (0, 1, 2, 3, 4, 5, 11, 12, 13, 14, 15, 16, 30)
"""Landmarks that no expression moves much: jaw sides and nose tip."""


class MDMOOptions(DescriptorOptions):
    """Options of the feature `mdmo`."""

    align: bool = True
    """Whether the motion of the whole head is taken out of the flow."""
    eye_level: float = Field(34 / 128, gt=0, lt=1)
    """Height of the eye centres in the frames, share of the height from the top; where no landmarks are given."""
    eye_distance: float = Field(64 / 128, gt=0.1, lt=0.9)
    """Distance between the eye centres in the frames, share of the width; where no landmarks are given."""
    method: Method = "tvl1"
    """Flow estimator, see optical_flow."""


class MDMO(Descriptor):
    """Feature `mdmo`: frames of one clip in; 36 magnitudes in 0..1, then 36 angles in -pi..pi."""

    Options: type[Options] = MDMOOptions
    NAME = "mdmo"
    options: MDMOOptions

    @property
    def length(self) -> int:
        """Two numbers per region."""
        return 2 * REGIONS

    def compute(self, frames: Image | Floats, landmarks: Floats | None = None) -> Floats:
        """The vector of one clip, see Descriptor.compute.

        Args:
            frames: as there.
            landmarks: (68, 2) px (x, y) of the first frame, iBUG order; None: those of the mean face in an aligned crop
                with the eyes where the options say.

        Raises:
            ShapeError: not such frames or landmarks.
        """
        volume = self._volume(frames)
        height, width = frames.shape[1:3]
        if landmarks is None:
            points = mean_landmarks((height, width), self.options.eye_level, self.options.eye_distance)
        elif landmarks.shape == (68, 2):
            points = landmarks.astype(np.float64)
        else:
            raise ShapeError("These are no landmarks.", expected="(68, 2), iBUG order", got=str(landmarks.shape))
        size = self.options.size
        points = (points + 0.5) * (size / width, size / height) - 0.5
        return self.of_flows(clip_flows(volume, "first", self.options.method), points)

    def of_flows(self, flows: Floats, landmarks: Doubles) -> Floats:
        """(length,) of the flows (T - 1, H, W, 2) px from the first frame, whose landmarks are given in px of it."""
        masks = region_masks(landmarks, (flows.shape[1], flows.shape[2]))
        if self.options.align:
            flows = np.stack([steadied(flow, landmarks[list(STEADY)]) for flow in flows])
        main = np.stack([main_motions(flow, masks) for flow in flows])  # (T - 1, 36, 2): magnitude, angle
        total = main[..., 0].sum()
        share = main[..., 0].sum(1) / (total if total > 0 else 1)
        x, y = (share @ (main[..., 0] * wave(main[..., 1])) for wave in (np.cos, np.sin))
        magnitude, angle = np.hypot(x, y), np.arctan2(y, x) % (2 * np.pi)
        largest = magnitude.max()
        vector: Floats = np.concatenate([magnitude / (largest if largest > 0 else 1), angle - np.pi])
        return vector.astype(np.float32)


def main_motions(flow: Floats, masks: Masks) -> Doubles:
    """Mean magnitude and angle of the pixels in the fullest sector of each region: (36, 2), px and radians.

    Of several fullest sectors the first counts; a region without pixels gives 0, 0.
    """
    x, y = (flow[..., axis].astype(np.float64) for axis in (0, 1))
    codes = direction_codes(x, y, BINS, -np.pi / BINS)
    angles, lengths = np.arctan2(y, x), np.hypot(x, y)
    result = np.zeros((len(masks), 2))
    for motion, mask in zip(result, masks, strict=True):
        if mask.any():
            fullest = int(np.bincount(codes[mask], minlength=BINS).argmax())
            inside = mask & (codes == fullest)
            middle = 2 * np.pi * fullest / BINS
            off = (angles[inside] - middle + np.pi) % (2 * np.pi) - np.pi  # the first sector lies on both sides of 0
            motion[:] = lengths[inside].mean(), middle + off.mean()
    return result


def steadied(flow: Floats, landmarks: Doubles) -> Floats:
    """The flow (H, W, 2) after the affine map that best brings landmarks (N, 2) px moved by it back to their places."""
    height, width, _ = flow.shape
    column, row = np.clip(np.rint(landmarks).astype(np.int64), 0, (width - 1, height - 1)).T
    moved = np.column_stack([landmarks + flow[row, column], np.ones(len(landmarks))])
    back = np.linalg.lstsq(moved, -flow[row, column].astype(np.float64), rcond=None)[0]  # (3, 2), 0 without motion
    y, x = np.mgrid[:height, :width].astype(np.float64)
    result: Floats = flow + np.dstack([x + flow[..., 0], y + flow[..., 1], np.ones_like(x)]) @ back
    return result.astype(np.float32)
