"""The warp generator: a frame is the face, moved by a weighted sum of its action units' fields, in one resampling.

Micro-expressions move skin by fractions of a pixel; a warp keeps that motion exactly and can state it.
Source: ours (docs/generators.md).
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from ..files import text_digest
from ..options import Options
from ..types import AUSequence, Face, Floats, Image
from . import basis
from .nuisance import LIDS, Disturbance, NuisanceOptions, draw, record

GRID = 2
"""The fields are computed on every second pixel: the narrowest bump, a frown line, has an sd of 1.3 pixels."""


class WarpOptions(Options):
    """Options of the generator `warp`."""

    strength: float = 1.0
    """Factor on what action units do, motion and furrows."""
    furrows: float = 1.0
    """Factor on the shading of furrows; 0 leaves the brightness of the skin alone."""
    nuisance: NuisanceOptions = NuisanceOptions()
    """What head, light and camera add."""


class WarpGenerator:
    """Generator `warp`; see Generator and KnowsMotion for the methods."""

    name = "warp"
    Options = WarpOptions

    def __init__(self, options: WarpOptions | None = None) -> None:
        self.options = options or WarpOptions()
        self.digest = text_digest(self.name, basis.digest(), self.options.digest())
        self._known: tuple[Face, basis.Basis] | None = None

    def generate(self, face: Face, aus: AUSequence, rng: np.random.Generator) -> Image:
        """(T, H, W, 3) uint8 RGB, H and W those of the face."""
        disturbance = self._draw(aus, rng)
        height, width = face.image.shape[:2]
        fields = self._fields(face, aus, disturbance)
        across, down = _pixel_grid(height, width)
        result = np.empty((len(fields), height, width, 3), np.uint8)
        for index, field in enumerate(fields):
            dx, dy, light = cv2.split(cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR))
            places = cv2.subtract(across, dx), cv2.subtract(down, dy)
            moved = cv2.remap(face.image, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
            lit = cv2.multiply(moved, cv2.merge((light, light, light)), dtype=cv2.CV_32F)
            result[index] = record(lit, disturbance, rng)
        return result

    def motion(self, face: Face, aus: AUSequence, rng: np.random.Generator) -> Floats:
        """(T-1, H, W, 2) float32 px; see KnowsMotion.

        Exact to 0.01 px on 99.8 % of the pixels at the strength of micro-expressions (measured). The others are
        squeezed against the border of the crop, or leave it.
        """
        height, width = face.image.shape[:2]
        fields = self._fields(face, aus, self._draw(aus, rng))
        grid = np.dstack(_pixel_grid(height, width))
        full = [cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)[..., :2] for field in fields]
        origin = grid - full[0]  # where in the face image frame 0's pixels come from
        motion = np.empty((len(fields) - 1, height, width, 2), np.float32)
        for index, field in enumerate(full[1:]):
            place = grid
            for _ in range(6):  # solve place - field(place) = origin; the fields' slopes are far below 1
                place = origin + cv2.remap(field, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            motion[index] = place - grid
        return motion

    def motion_batch(
        self, face: Face, sequences: list[AUSequence], streams: list[np.random.Generator], size: int
    ) -> Floats:
        """(N, size, size, 2) float32 px: onset-to-apex motion of N samples of one face on a coarse grid.

        The first-order motion (apex field minus onset field), without rendering: for training at flow speed.
        """
        fields = self._basis(face, (size, size))
        changes = [self._draw(aus, rng) for aus, rng in zip(sequences, streams, strict=True)]
        weights = [_weights(aus, change) for aus, change in zip(sequences, changes, strict=True)]
        total = self._blend(fields, np.stack([rows[-1] - rows[0] for rows in weights]))[..., :2]
        for sample, change in zip(total, changes, strict=True):
            sample += _drift(fields, change)[..., :2]
        return total

    def _draw(self, aus: AUSequence, rng: np.random.Generator) -> Disturbance:
        return draw(self.options.nuisance, rng, sided=bool((aus.sides != 1).any()))

    def _basis(self, face: Face, shape: tuple[int, int]) -> basis.Basis:
        known = self._known
        if known is None or known[0] is not face or known[1].shape != shape:
            known = (face, basis.face_basis(face, shape))
            self._known = known
        return known[1]

    def _fields(self, face: Face, aus: AUSequence, change: Disturbance) -> Floats:
        """(T, h, w, 3) float32: how far each cell of a sample moves (dx, dy, px), and its brightness factor."""
        height, width = face.image.shape[:2]
        fields = self._basis(face, (height // GRID, width // GRID))
        total = self._blend(fields, _weights(aus, change))
        total += _time(len(total))[:, None, None, None] * _drift(fields, change)
        total[..., :2] += np.float32(fields.iod) * change.start
        total[..., 2] += 1
        return total

    def _blend(self, face: basis.Basis, weights: Floats) -> Floats:
        """(N, h, w, 3) float32: sums of the face's fields with N rows of 34 weights."""
        active = np.flatnonzero(weights.any(0))  # most action units rest
        total = weights[:, active] @ face.fields.reshape(weights.shape[1], -1)[active]
        total = total.reshape(len(weights), *face.shape, 3)
        total *= np.float32(self.options.strength) * np.array([1, 1, self.options.furrows], np.float32)
        blended: Floats = total
        return blended


def _drift(face: basis.Basis, change: Disturbance) -> Floats:
    """(h, w, 3) float32: what head, eyes, tremor and light add until the apex."""
    iod = np.float32(face.iod)
    slopes = np.zeros((4, 3), np.float32)
    slopes[:3, :2] = iod * change.affine.T
    slopes[3, :2] = iod * change.gaze
    slopes[:3, 2] = change.light
    height, width = face.shape
    drift: Floats = (face.planes.reshape(-1, 4) @ slopes).reshape(height, width, 3)
    drift[..., :2] += iod * cv2.resize(change.tremor, (width, height), interpolation=cv2.INTER_CUBIC)
    return drift


def _weights(aus: AUSequence, disturbance: Disturbance) -> Floats:
    """(T, 34) float32: intensity of each half of each action unit, left half first."""
    values = aus.values[:, None, :] * (aus.sides * disturbance.sides)
    values[..., LIDS] += _time(len(values))[:, None] * disturbance.lids
    weights: Floats = values.reshape(len(values), -1)
    return weights


@cache
def _time(count: int) -> Floats:
    """(T,) float32 from 0 at the onset to 1 at the apex."""
    return np.linspace(0, 1, count, dtype=np.float32)


@cache
def _pixel_grid(height: int, width: int) -> tuple[Floats, Floats]:
    """Each pixel's own x and y, (H, W) float32."""
    down, across = np.indices((height, width), dtype=np.float32)
    return across, down
