"""The warp generator: a frame is the face, moved by a weighted sum of its action units' fields, in one resampling.

Micro-expressions move skin by fractions of a pixel; a warp keeps that motion exactly and can state it.
Source: ours (docs/generators.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby

import cv2
import numpy as np

from ..files import text_digest
from ..options import Options
from ..types import AUSequence, Face, Floats, Image
from . import basis
from .drift import Drift
from .nuisance import LIDS, Disturbance, NuisanceOptions, draw, record, states_sides

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
        return self.generate_batch([face], [aus], [rng])[0]

    def generate_batch(
        self, faces: Sequence[Face], sequences: Sequence[AUSequence], streams: Sequence[np.random.Generator]
    ) -> list[Image]:
        """What `generate` gives for each of N samples; those of one face that stand together share work."""
        result: list[Image] = []
        samples = zip(faces, sequences, streams, strict=True)
        for _, alike in groupby(samples, key=lambda sample: (id(sample[0]), len(sample[1].values))):
            (face, *_), of_face, rngs = zip(*alike, strict=True)
            result += self._drawn(face, of_face, rngs)
        return result

    def _drawn(
        self, face: Face, sequences: Sequence[AUSequence], streams: Sequence[np.random.Generator]
    ) -> Iterator[Image]:
        """The frames (T, H, W, 3) of samples of one face and one length."""
        disturbance = self._draw(sequences, streams)
        shift = self._prepared(face, _coarse(face))[1].start(disturbance)
        fields = self._fields(face, sequences, disturbance, shift)
        camera = disturbance.noise.tolist(), disturbance.quality.tolist(), streams
        for of_sample, start, noise, quality, rng in zip(fields, shift.tolist(), *camera, strict=True):
            frames = np.empty((len(of_sample), *face.image.shape), np.uint8)
            for field, out in zip(of_sample, frames, strict=True):
                record(_moved(face.image, field, start), noise, quality, rng, out)
            yield frames

    def motion(self, face: Face, aus: AUSequence, rng: np.random.Generator) -> Floats:
        """(T-1, H, W, 2) float32 px; see KnowsMotion.

        Exact to 0.01 px on 99.8 % of the pixels at the strength of micro-expressions (measured). The others are
        squeezed against the border of the crop, or leave it.
        """
        height, width = face.image.shape[:2]
        grid = np.dstack(_pixel_grid(height, width))
        (fields,) = self._fields(face, [aus], self._draw([aus], [rng]), np.zeros((1, 2), np.float32))
        full = [np.zeros_like(grid) if field is None else np.dstack(field[:2]) for field in fields]
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
        disturbance = self._draw(sequences, streams)
        ends = [aus.values[[0, -1]] for aus in sequences]  # they may differ in length
        weights = _weights(ends, sequences, disturbance)
        drifts = drift.field(drift.change(disturbance)[:, :2])
        for sample, change, drifted in zip(motion, weights[:, -1] - weights[:, 0], drifts, strict=True):
            np.add((change @ moves).reshape(sample.shape), drifted, out=sample)  # one at a time, see _field
        return np.ascontiguousarray(np.moveaxis(motion, 1, -1))

    def _draw(self, sequences: Sequence[AUSequence], streams: Sequence[np.random.Generator]) -> Disturbance:
        return draw(self.options.nuisance, streams, states_sides(sequences))

    def _prepared(self, face: Face, shape: tuple[int, int]) -> tuple[Floats, Drift]:
        """What all samples of a face share: the fields of the units (34, 3, h, w), and the profiles of the drift."""
        known = self._known
        if known is None or known[0] is not face or known[1].shape[2:] != shape:
            fields = basis.face_basis(face, shape, strength=self.options.strength, furrows=self.options.furrows)
            known = (face, fields.reshape(-1, 3, *shape), Drift(face, shape))
            self._known = known
        return known[1:]

    def _fields(
        self, face: Face, sequences: Sequence[AUSequence], disturbance: Disturbance, shift: Floats
    ) -> Iterator[list[Sequence[Floats] | None]]:
        """For each frame of each sample how far pixels have moved, dx and dy (H, W) px, and their brightness (H, W).

        None = nothing has moved yet but by `shift` (N, 2) px, as in most onset frames: that is the misplacement of the
        crop, which is in all frames; zeros leave it out.
        """
        height, width = face.image.shape[:2]
        units, drift = self._prepared(face, _coarse(face))
        weights = _weights([aus.values for aus in sequences], sequences, disturbance)
        change = drift.change(disturbance)
        constant = np.zeros_like(change)
        constant[:, :2, 0, 0] = shift
        constant[:, 2, 0, 0] = 1
        time = _time(weights.shape[1])
        drifts = time[:, None, None, None] * change[:, None]
        moving = np.logical_or(weights.any(-1), drifts.any((2, 3, 4)))
        drifts += constant[:, None]
        for rows, of_frames, moved in zip(weights, drifts, moving, strict=True):
            yield [
                _enlarged(_field(units, row, drift.field(drifted)), height, width) if moves else None
                for row, drifted, moves in zip(rows, of_frames, moved, strict=True)
            ]


def _moved(image: Image, field: Sequence[Floats] | None, start: Sequence[float]) -> Floats | Image:
    """(H, W, 3) float32 or uint8, 0..255: the face image moved and lit by a field, or shifted by `start` px only."""
    if field is None:
        # Bilinear too, and twice as fast as a remap.
        shifted: Image = cv2.filter2D(image, cv2.CV_8U, _shifted(*start), borderType=cv2.BORDER_REFLECT_101)
        return shifted
    dx, dy, light = field
    x, y = _pixel_grid(*image.shape[:2])
    places = cv2.subtract(x, dx), cv2.subtract(y, dy)
    moved = cv2.remap(image, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    factors = cv2.cvtColor(light, cv2.COLOR_GRAY2RGB)  # three times the same; cv2.merge takes longer
    lit: Floats = cv2.multiply(moved, factors, dtype=cv2.CV_32F)
    return lit


def _enlarged(planes: Floats, height: int, width: int) -> list[Floats]:
    """Of each of the planes (n, h, w) its enlargement (H, W)."""
    return [cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR) for plane in planes]


def _field(units: Floats, weights: Floats, drift: Floats) -> Floats:
    """(3, h, w): the sum of the fields of the units (34, 3, h, w) with their weights (34,), added to `drift`.

    One frame at a time: a product of many rows may round otherwise, and no sample may depend on its neighbours.
    """
    flat, active = units.reshape(len(units), -1), weights.nonzero()[0]
    product = weights.take(active) @ flat.take(active, 0) if len(active) <= FEW else weights @ flat
    drift += product.reshape(drift.shape)
    return drift


def _coarse(face: Face) -> tuple[int, int]:
    """Cells (h, w) of the grid of the fields."""
    height, width = face.image.shape[:2]
    return height // GRID, width // GRID


def _weights(rows: Sequence[Floats], sequences: Sequence[AUSequence], disturbance: Disturbance) -> Floats:
    """(N, T, 34) float32: intensity of each half of each action unit, left half first.

    Args:
        rows: of each sample the T evenly spaced rows (T, 17) of its action units that are wanted, the last at the apex.
        sequences: where they come from, for the sides.
        disturbance: of the N samples.
    """
    values, sides = np.array(rows), np.array([aus.sides for aus in sequences])
    halves = values[:, :, None] * (sides * disturbance.sides[..., None])[:, None]
    halves[..., LIDS] += _time(values.shape[1])[:, None] * disturbance.lids[:, None]
    weights: Floats = halves.reshape(*values.shape[:2], -1)
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
