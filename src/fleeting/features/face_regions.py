"""The 36 regions of interest of MDMO as masks: polygons between the 68 landmarks of a face.

Convention: landmarks in iBUG order, px (x, y), whole numbers at pixel centres; right and left are the person's.
Source: Liu et al., TAFFC 2016, cut the face into 36 regions by the muscles behind the action units. Ours: the polygons
(mdmo_regions.csv: each vertex lies between two landmarks, `share` of the way from the first to the second, and `up`
eye distances above), and the mean landmarks of the toolkit's aligned faces (mean_landmarks.csv, face units: origin
midway between the eye centres, whose distance is 1), which serve where a clip has none.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..types import Floats

Doubles = npt.NDArray[np.float64]
Masks = npt.NDArray[np.bool_]
REGIONS = 36
RIGHT_EYE, LEFT_EYE = slice(36, 42), slice(42, 48)
FOLDER = files(__package__)


def mean_landmarks(shape: tuple[int, int], eye_level: float, eye_distance: float) -> Doubles:
    """(68, 2) px of the mean face in a crop (height, width), its eye centres at a share of the height and symmetric.

    Args:
        shape: (height, width) px.
        eye_level: height of the eye centres from the top, share of the height.
        eye_distance: distance between them, share of the width.
    """
    height, width = shape
    points: Doubles = _table("mean_landmarks.csv")[["x", "y"]].to_numpy(np.float64)
    result: Doubles = points * (eye_distance * width) + (width / 2, eye_level * height)
    return result


def region_polygons(landmarks: Doubles) -> list[Doubles]:
    """The vertices (V, 2) px of each of the 36 regions of a face with these landmarks (68, 2)."""
    table = _table("mdmo_regions.csv")
    middles = landmarks[RIGHT_EYE].mean(0), landmarks[LEFT_EYE].mean(0)
    distance = float(np.hypot(*(middles[1] - middles[0])))
    first, second = landmarks[table["first"].to_numpy()], landmarks[table["second"].to_numpy()]
    vertices = first + table["share"].to_numpy()[:, None] * (second - first)
    vertices[:, 1] -= table["up"].to_numpy() * distance
    return [vertices[(table["region"] == number).to_numpy()] for number in range(1, REGIONS + 1)]


def region_masks(landmarks: Floats | Doubles, shape: tuple[int, int]) -> Masks:
    """(36, height, width): whether the centre of a pixel lies in a region; regions outside the frame have none."""
    height, width = shape
    y, x = np.mgrid[:height, :width].astype(np.float64)
    masks = np.zeros((REGIONS, height, width), bool)
    for mask, polygon in zip(masks, region_polygons(landmarks.astype(np.float64)), strict=True):
        for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            if y1 != y2:  # a ray to the right crosses the sides of a polygon an odd number of times from inside
                mask ^= ((y1 > y) != (y2 > y)) & (x < x1 + (y - y1) / (y2 - y1) * (x2 - x1))
    return masks


@cache
def _table(name: str) -> pd.DataFrame:
    with FOLDER.joinpath(name).open(encoding="utf-8") as file:
        return pd.read_csv(file)
