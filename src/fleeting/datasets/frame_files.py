"""Frames of a clip as image files in one folder, in the order of their numbers and never of their names.

Names are not zero-padded in half of the data sets: sorted as text, img100 stands before img46.
"""

from __future__ import annotations

import io
import os
import re
import warnings
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import PIL.Image

from ..errors import DatasetError
from ..types import Image

SUFFIXES = frozenset({"jpg", "jpeg", "png", "bmp", "tif", "tiff"})
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""Formats that are read, by their content."""
LARGEST = 50_000_000
"""Pixels beyond which an image is not decoded: a few kB of PNG can claim 100,000 x 100,000 (ours)."""
PNG = b"\x89PNG\r\n\x1a\n"
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
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError("A frame cannot be read.", got=str(error), where=str(path)) from error
    stored = decode_image(data)
    if stored is None:
        expected = f"{', '.join(FORMATS)} of at most {LARGEST} pixels"
        raise DatasetError(
            "A frame is no readable image.", expected=expected, got=f"{len(data)} bytes", where=str(path)
        )
    return np.ascontiguousarray(stored[..., ::-1])


def decode_image(data: bytes, flags: int = cv2.IMREAD_COLOR) -> Image | None:
    """The pixels of an encoded image as cv2.imdecode gives them, B, G, R.

    None where it is damaged, of another format than FORMATS, or larger than LARGEST by its header, before any pixel is
    decoded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata
            with PIL.Image.open(io.BytesIO(data), formats=FORMATS) as header:
                width, height = header.size
        if width * height > LARGEST or not _chunks_fit(data):
            return None
        stored: Image | None = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except Exception:  # noqa: BLE001  # damaged headers fail in many ways, in both libraries
        return None
    return stored


def _chunks_fit(data: bytes) -> bool:
    """Whether no chunk of a PNG claims to be longer than the file: OpenCV takes memory for all of it, up to 4 GB."""
    at, end = len(PNG), len(data)
    while data.startswith(PNG) and at + 8 <= end:
        length = int.from_bytes(data[at : at + 4])
        if length > end:
            return False
        at += 12 + length
    return True
