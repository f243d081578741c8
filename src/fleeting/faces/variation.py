"""Identity variation, the shape: one face's geometry moved smoothly towards another person's.

Convention: face units (geometry.py). The map goes backwards: B(q) is the place in the base face that the varied face
shows at q, B(q) = q - sum over terms of g(q) (M (q - c) + t), with g a Gaussian around the anchor c. Landmarks follow
exactly: they solve B(q) = landmark. Then the varied face is scaled and shifted until its eyes stand at (-.5, 0) and
(.5, 0) again. Source: ours; the table variation.csv holds features, anchors, widths and spreads.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from .geometry import Doubles, eye_centres

TABLE = files(__package__).joinpath("variation.csv")

ANCHORS: dict[str, tuple[list[int], ...]] = {
    "face": ([*range(27, 36)],),
    "jaw": ([4, 12],),
    "cheeks": ([2, 14],),
    "chin": ([8],),
    "eyes": ([*range(36, 42)], [*range(42, 48)]),
    "brows": ([*range(17, 22)], [*range(22, 27)]),
    "bridge": ([27, 28, 29],),
    "nose tip": ([30],),
    "nostrils": ([*range(31, 36)],),
    "mouth": ([*range(48, 60)],),
}
"""Where a term sits: the mean of these points; two lists: once on each side, mirrored."""

# fmt: off
MIRRORED = np.array([
    *range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, *range(35, 30, -1),
    45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
    54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65,
])
"""Which iBUG point of a mirror image shows each point."""
# fmt: on

CLIP = 2.0
"""Draws are clipped to so many standard deviations: nobody gets a face that nobody has."""

ROUNDS = 10
"""Most fixed-point rounds for the landmarks; the map contracts by more than half, so the error is below 1e-3 px."""
CLOSE = 1e-5
"""A last step of this size, eye distances, ends the rounds: the error is below it, 6e-4 px."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The table of R rows as arrays over K terms; a row that sits on both sides of the face is two terms."""

    rows: npt.NDArray[np.intp]
    """(K,) the row of each term."""
    spreads: Doubles
    """(R,) standard deviation of each row."""
    anchors: Doubles
    """(K, 68) weights that average landmarks into the centre of each term."""
    widths: Doubles
    """(K, 2) standard deviations of the Gaussian, eye distances."""
    matrices: Doubles
    """(K, 2, 2) the matrix M for an amount of 1."""
    shifts: Doubles
    """(K, 2) the shift t for an amount of 1."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The drawn terms of one identity, K terms: centres, widths and shifts (K, 2), matrices (K, 2, 2), face units."""

    centres: Doubles
    widths: Doubles
    matrices: Doubles
    shifts: Doubles

    def backward(self, points: Doubles) -> Doubles:
        """B at points (N, 2)."""
        dx, dy = (points[:, axis] - self.centres[:, axis, None] for axis in (0, 1))
        weight = np.exp(-0.5 * ((dx / self.widths[:, :1]) ** 2 + (dy / self.widths[:, 1:]) ** 2))
        moved = np.empty_like(points)
        for axis in (0, 1):
            linear = self.matrices[:, axis, :1] * dx + self.matrices[:, axis, 1:] * dy + self.shifts[:, axis, None]
            moved[:, axis] = points[:, axis] - (weight * linear).sum(0)
        return moved

    def backward_grid(self, xs: Doubles, ys: Doubles) -> tuple[Doubles, Doubles]:
        """B on the grid of columns `xs` (W,) and rows `ys` (H,): two arrays (H, W), x and y.

        A Gaussian times a linear term is a sum of products of a function of x and one of y, so that the whole grid
        costs two small matrix products.
        """
        dx, dy = xs - self.centres[:, :1], ys - self.centres[:, 1:]
        gx, gy = np.exp(-0.5 * (dx / self.widths[:, :1]) ** 2), np.exp(-0.5 * (dy / self.widths[:, 1:]) ** 2)
        rows = np.concatenate([gy, gy * dy]).T
        fields = []
        for axis in (0, 1):
            along = gx * (self.matrices[:, axis, :1] * dx + self.shifts[:, axis, None])
            fields.append(rows @ np.concatenate([along, gx * self.matrices[:, axis, 1:]]))
        return xs[None] - fields[0], ys[:, None] - fields[1]

    def forward(self, landmarks: Doubles) -> Doubles:
        """The q with B(q) = landmark, for landmarks (68, 2)."""
        points = landmarks
        for _ in range(ROUNDS):
            step = landmarks - self.backward(points)
            points = points + step
            if np.abs(step).max() < CLOSE:
                break
        return points


def draw_shape(landmarks: Doubles, strength: float, rng: np.random.Generator) -> Shape:
    """Draw the shape of one identity.

    Args:
        landmarks: the base face, (68, 2) face units, iBUG order.
        strength: multiplies every spread of the table.
        rng: consumed by one normal draw per table row.
    """
    terms = table()
    draws = np.clip(rng.standard_normal(len(terms.spreads)), -CLIP, CLIP)
    amounts = (strength * terms.spreads * draws)[terms.rows, None]
    return Shape(terms.anchors @ landmarks, terms.widths, amounts[..., None] * terms.matrices, amounts * terms.shifts)


def normal_frame(landmarks: Doubles) -> tuple[Doubles, float]:
    """The middle (x, y) between the eyes and their distance along x, which become (0, 0) and 1 again."""
    first, second = eye_centres(landmarks)
    return (first + second) / 2, float(second[0] - first[0])


def mirrored(landmarks: Doubles) -> Doubles:
    """Landmarks (68, 2) in face units of the mirror image."""
    flipped: Doubles = (landmarks * (-1.0, 1.0))[MIRRORED]
    return flipped


@cache
def table() -> Terms:
    """The rows of variation.csv."""
    records = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
    rows, anchors, widths, matrices, shifts = [], [], [], [], []
    for index, record in enumerate(records):
        for points, outward in zip(ANCHORS[record["anchor"]], (-1.0, 1.0), strict=False):
            matrix, shift = _unit(record["action"], outward)
            rows.append(index)
            anchors.append(np.isin(np.arange(68), points) / len(points))
            widths.append((float(record["sigma_x"]), float(record["sigma_y"])))
            matrices.append(matrix)
            shifts.append(shift)
    spreads = np.array([float(record["sd"]) for record in records])
    return Terms(np.array(rows), spreads, np.array(anchors), np.array(widths), np.array(matrices), np.array(shifts))


def _unit(action: str, outward: float) -> tuple[tuple[tuple[float, float], ...], tuple[float, float]]:
    """The matrix M and the shift t of an action; `outward` is -1 on the image's left and 1 on its right."""
    still = (0.0, 0.0)
    return {
        "widen": (((1.0, 0.0), still), still),
        "lengthen": ((still, (0.0, 1.0)), still),
        "grow": (((1.0, 0.0), (0.0, 1.0)), still),
        "tilt": ((still, (outward, 0.0)), still),
        "raise": ((still, still), (0.0, -1.0)),
        "shift": ((still, still), (1.0, 0.0)),
        "apart": ((still, still), (outward, 0.0)),
    }[action]
