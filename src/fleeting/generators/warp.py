"""The warp generator: a frame is the face, moved by a weighted sum of its action units' fields, in one resampling.

Micro-expressions move skin by fractions of a pixel; a warp keeps that motion exactly and can state it.
Source: ours (docs/generators.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np

from ..files import text_digest
from ..options import Options
from ..types import AUSequence, Face, Floats, Image
from . import basis
from .drift import Drift
from .nuisance import LIDS, Disturbance, NuisanceOptions, draw, record

GRID = 2
"""The fields are computed on every second pixel: the narrowest bump, a frown line, has an sd of 1.3 pixels."""
FEW = 14
"""Up to so many active halves of units, a product with their fields alone is faster than one with all 34."""


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
        self.digest = text_digest(f"{self.name} 4", basis.digest(), self.options.digest())
        self._known: tuple[Face, Floats, Drift] | None = None

    def generate(self, face: Face, aus: AUSequence, rng: np.random.Generator) -> Image:
        """(T, H, W, 3) uint8 RGB, H and W those of the face."""
        disturbance = self._draw(aus, rng)
        _, drift = self._prepared(face, _coarse(face))
        shift = drift.start(disturbance)
        x, y = _pixel_grid(*face.image.shape[:2])
        result = np.empty((len(aus.values), *face.image.shape), np.uint8)
        for index, field in enumerate(self._fields(face, aus, disturbance, shift)):
            if field is None:
                # Bilinear too, and twice as fast as a remap.
                kernel = _shifted(*shift.tolist())
                frame = cv2.filter2D(face.image, cv2.CV_8U, kernel, borderType=cv2.BORDER_REFLECT_101)
            else:
                dx, dy, light = field
                places = cv2.subtract(x, dx), cv2.subtract(y, dy)
                moved = cv2.remap(face.image, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
                factors = cv2.cvtColor(light, cv2.COLOR_GRAY2RGB)  # three times the same; cv2.merge takes longer
                frame = cv2.multiply(moved, factors, dtype=cv2.CV_32F)
            result[index] = record(frame, disturbance, rng)
        return result

    def motion(self, face: Face, aus: AUSequence, rng: np.random.Generator) -> Floats:
        """(T-1, H, W, 2) float32 px; see KnowsMotion.

        Exact to 0.01 px on 99.8 % of the pixels at the strength of micro-expressions (measured). The others are
        squeezed against the border of the crop, or leave it.
        """
        height, width = face.image.shape[:2]
        grid = np.dstack(_pixel_grid(height, width))
        full = [
            np.zeros_like(grid) if field is None else np.dstack(field[:2])
            for field in self._fields(face, aus, self._draw(aus, rng), np.zeros(2, np.float32))
        ]
        origin = grid - full[0]  # where in the face image, less the crop's misplacement, frame 0's pixels come from
        motion = np.empty((len(full) - 1, height, width, 2), np.float32)
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
        units, drift = self._prepared(face, (size, size))
        moves = units.reshape(len(units), -1)[:, : 2 * size * size]
        motion = np.empty((len(sequences), 2, size, size), np.float32)
        for sample, aus, rng in zip(motion, sequences, streams, strict=True):
            disturbance = self._draw(aus, rng)
            weights = _weights(aus, disturbance)
            field = ((weights[-1] - weights[0]) @ moves).reshape(sample.shape)  # one at a time, see _fields
            np.add(field, drift.field(drift.change(disturbance)[:2]), out=sample)
        return np.ascontiguousarray(np.moveaxis(motion, 1, -1))

    def _draw(self, aus: AUSequence, rng: np.random.Generator) -> Disturbance:
        return draw(self.options.nuisance, rng, sided=bool((aus.sides != 1).any()))

    def _prepared(self, face: Face, shape: tuple[int, int]) -> tuple[Floats, Drift]:
        """What all samples of a face share: the fields of the units (34, 3, h, w), and the profiles of the drift."""
        known = self._known
        if known is None or known[0] is not face or known[1].shape[2:] != shape:
            fields = basis.face_basis(face, shape, strength=self.options.strength, furrows=self.options.furrows)
            known = (face, fields.reshape(-1, 3, *shape), Drift(face, shape))
            self._known = known
        return known[1:]

    def _fields(
        self, face: Face, aus: AUSequence, disturbance: Disturbance, shift: Floats
    ) -> Iterator[tuple[Floats, ...] | None]:
        """For each frame how far its pixels have moved, dx and dy (H, W) px, and their brightness as a factor.

        None = nothing has moved yet but by `shift` (2,) px, as in most onset frames: that is the misplacement of the
        crop, which is in all frames; zeros leave it out.
        """
        height, width = face.image.shape[:2]
        units, drift = self._prepared(face, _coarse(face))
        flat, change = units.reshape(len(units), -1), drift.change(disturbance)
        constant = np.zeros_like(change)
        constant[:, 0, 0] = *shift, 1
        weights = _weights(aus, disturbance)
        drifts = np.count_nonzero(change) > 0
        for row, time in zip(weights, _time(len(weights)), strict=True):
            active = row.nonzero()[0]
            if not (len(active) or (drifts and time > 0)):
                yield None
                continue
            # One frame at a time: a product of many rows may round otherwise, and no sample may depend on its
            # neighbours. Many at once would save 2 % of a sample's time.
            product = row.take(active) @ flat.take(active, 0) if len(active) <= FEW else row @ flat
            field = product.reshape(units.shape[1:])
            field += drift.field(time * change + constant)
            yield tuple(cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR) for plane in field)


def _coarse(face: Face) -> tuple[int, int]:
    """Cells (h, w) of the grid of the fields."""
    height, width = face.image.shape[:2]
    return height // GRID, width // GRID


def _weights(aus: AUSequence, disturbance: Disturbance) -> Floats:
    """(T, 34) float32: intensity of each half of each action unit, left half first."""
    values = aus.values[:, None, :] * (aus.sides * disturbance.sides[:, None])
    values[..., LIDS] += _time(len(values))[:, None] * disturbance.lids
    weights: Floats = values.reshape(len(values), -1)
    return weights


def _shifted(right: float, down: float) -> Floats:
    """The kernel of a bilinear shift of the picture by so many px; its side is odd."""
    reach = math.ceil(max(abs(right), abs(down)))
    across = _taps(right, reach)
    return np.array([[row * column for column in across] for row in _taps(down, reach)], np.float32)


def _taps(shift: float, reach: int) -> list[float]:
    """2 reach + 1 weights of the pixels from `reach` before a place to `reach` after it."""
    return [max(0.0, 1 - abs(step + shift)) for step in range(-reach, reach + 1)]


@cache
def _time(count: int) -> Floats:
    """(T,) float32 from 0 at the onset to 1 at the apex."""
    return np.linspace(0, 1, count, dtype=np.float32)


@cache
def _pixel_grid(height: int, width: int) -> tuple[Floats, Floats]:
    """Each pixel's own x and y, (H, W) float32."""
    down, across = np.indices((height, width), dtype=np.float32)
    return across, down
