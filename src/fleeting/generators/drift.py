"""What head, eyes, tremor and light do to one face: smooth fields, each the product of a few short profiles.

A slope, the blob of an iris and a coarse grid enlarged by cubic interpolation are all sums of (profile down) x (profile
across), so two small matrix products make the field of a sample.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from ..types import Face, Floats
from .basis import cells, eyes, gauss
from .nuisance import Disturbance

TREMOR = 8, 7
"""Rows and columns of Disturbance.tremor."""
IRIS = 0.08, 0.05
"""sd of the blob that moves with the gaze, IOD across and down."""


class Drift:
    """The profiles of one face on a grid of h x w cells.

    Profile 0 is 1, 1 the place in IOD from the point between the eyes, 2 and 3 the irises, the rest the tremor's cells.
    """

    def __init__(self, face: Face, shape: tuple[int, int]) -> None:
        left, right = eyes(face.landmarks)
        self._iod = np.float32(np.hypot(*(left - right)))
        across, down = (
            self._profiles(cells(shape[side], face.image.shape[side]), (left[axis], right[axis]), axis)
            for axis, side in enumerate((1, 0))
        )
        self._across, self._down = across, np.ascontiguousarray(down.T)  # (11, w), (h, 12)

    def _profiles(self, places: Floats, irises: tuple[np.float32, np.float32], axis: int) -> Floats:
        """(4 + coarse cells, n) float32."""
        left, right = ((places - iris) / self._iod for iris in irises)
        cubic = _cubic(TREMOR[1 - axis], len(places))
        profiles = np.empty((4 + len(cubic), len(places)), np.float32)
        profiles[0] = 1
        profiles[1] = (left + right) / 2
        profiles[2] = gauss(left / IRIS[axis])
        profiles[3] = gauss(right / IRIS[axis])
        profiles[4:] = cubic
        return profiles

    def start(self, disturbance: Disturbance) -> Floats:
        """(..., 2) float32 px: the misplacement of the crop."""
        return disturbance.start * self._iod

    def change(self, disturbance: Disturbance) -> Floats:
        """(..., 3, 12, 11) float32: the share of each pair of profiles in dx, dy (px) and light at the apex."""
        samples = disturbance.light.shape[:-1]
        change = np.zeros((*samples, 3, 4 + TREMOR[0], 4 + TREMOR[1]), np.float32)
        moves, light = change[..., :2, :, :], change[..., 2, :, :]
        moves[..., 0, :2] = disturbance.affine[..., :2]
        moves[..., 1, 0] = disturbance.affine[..., 2]
        moves[..., 2, 2] = moves[..., 3, 3] = disturbance.gaze
        for axis in (0, 1):
            moves[..., axis, 4:, 4:] = disturbance.tremor[..., axis]
        moves *= self._iod
        light[..., 0, :2] = disturbance.light[..., :2]
        light[..., 1, 0] = disturbance.light[..., 2]
        return change

    def field(self, change: Floats) -> Floats:
        """(..., 3, h, w) float32, of (..., 3, 12, 11) as `change` gives them."""
        field: Floats = np.matmul(self._down, np.matmul(change, self._across))
        return field


@cache
def _cubic(coarse: int, fine: int) -> Floats:
    """(coarse, fine) float32: the share of each coarse cell in each fine one."""
    shares: Floats = cv2.resize(np.eye(coarse, dtype=np.float32), (fine, coarse), interpolation=cv2.INTER_CUBIC)
    return shares
