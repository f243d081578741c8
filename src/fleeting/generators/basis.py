"""What each action unit does to one face: a motion field and a shading field for each half of the face.

The numbers stand in tables/*.csv, in units of the inter-ocular distance (IOD, between the eye centres) at intensity 1.
`lateral` points away from the midline and `down` down the face, so that one row serves both halves.
Source: ours, from the muscle actions that FACS describes; docs/generators.md compares them with a measured model.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..files import text_digest
from ..types import AU_NUMBERS, Face, Floats

TABLES = ("points", "displacements", "furrows")
RIGHT_EYE, LEFT_EYE = slice(36, 42), slice(42, 48)
BORDER = 0.03
"""Share of the side over which the motion fades to zero at the crop border, so that no seam opens there."""


@dataclass(frozen=True)
class Basis:
    """The fields of one face on a grid of h x w cells, at intensity 1.

    Convention: index 0 of the first axis of `fields` is the subject's left half (right in the image).
    """

    fields: Floats
    """(2, 17, h, w, 3) float32: content moves by (dx, dy) px of the face image; relative change of brightness."""
    planes: Floats
    """(h, w, 4) float32: 1, the cell's x and y in IOD from the point between the eyes, and 0..1 where an iris is."""
    iod: float
    """Inter-ocular distance in px."""

    @property
    def shape(self) -> tuple[int, int]:
        """Cells (h, w)."""
        return self.planes.shape[0], self.planes.shape[1]


@dataclass(frozen=True)
class _Rows:
    """One table as arrays, its rows sorted into (side, action unit) slots padded with zero rows."""

    point: npt.NDArray[np.intp]  # (2, 17, R) row into the point table
    weight: Floats  # (2, 17, R, V) the V values of a row, per side (lateral already signed as image x)
    radius: Floats  # (2, 17, R, 2) IOD


@cache
def table(name: str) -> pd.DataFrame:
    """One of TABLES, as shipped."""
    with resources.files(__package__).joinpath("tables", f"{name}.csv").open() as file:
        return pd.read_csv(file, dtype={"right": str, "left": str})


@cache
def digest() -> str:
    """sha256 of the three tables."""
    return text_digest(*(table(name).to_csv(index=False) for name in TABLES))


def face_points(landmarks: Floats) -> tuple[Floats, float]:
    """The table's points on one face: (2, P, 2) float32 px, side 0 = subject's left, and the IOD in px."""
    mean, offset = _anchors()
    across = landmarks[LEFT_EYE].mean(0) - landmarks[RIGHT_EYE].mean(0)
    axes = np.array([across, [-across[1], across[0]]], np.float32)  # one IOD sideways, one IOD down
    return (mean @ landmarks + offset @ axes).astype(np.float32), float(np.hypot(*across))


def face_basis(face: Face, shape: tuple[int, int]) -> Basis:
    """Compute the fields of `face` on a grid of `shape` (h, w) cells that covers its image."""
    height, width = face.image.shape[:2]
    points, iod = face_points(face.landmarks)
    centre = (face.landmarks[LEFT_EYE].mean(0) + face.landmarks[RIGHT_EYE].mean(0)) / 2
    y = (np.arange(shape[0], dtype=np.float32) + 0.5) * (height / shape[0]) - 0.5
    x = (np.arange(shape[1], dtype=np.float32) + 0.5) * (width / shape[1]) - 0.5
    fade = np.outer(_fade(y, height), _fade(x, width)).astype(np.float32)

    moves = _rows("displacements")
    across, along = _bumps(moves, points, iod, x, y)
    total = np.matmul(along, across)
    limit = fade / np.maximum(total, 1.0)  # bumps that overlap share the motion instead of adding it up
    scaled = moves.weight * np.float32(iod)
    fields = np.empty((*total.shape, 3), np.float32)
    for axis in (0, 1):
        np.multiply(np.matmul(along * scaled[:, :, None, :, axis], across), limit, out=fields[..., axis])

    lines = _rows("furrows")
    across, along = _bumps(lines, points, iod, x, y)
    fields[..., 2] = np.matmul(along * lines.weight[:, :, None, :, 0], across)

    planes = np.ones((*shape, 4), np.float32)
    planes[..., 1] = (x - centre[0]) / iod
    planes[..., 2] = (y - centre[1])[:, None] / iod
    planes[..., 3] = 0
    for side in (LEFT_EYE, RIGHT_EYE):
        iris = face.landmarks[side].mean(0)
        dx, dy = (x - iris[0]) / iod, (y - iris[1]) / iod
        planes[..., 3] += np.outer(np.exp(-0.5 * (dy / 0.05) ** 2), np.exp(-0.5 * (dx / 0.08) ** 2))
    return Basis(fields, planes, iod)


def _bumps(rows: _Rows, points: Floats, iod: float, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Gaussian bumps as their factors: across (2, 17, R, w) and along (2, 17, h, R)."""
    centre = points[np.arange(2)[:, None, None], rows.point]  # (2, 17, R, 2)
    width = rows.radius * np.float32(iod)
    across = np.exp(-0.5 * ((x - centre[..., 0, None]) / width[..., 0, None]) ** 2)
    along = np.exp(-0.5 * ((y - centre[..., 1, None]) / width[..., 1, None]) ** 2)
    used = (rows.weight != 0).any(-1)
    return across.astype(np.float32), np.swapaxes(along * used[..., None], -1, -2).astype(np.float32)


def _fade(positions: Floats, length: int) -> Floats:
    """(n,) 0 at both borders, 1 inside."""
    inside = np.minimum(positions + 0.5, length - 0.5 - positions) / (BORDER * length)
    ramp = np.clip(inside, 0, 1)
    smooth: Floats = (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)
    return smooth


@cache
def _rows(name: str) -> _Rows:
    points, rows = table("points"), table(name)
    values = ["lateral", "down"] if name == "displacements" else ["brightness"]
    number = {point: index for index, point in enumerate(points["point"])}
    groups = [rows[rows["au"] == au] for au in AU_NUMBERS]
    slots = max(map(len, groups))
    point = np.zeros((2, len(AU_NUMBERS), slots), np.intp)
    weight = np.zeros((2, len(AU_NUMBERS), slots, len(values)), np.float32)
    radius = np.ones((2, len(AU_NUMBERS), slots, 2), np.float32)
    for index, group in enumerate(groups):
        count = len(group)
        here = [number[item] for item in group["point"]]
        midline = points["midline"].to_numpy()[here].astype(bool)
        share = np.where(midline, 0.5, 1.0)[:, None]  # each half moves a midline point half of the way
        for side, sign in ((0, 1.0), (1, -1.0)):
            signed = group[values].to_numpy(np.float64)
            if name == "displacements":
                signed = signed * np.where(midline[:, None], [0.0, 1.0], [sign, 1.0])
            point[side, index, :count] = here
            weight[side, index, :count] = signed * share
            radius[side, index, :count] = group[["radius_x", "radius_y"]]
    return _Rows(point, weight, radius)


@cache
def _anchors() -> tuple[Floats, Floats]:
    """The point table as arrays: (2, P, 68) weights of the landmarks, and (2, P, 2) offsets in IOD (image x, down)."""
    points = table("points")
    mean = np.zeros((2, len(points), 68), np.float32)
    offset = np.zeros((2, len(points), 2), np.float32)
    for side, column, sign in ((0, "left", 1.0), (1, "right", -1.0)):
        for row, names in enumerate(points[column]):
            indices = [int(name) for name in names.split()]
            for index in indices:  # a landmark may be named twice, to weigh more
                mean[side, row, index] += 1 / len(indices)
        offset[side] = points[["lateral", "down"]].to_numpy() * [sign, 1.0]
    return mean, offset
