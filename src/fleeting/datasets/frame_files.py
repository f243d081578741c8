"""Frames of a clip as image files in one folder, in the order of their numbers and never of their names.

Names are not zero-padded in half of the data sets: sorted as text, img100 stands before img46.
"""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from ..errors import DatasetError
from ..types import Image

SUFFIXES = frozenset({"jpg", "jpeg", "png", "bmp", "tif", "tiff"})
_NUMBER = re.compile(r"\d+")
_COPY = re.compile(r"\s*\(\d+\)$")  # image102(1).bmp is a second image102, no frame 1


def numbered(folder: Path) -> list[tuple[int, Path]]:
    """(number, file) of every image in `folder`, sorted; the number is the last one in the file's name.

    Raises:
        DatasetError: an image's name holds no number, or two images have the same one.
        OSError: the folder is not there or cannot be read.
    """
    pairs = []
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries]
    for name in names:
        stem, _, suffix = name.rpartition(".")
        if suffix.lower() not in SUFFIXES or name.startswith("."):
            continue
        digits = _NUMBER.findall(_COPY.sub("", stem))
        if not digits:
            raise DatasetError(
                "A frame has no number in its name.", expected="for example img46.jpg", got=name, where=str(folder)
            )
        pairs.append((int(digits[-1]), folder / name))
    pairs.sort()
    for (number, first), (other, second) in pairwise(pairs):
        if number == other:
            raise DatasetError(
                f"Two frames have the number {number}.", got=f"{first.name} and {second.name}", where=str(folder)
            )
    return pairs


def read_frame(path: Path) -> Image:
    """(H, W, 3) uint8 RGB; grey files get three equal channels.

    Raises:
        DatasetError: the file cannot be read as an image.
    """
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise DatasetError("A frame cannot be read.", got=str(error), where=str(path)) from error
    stored = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if stored is None:
        raise DatasetError("A frame is no readable image.", got=f"{data.size} bytes", where=str(path))
    return np.ascontiguousarray(stored[..., ::-1])
