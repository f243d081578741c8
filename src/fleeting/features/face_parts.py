"""Parts of the face around its landmarks, put together to one image: what part-based recognisers see.

Convention: landmarks in iBUG order, px (x, y), whole numbers at pixel centres; right and left are the person's. The
boxes come from the onset frame and serve all frames of a clip, so what moves in a part still moves afterwards.
Source: eyes-lip-corners: HTNet (Neurocomputing 2024), which takes MTCNN's points on the apex frame;
eyes-mouth: MicroExpFuseNet (IJCNN 2019), dlib's 68 points. Ours: the onset in the place of the apex, and the template:
where landmarks are not known the mean face (mean_landmarks.csv) stands in, with its eyes where the crop has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import ShapeError
from ..files import text_digest
from ..types import Floats, Image
from .channels import average
from .face_regions import LEFT_EYE, RIGHT_EYE, mean_landmarks

Doubles = npt.NDArray[np.float64]
Layout = Literal["eyes-lip-corners", "eyes-mouth"]
Landmarks = Literal["template", "detected"]
"""Whose places count: the mean face's in an aligned crop, or those that a detector finds in each clip."""
Box = tuple[int, int, int, int]
"""First row, last row + 1, first column, last column + 1."""


@dataclass(frozen=True, slots=True)
class FaceParts:
    """What a recogniser states that it sees of a face."""

    layout: Layout
    side: int
    """Of the square face that the parts are cut from, px."""
    landmarks: Landmarks = "template"


@dataclass(frozen=True, slots=True)
class Part:
    """The landmarks, one number or more, at whose mean each side of a box lies.

    Equal sides are a point: the box is then as large as its place in the new image, and is moved inside the face.
    """

    top: Sequence[int]
    bottom: Sequence[int]
    left: Sequence[int]
    right: Sequence[int]

    def box(self, points: Doubles, side: int, cell: tuple[int, int]) -> Box:
        """The box in a face of `side` px with these landmarks (68, 2), for a place of `cell` (rows, columns)."""
        rows = _span(points[list(self.top), 1].mean(), points[list(self.bottom), 1].mean(), side, cell[0])
        columns = _span(points[list(self.left), 0].mean(), points[list(self.right), 0].mean(), side, cell[1])
        return *rows, *columns


def _around(*points: int) -> Part:
    return Part(points, points, points, points)


PARTS: dict[Layout, tuple[tuple[Part, ...], ...]] = {
    "eyes-lip-corners": (
        (_around(*range(68)[RIGHT_EYE]), _around(*range(68)[LEFT_EYE])),
        (_around(48), _around(54)),
    ),
    "eyes-mouth": ((Part([19], [1], [1], [15]),), (Part([2], [6], [2], [14]),)),
}
"""The parts row by row, as they stand in the new image."""


@dataclass(frozen=True, slots=True)
class Template:
    """Where the mean face stands in a crop."""

    eye_level: float
    """Height of the eye centres, share of the height from the top."""
    eye_distance: float
    """Share of the width."""
    shape: tuple[int, int] | None = None
    """(height, width) px of the crop, of which only the ratio counts; None: as the frames are."""

    def points(self, shape: tuple[int, int], side: int) -> Doubles:
        """(68, 2) px in the face of `side` px that frames of (height, width) px become."""
        crop = self.shape or shape
        return to_side(mean_landmarks(crop, self.eye_level, self.eye_distance), crop, side)


PUBLISHED = Template(eye_level=0.383, eye_distance=0.493, shape=(170, 140))
"""The face in the published 28 x 28 flow images: eyes at row 10.3, columns 6.7 and 20.5 (docs/features.md)."""


class WholeFeature(Protocol):
    """What is needed of a feature that shows whole faces: ClipImage and ClipVolume have it."""

    channels: tuple[str, ...]
    digest: str

    def compute_many(self, clips: Sequence[Image]) -> Image:
        """N clips (T, H, W, 3) uint8 RGB, or as stored -> (N, [T,] side, side, C) uint8."""
        ...


class ClipParts:
    """Of another feature's images only the parts of the face."""

    def __init__(self, whole: WholeFeature, parts: FaceParts, shape: tuple[int, int], template: Template) -> None:
        """`shape`: (rows, columns) of the new image; `template` serves where no landmarks are given."""
        self.whole, self.parts, self.shape, self.template = whole, parts, shape, template
        self.channels = whole.channels
        self.digest = text_digest("clip-parts 1", whole.digest, repr((parts, shape, template)))

    def compute_many(self, clips: Sequence[Image], landmarks: Sequence[Floats] | None = None) -> Image:
        """The parts of N clips.

        Args:
            clips: as the other feature takes them.
            landmarks: (68, 2) px of the first frame of each; None: the template's.

        Returns:
            (N, [T,] rows, columns, C) uint8.

        Raises:
            ShapeError: not such landmarks, or what the other feature raises.
        """
        wholes, side = self.whole.compute_many(clips), self.parts.side
        images = []
        for number, (clip, whole) in enumerate(zip(clips, wholes, strict=True)):
            frame = (clip.shape[1], clip.shape[2])
            if landmarks is None:
                points = self.template.points(frame, side)
            else:
                points = to_side(landmarks[number].astype(np.float64), frame, side)
            images.append(put_together(whole, points, self.parts.layout, self.shape))
        return np.stack(images)


def put_together(face: Image, points: Doubles, layout: Layout, shape: tuple[int, int]) -> Image:
    """Cut the parts out of a face and join them.

    Args:
        face: ([T,] S, S, C).
        points: (68, 2) px of it.
        layout: which parts.
        shape: (rows, columns) of the new image, which the parts share evenly.

    Returns:
        ([T,] rows, columns, C) of the same type. A part that has not the size of its place is resized by area, or
        linearly where a side grows.

    Raises:
        ShapeError: not 68 points.
    """
    if points.shape != (68, 2):
        raise ShapeError("These are no landmarks.", expected="(68, 2), iBUG order", got=str(points.shape))
    grid = PARTS[layout]
    cell = shape[0] // len(grid), shape[1] // len(grid[0])
    rows = []
    for parts in grid:
        boxes = [part.box(points, face.shape[-2], cell) for part in parts]
        rows.append(np.concatenate([_resized(face[..., a:b, c:d, :], cell) for a, b, c, d in boxes], -2))
    return np.concatenate(rows, -3)


def to_side(points: Doubles, shape: tuple[int, int], side: int) -> Doubles:
    """Landmarks (N, 2) of a frame (height, width) in the square of `side` px that it becomes."""
    scaled: Doubles = (points + 0.5) * (side / shape[1], side / shape[0]) - 0.5
    return scaled


def _span(first: float, last: float, side: int, cell: int) -> tuple[int, int]:
    """From pixel to pixel behind the last: between two places, one px at least, or `cell` px about one place."""
    if first == last:
        start = min(max(round(first - (cell - 1) / 2), 0), side - cell)
        return start, start + cell
    start = min(max(round(first), 0), side - 1)
    return start, min(max(round(last), start + 1), side)


def _resized(part: Image, cell: tuple[int, int]) -> Image:
    """([T,] h, w, C) -> ([T,] *cell, C)."""
    if part.shape[-3:-1] == cell:
        return part
    frames = part.reshape(-1, *part.shape[-3:])
    small = np.stack([average(np.ascontiguousarray(frame), cell).reshape(*cell, part.shape[-1]) for frame in frames])
    return small.reshape(*part.shape[:-3], *small.shape[1:])
