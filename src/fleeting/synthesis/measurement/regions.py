"""Where on a face an action unit may show, and which way it moves the landmarks, by the descriptions of FACS.

Two tables of our own, written from FACS alone and not from the tables of `warp`, which would else be measured with its
own ruler. regions.csv: anchor points; every pixel of the face belongs to the region of the nearest one. actions.csv:
the regions in which FACS lists a change for the unit, and landmarks with the direction in which it moves them.
Units of the tables: inter-ocular distances (IOD); `lateral` points away from the midline, `down` down the face.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...types import Floats

REGIONS = ("brow", "eye", "cheek", "nose", "mouth", "chin")
OUTSIDE = len(REGIONS)
"""Index of what is no face."""
EDGE = 0.15
"""IOD by which the face reaches beyond the hull of its anchors."""
SPOT = 0.03
"""IOD, sd of the Gaussian window in which the flow is read at a landmark."""
MIDLINE = 0.02
"""IOD from the midline within which a landmark has no side."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class FaceMap:
    """The regions and the axes of one face, on an image of h x w px."""

    iod: float
    """Px between the eye centres."""
    region: npt.NDArray[np.intp]
    """(h, w) index into REGIONS, or OUTSIDE."""
    landmarks: Floats
    """(68, 2) float32 px."""
    axes: Floats
    """(2, 2) unit vectors along the eyes to the image's right, and down the face."""

    def reach(self, au: int) -> Mask:
        """(h, w) where FACS lists a change for the unit."""
        wanted = str(_rows(au)["regions"].iloc[0]).split()
        inside: Mask = np.isin(self.region, [REGIONS.index(name) for name in wanted])
        return inside

    def probe(self, au: int) -> Floats | None:
        """(h, w, 2) float32 whose product with a flow in px, summed up, is the unit's displacement in IOD.

        That is the mean over the unit's landmarks of the motion along the direction that FACS gives it. None: none of
        them lies in the image.
        """
        height, width = self.region.shape
        down, across = np.indices((height, width), dtype=np.float32)
        probe, count = np.zeros((height, width, 2), np.float32), 0
        for row in _tuples(_rows(au)):
            places, sides = _places(self.landmarks, self.axes, self.iod, row)
            for (x, y), side in zip(places, sides, strict=True):
                if not (0 <= x <= width - 1 and 0 <= y <= height - 1):
                    continue
                window = np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * (SPOT * self.iod) ** 2))
                towards = np.array([side * row.lateral, row.down]) @ self.axes
                probe += window[..., None] * (towards / np.hypot(*towards) / window.sum() / self.iod).astype(np.float32)
                count += 1
        return probe / np.float32(count) if count else None


def face_map(landmarks: Floats, shape: tuple[int, int]) -> FaceMap:
    """Divide an image of `shape` (h, w) among the regions of the face with these landmarks (68, 2) px."""
    across = landmarks[42:48].mean(0) - landmarks[36:42].mean(0)
    iod = float(np.hypot(*across))
    unit = across / iod
    axes = np.array([unit, [-unit[1], unit[0]]], np.float32)
    anchors, names = [], []
    for row in _tuples(_table("regions")):
        places, _ = _places(landmarks, axes, iod, row)
        anchors.append(places)
        names += [REGIONS.index(row.region)] * len(places)
    points = np.concatenate(anchors)
    down, rightwards = np.indices(shape, dtype=np.float32)
    best, region = np.full(shape, np.inf, np.float32), np.zeros(shape, np.intp)
    for (x, y), name in zip(points, names, strict=True):
        distance = (rightwards - x) ** 2 + (down - y) ** 2
        nearer = distance < best
        best[nearer], region[nearer] = distance[nearer], name
    region[~_hull(points, shape, EDGE * iod)] = OUTSIDE
    return FaceMap(iod, region, landmarks, axes)


def tables_text() -> str:
    """Both tables as text: part of what a result depends on."""
    return "".join(_table(name).to_csv(index=False) for name in ("regions", "actions"))


def _hull(points: Floats, shape: tuple[int, int], edge: float) -> Mask:
    hull = cv2.convexHull(points.astype(np.float32))
    mask = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(mask, np.rint(hull).astype(np.int32), 1)
    size = 2 * round(edge) + 1
    inside: Mask = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))) > 0
    return inside


def _places(landmarks: Floats, axes: Floats, iod: float, row: Any) -> tuple[Floats, Floats]:
    """The landmarks of a row, shifted by its offset, (n, 2) px, and their sides: -1 left in the image, 1 right, 0."""
    points = landmarks[[int(number) for number in row.landmarks.split()]]
    middle = (landmarks[36:42].mean(0) + landmarks[42:48].mean(0)) / 2
    aside = (points - middle) @ axes[0] / iod
    sides = np.where(np.abs(aside) < MIDLINE, 0, np.sign(aside)).astype(np.float32)
    offset = np.outer(sides * row.offset_lateral, axes[0]) + row.offset_down * axes[1]
    return (points + iod * offset).astype(np.float32), sides


def _tuples(table: pd.DataFrame) -> Iterator[Any]:
    yield from table.itertuples(index=False)


def _rows(au: int) -> pd.DataFrame:
    table = _table("actions")
    return table[table["au"] == au]


@cache
def _table(name: str) -> pd.DataFrame:
    with resources.files(__package__).joinpath(f"{name}.csv").open() as file:
        return pd.read_csv(file)
