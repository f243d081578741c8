"""Any number of identities out of a store of examined faces: the plain ones first, then seeded variations of them."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .. import seeds
from ..errors import FaceError, OptionsError
from ..types import Face, Floats, Image
from .geometry import Doubles, crop_frame, store_frame
from .options import FacesOptions
from .store import IMAGES, INDEX, LANDMARKS, counts
from .tone import Tone, draw_tone
from .variation import TABLE, Shape, draw_shape, mirrored, normal_frame

if TYPE_CHECKING:
    import pandas as pd

REVISION = 2
"""Raise it when the same store and options give other pixels than before."""


@dataclass(frozen=True, slots=True)
class _Form:
    """The geometry of one identity."""

    landmarks: Doubles
    """(68, 2) face units, before the eyes are put back to their place."""
    middle: Doubles
    """Where the eyes have come to, (2,) face units."""
    distance: float
    """How far they are apart now, face units."""
    mirror: bool
    shape: Shape | None = None
    """None: the face as it is."""
    rng: np.random.Generator | None = None
    """Gives the tone next; None: the face as it is."""


class FacePool:
    """Faces by number. It holds paths, not pixels: cheap to pickle, and memory does not grow with use.

    `len(pool)` is the number of base faces; iterating gives these, unvaried.
    """

    def __init__(self, folder: Path, options: FacesOptions) -> None:
        self.folder, self.options = folder, options
        self._images = folder / IMAGES
        self._crop, self._store = crop_frame(options), store_frame(options)

    def __reduce__(self) -> tuple[object, ...]:
        return FacePool, (self.folder, self.options)

    def __len__(self) -> int:
        return len(self._accepted[0])

    def __iter__(self) -> Iterator[Face]:
        return (self.face(number) for number in range(len(self)))

    @property
    def index(self) -> Path:
        """The table of `rows` on disk, CSV."""
        return self.folder / INDEX

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row per candidate file, the refused ones included: the columns of examine.COLUMNS."""
        import pandas as pd  # a worker starts in half the time without it

        return pd.read_csv(self.index, keep_default_na=False)

    def counts(self) -> dict[str, int]:
        """How many candidates were accepted, and how many were not, by reason."""
        return counts(self.rows)

    @cached_property
    def digest(self) -> str:
        """Sha256 of all that decides what `face` returns: crops, landmarks, geometry, variation."""
        key = hashlib.sha256(f"{REVISION} {self.options.strength()!r} {self._crop} {self._store}".encode())
        for content in (self.index, self.folder / LANDMARKS):
            key.update(content.read_bytes())
        key.update(TABLE.read_bytes())
        return key.hexdigest()

    def face(self, number: int) -> Face:
        """Identity `number`, from 0: always the same for the same pool, whichever process asks.

        Raises:
            FaceError: there is no such identity, because variation is 0 or the number is negative.
        """
        base, turn = self._place(number)
        _, licences, sources = self._accepted
        image, form = self._read(base), self._form(base, turn)
        tone = draw_tone(_level(image), self.options.strength(), form.rng) if form.rng else None
        crop = self._render(image, form, tone)
        return Face(self.identity(number), crop, self._pixels(form), licences[base], sources[base])

    def identity(self, number: int) -> str:
        """The name of identity `number`; raises FaceError as `face` does."""
        base, turn = self._place(number)
        name = self._accepted[0][base]
        return f"{name}+{turn}" if turn else name

    def outline(self, number: int) -> Face:
        """`face(number)` with its landmarks and size but a blank image: for those who need no pixels."""
        base, turn = self._place(number)
        _, licences, sources = self._accepted
        blank = np.broadcast_to(np.uint8(0), (self._crop.height, self._crop.width, 3))
        points = self._pixels(self._form(base, turn))
        return Face(self.identity(number), blank, points, licences[base], sources[base])

    def _place(self, number: int) -> tuple[int, int]:
        """Base face and round of variation of an identity."""
        base, turn = number % len(self), number // len(self)
        if number < 0 or (turn > 0 and self.options.strength() == 0):
            raise FaceError(
                f"There is no face {number}: the source has {len(self)} faces and no identity variation.",
                expected=f"0 to {len(self) - 1}",
                got=str(number),
                cure="set variation above 0, or give more images",
            )
        return base, turn

    def _form(self, base: int, turn: int) -> _Form:
        points = self._store.units(self._points[base])
        if turn == 0:
            return _Form(points, np.zeros(2), 1.0, False)
        rng = seeds.stream(0, "identity", self._accepted[0][base], base + turn * len(self))
        mirror = bool(rng.random() < 0.5)
        points = mirrored(points) if mirror else points
        shape = draw_shape(points, self.options.strength(), rng)
        points = shape.forward(points)
        return _Form(points, *normal_frame(points), mirror, shape, rng)

    def _pixels(self, form: _Form) -> Floats:
        """The form's landmarks in the crop, (68, 2) float32 px."""
        return self._crop.pixels((form.landmarks - form.middle) / form.distance).round(3).astype(np.float32)

    def _render(self, image: Image, form: _Form, tone: Tone | None) -> Image:
        """Sample the stored face once: crop, shape and mirror are one map."""
        steps = [np.arange(length, dtype=np.float64) for length in (self._crop.width, self._crop.height)]
        xs, ys = ((steps[axis] - self._crop.middle[axis]) / self._crop.distance for axis in (0, 1))
        from_x, from_y = xs[None], ys[:, None]
        if form.shape is not None:
            places = form.middle[0] + form.distance * xs, form.middle[1] + form.distance * ys
            from_x, from_y = form.shape.backward_grid(*places)
        scale = 32 * self._store.distance
        columns = from_x * (-scale if form.mirror else scale) + 32 * self._store.middle[0]
        lines = from_y * scale + 32 * self._store.middle[1]
        # cv2.remap rounds places to 1/32 px anyway; rounding first makes the last bits of the matrix product harmless.
        rounded = [np.rint(places).astype(np.float32) / np.float32(32) for places in (columns, lines)]
        maps = np.empty((2, self._crop.height, self._crop.width), np.float32)
        maps[0], maps[1] = rounded  # the places of a face as it is are one row and one column so far
        remapped = cv2.remap(image, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        crop = remapped.astype(np.uint8, copy=False)
        return crop if tone is None else tone.apply(crop, xs, ys)

    @cached_property
    def _accepted(self) -> tuple[list[str], list[str], list[str]]:
        with self.index.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["status"] == "accepted"]
        identities, licences, sources = ([row[name] for row in rows] for name in ("identity", "licence", "file"))
        return identities, licences, sources

    @cached_property
    def _points(self) -> Floats:
        """(n, 68, 2) float32 px in the store frame, on disk."""
        points: Floats = np.load(self.folder / LANDMARKS, mmap_mode="r")
        return points

    @cached_property
    def _start(self) -> int:
        """Byte at which the pixels begin, after the .npy header.

        Raises:
            OptionsError: the store was made for another crop.
        """
        with self._images.open("rb") as file:
            np.lib.format.read_magic(file)
            shape, _, _ = np.lib.format.read_array_header_1_0(file)
            wanted = (len(self), self._store.height, self._store.width, 3)
            if shape != wanted:
                raise OptionsError(
                    "The store holds other crops than these options ask for.",
                    expected=str(wanted),
                    got=str(shape),
                    where=str(self.folder),
                    cure="make the pool with create_faces",
                )
            return file.tell()

    def _read(self, base: int) -> Image:
        """One stored face; read, not mapped, so that a worker's memory does not grow with the faces it has used.

        Raises:
            FaceError: the store has been cut short.
        """
        image = np.empty((self._store.height, self._store.width, 3), np.uint8)
        with self._images.open("rb", buffering=0) as file:  # np.fromfile takes twice as long
            file.seek(self._start + base * image.nbytes)
            if file.readinto(image.data) == image.nbytes:
                return image
        raise FaceError(
            f"Face {base} is not whole.",
            expected=f"{len(self)} faces of {image.nbytes} bytes",
            got=f"a file of {self._images.stat().st_size} bytes",
            where=str(self._images),
            cure="remove the folder and make the pool again",
        )


def _level(image: Image) -> float:
    """Mean level 0..1 of a stored face, from every eighth pixel of its middle half."""
    quarter = len(image) // 4
    return float(image[quarter:-quarter:8, quarter:-quarter:8].mean()) / 255
