"""What each action unit does to one face: a motion field and a shading field for each half of the face.

The numbers stand in tables/*.csv, in units of the inter-ocular distance (IOD, between the eye centres) at intensity 1.
`lateral` points away from the midline and `down` down the face, so that one row serves both halves.
Source: ours, from the muscle actions that FACS describes; docs/generators.md compares them with a measured model.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

import cv2
import numpy as np
import numpy.typing as npt

from ..files import text_digest
from ..types import AU_NUMBERS, Face, Floats

TABLES = ("points", "displacements", "furrows")
EYES = slice(36, 48)
"""Landmarks: six of the subject's right eye, then six of the left."""
BORDER = 0.03
"""Share of the side over which the motion fades to zero at the crop border, so that no seam opens there."""


@dataclass(frozen=True)
class _Rows:
    """One table as arrays, its rows sorted into (side, action unit) slots padded with zero rows."""

    point: npt.NDArray[np.intp]  # (2, 17, R) row into the point table
    weight: Floats  # (2, 17, V, R) the V values of a row, per side (lateral already signed as image x)
    radius: Floats  # (2, 17, R, 2) IOD
    used: Floats  # (2, 17, R) 0 for padding, else 1


@cache
def text(name: str) -> str:
    """One of TABLES, as shipped."""
    return resources.files(__package__).joinpath("tables", f"{name}.csv").read_text(encoding="utf-8")


def table(name: str) -> list[dict[str, str]]:
    """The rows of one of TABLES."""
    return list(csv.DictReader(text(name).splitlines()))


@cache
def digest() -> str:
    """sha256 of the three tables."""
    return text_digest(*map(text, TABLES))


def face_points(landmarks: Floats) -> tuple[Floats, float]:
    """The table's points on one face: (2, P, 2) float32 px, side 0 = subject's left, and the IOD in px."""
    mean, offset = _anchors()
    left, right = eyes(landmarks)
    across = left - right
    axes = np.array([across, [-across[1], across[0]]], np.float32)  # one IOD sideways, one IOD down
    return (mean @ landmarks + offset @ axes).astype(np.float32), float(np.hypot(*across))


def eyes(landmarks: Floats) -> Floats:
    """Centres of the subject's left and right eye, (2, 2) float32 px."""
    right_left: Floats = np.add.reduce(landmarks[EYES].reshape(2, 6, 2), 1) / np.float32(6)
    return right_left[::-1]


@cache
def cells(count: int, length: int) -> Floats:
    """The centres of `count` cells that cover `length` pixels, (count,) float32 px."""
    centres: Floats = (np.arange(count, dtype=np.float32) + 0.5) * (length / count) - 0.5
    return centres


def face_basis(face: Face, shape: tuple[int, int], *, strength: float = 1.0, furrows: float = 1.0) -> Floats:
    """The fields of every half of every action unit on a face, at intensity 1.

    Args:
        face: only its landmarks and the size of its image count.
        shape: h x w cells that cover the image.
        strength: factor on motion and furrows.
        furrows: factor on furrows alone.

    Returns:
        (2, 17, 3, h, w) float32: content moves by (dx, dy) px of the face image; relative change of brightness.
        Convention: index 0 of the first axis is the subject's left half (right in the image).
    """
    size = face.image.shape[:2]
    points, iod = face_points(face.landmarks)
    y, x = map(cells, shape, size)
    fields = np.empty((2, len(AU_NUMBERS), 3, *shape), np.float32)

    moves = _rows("displacements")
    across, along = _bumps(moves, points, iod, x, y)
    limit = np.matmul(along, across)
    # Bumps that overlap share the motion instead of adding it up. (np.maximum takes three times as long.)
    limit = cv2.max(limit.reshape(1, -1), 1.0).reshape(limit.shape)
    np.divide(_inside(shape, size), limit, out=limit)
    _sums(along, across, moves.weight * np.float32(strength * iod), out=fields[:, :, :2])
    for axis in (0, 1):
        fields[:, :, axis] *= limit

    lines = _rows("furrows")
    across, along = _bumps(lines, points, iod, x, y)
    _sums(along, across, lines.weight * np.float32(strength * furrows), out=fields[:, :, 2:])
    return fields


def _sums(along: Floats, across: Floats, weight: Floats, out: Floats) -> None:
    """Fill `out` (2, 17, V, h, w) with the bumps, added up with each of V weights."""
    np.matmul(along[:, :, None], weight[..., None] * across[:, :, None], out=out)


def _bumps(rows: _Rows, points: Floats, iod: float, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Gaussian bumps as their factors: across (2, 17, R, w) and along (2, 17, h, R)."""
    centre = points[np.arange(2)[:, None, None], rows.point]  # (2, 17, R, 2)
    width = rows.radius * np.float32(iod)
    across, along = (
        gauss((places - centre[..., axis, None]) / width[..., axis, None]) for axis, places in enumerate((x, y))
    )
    along *= rows.used[..., None]
    return across, np.swapaxes(along, -1, -2)


def gauss(distance: Floats) -> Floats:
    """The bell curve exp(-d^2 / 2), in the place of its argument."""
    distance *= distance
    distance *= -0.5
    return np.exp(distance, out=distance)


@cache
def _inside(shape: tuple[int, int], size: tuple[int, int]) -> Floats:
    """(h, w) 1, and towards all four borders 0."""
    fades = [_fade(cells(count, length), length) for count, length in zip(shape, size, strict=True)]
    return np.outer(*fades)


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
    number = {row["point"]: index for index, row in enumerate(points)}
    groups = [[row for row in rows if int(row["au"]) == au] for au in AU_NUMBERS]
    slots = max(map(len, groups))
    point = np.zeros((2, len(AU_NUMBERS), slots), np.intp)
    weight = np.zeros((2, len(AU_NUMBERS), len(values), slots), np.float32)
    radius = np.ones((2, len(AU_NUMBERS), slots, 2), np.float32)
    for index, group in enumerate(groups):
        count = len(group)
        here = [number[row["point"]] for row in group]
        midline = np.array([points[place]["midline"] == "1" for place in here])
        share = np.where(midline, 0.5, 1.0)[:, None]  # each half moves a midline point half of the way
        for side, sign in ((0, 1.0), (1, -1.0)):
            signed = _columns(group, values)
            if name == "displacements":
                signed = signed * np.where(midline[:, None], [0.0, 1.0], [sign, 1.0])
            point[side, index, :count] = here
            weight[side, index, :, :count] = (signed * share).T
            radius[side, index, :count] = _columns(group, ["radius_x", "radius_y"])
    return _Rows(point, weight, radius, (weight != 0).any(-2).astype(np.float32))


@cache
def _anchors() -> tuple[Floats, Floats]:
    """The point table as arrays: (2, P, 68) weights of the landmarks, and (2, P, 2) offsets in IOD (image x, down)."""
    points = table("points")
    mean = np.zeros((2, len(points), 68), np.float32)
    offset = np.zeros((2, len(points), 2), np.float32)
    for side, column, sign in ((0, "left", 1.0), (1, "right", -1.0)):
        for row, point in enumerate(points):
            indices = [int(name) for name in point[column].split()]
            for index in indices:  # a landmark may be named twice, to weigh more
                mean[side, row, index] += 1 / len(indices)
        offset[side] = _columns(points, ["lateral", "down"]) * [sign, 1.0]
    return mean, offset


def _columns(rows: list[dict[str, str]], names: list[str]) -> npt.NDArray[np.float64]:
    """(rows, names) float64."""
    return np.array([[float(row[name]) for name in names] for row in rows])
