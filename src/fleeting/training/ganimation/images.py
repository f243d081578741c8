"""Images with known action units: what a training reads, whichever of the two kinds of data it is."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from ... import manifest
from ...datasets.frame_files import decode_image
from ...errors import DatasetError
from ...files import locate
from ...types import AU_NUMBERS, Floats, Image
from .recipe import DataTable


class KnownImages(Protocol):
    """Images that are read one at a time."""

    aus: Floats
    """(N, A) float32 in 0..1: the units that are trained, in the order of data.action_units."""
    groups: list[range]
    """Image numbers that lie together on disk; reading stays within a few groups at a time."""
    left_out: list[tuple[str, str]]
    """(file, reason) of what cannot be used."""
    synthetic: bool
    """Whether nobody's face is in the images who has not agreed to it."""

    def read(self, number: int) -> Image:
        """(S, S, 3) uint8 RGB."""
        ...

    def digest(self) -> str:
        """sha256 of what the images are, for the record."""
        ...


def open_images(table: DataTable) -> KnownImages:
    """The data that [data] names.

    Raises:
        DatasetError: it is missing, or none of it can be used.
        ActionUnitError: the action-unit table cannot be used.
    """
    from .face_folder import FaceFolder
    from .shard_frames import ShardFrames

    root = locate(table.root)
    images: KnownImages
    if (root / manifest.NAME).is_file():
        images = ShardFrames(root)
    elif table.aus:
        images = FaceFolder(root, locate(table.aus), table)
    else:
        raise DatasetError(
            "The images have no action units.",
            expected=f"{manifest.NAME} in the folder, or a table named by data.aus",
            where=str(root),
        )
    images.aus = images.aus[:, [AU_NUMBERS.index(number) for number in table.action_units]]
    return images


def fitted(image: Image, side: int) -> Image:
    """A square image at (side, side, 3)."""
    if image.shape[:2] == (side, side):
        return image
    smaller = image.shape[0] > side
    resized: Image = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    return resized


def decoded(data: bytes, where: Path | str) -> Image:
    """(H, W, 3) uint8 RGB of an image file's bytes.

    Raises:
        DatasetError: they are no image.
    """
    stored = decode_image(data)
    if stored is None:
        raise DatasetError("An image cannot be read.", where=str(where))
    return np.ascontiguousarray(stored[..., ::-1])
