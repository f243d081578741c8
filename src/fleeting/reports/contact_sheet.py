"""Contact sheet: onset, apex and their amplified difference side by side, sorted by class and source."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache

import cv2
import matplotlib as mpl
import numpy as np
from matplotlib.font_manager import findfont
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from ..types import Image
from .figures import CLASS_COLOURS, INK, MUTED
from .flow_fields import centred
from .samples import Selection, Shown

GAIN = 8
"""Amplification of the difference: a grey level of 1 becomes 8."""
TILE = 128
"""Width of a picture on the sheet, px: the usual crop is shown as it is."""
MARGIN, GAP, SPACE = 16, 2, 14
NAMES, TEXT, HEADER = 110, 20, 26
PER_LINE = 3
"""Samples side by side; three pictures each."""
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def contact_sheet(selection: Selection) -> Pillow.Image:
    """Draw the sheet.

    Returns:
        An RGB picture: one block of lines per class and source, under each sample its strongest action units.
    """
    titles = ("onset", "apex", f"difference ×{GAIN}") if selection.holds == "frames" else ("u", "v", "strain")
    groups = selection.groups()
    height = round(TILE * selection.shown[0].images.shape[1] / selection.shown[0].images.shape[2])
    lines = [(name, line) for name, items in groups.items() for line in _lines(items)]
    across = max(len(line) for _, line in lines)
    block = 3 * TILE + 2 * GAP
    sheet = Pillow.new(
        "RGB",
        (2 * MARGIN + NAMES + across * (block + SPACE) - SPACE, 2 * MARGIN + HEADER + len(lines) * (height + TEXT + 8)),
        "white",
    )
    draw = ImageDraw.Draw(sheet)
    for column in range(across):
        for index, title in enumerate(titles):
            left = MARGIN + NAMES + column * (block + SPACE) + index * (TILE + GAP)
            draw.text((left, MARGIN), title, INK, font(13))
    top, before = MARGIN + HEADER, None
    for (label, source), line in lines:
        if before != (label, source):
            draw.rectangle((MARGIN, top, MARGIN + 5, top + height - 1), CLASS_COLOURS[label])
            draw.text((MARGIN + 14, top), label, INK, font(15, bold=True))
            draw.text((MARGIN + 14, top + 21), source, MUTED, font(13))
            before = (label, source)
        for column, item in enumerate(line):
            left = MARGIN + NAMES + column * (block + SPACE)
            for index, picture in enumerate(tiles(item, selection.holds == "frames")):
                sheet.paste(Pillow.fromarray(_fit(picture, height)), (left + index * (TILE + GAP), top))
            draw.text((left, top + height + 3), item.action_units, MUTED, font(12))
        top += height + TEXT + 8
    return sheet


def tiles(item: Shown, pixels: bool) -> list[Image]:
    """The three pictures of a sample, each (H, W, 3) uint8."""
    if pixels:
        return [item.images[0], item.images[-1], difference(item.images[0], item.images[-1])]
    u, v, strain = np.moveaxis(centred(item.images)[0], -1, 0)
    return [_coloured(u + 0.5, "RdBu_r"), _coloured(v + 0.5, "RdBu_r"), _coloured(strain, "magma")]


def difference(onset: Image, apex: Image) -> Image:
    """Brightness of `apex` minus that of `onset`, times GAIN, around middle grey: (H, W, 3) uint8.

    Example:
        >>> black = np.zeros((1, 1, 3), np.uint8)
        >>> difference(black, black + np.uint8(2)).tolist()
        [[[144, 144, 144]]]
    """
    change = (apex.astype(np.float32) - onset.astype(np.float32)) @ LUMA
    grey = np.clip(np.rint(128 + GAIN * change), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)


def encoded(picture: Pillow.Image, kind: str) -> bytes:
    """The bytes of an image file; kind is "PNG" (exact) or "WEBP" (small, quality 88)."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **({"quality": 88, "method": 4} if kind == "WEBP" else {"optimize": True}))
    return buffer.getvalue()


@cache
def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which matplotlib brings along."""
    return ImageFont.truetype(findfont(f"DejaVu Sans:{'bold' if bold else 'regular'}"), size)


def _lines(items: Sequence[Shown]) -> list[Sequence[Shown]]:
    """Evenly long lines of at most PER_LINE samples."""
    count = -(-len(items) // PER_LINE)
    length = -(-len(items) // count)
    return [items[start : start + length] for start in range(0, len(items), length)]


def _fit(picture: Image, height: int) -> Image:
    if picture.shape[:2] == (height, TILE):
        return picture
    grows = picture.shape[1] < TILE
    fitted: Image = cv2.resize(picture, (TILE, height), interpolation=cv2.INTER_NEAREST if grows else cv2.INTER_AREA)
    return fitted


def _coloured(values: np.ndarray, name: str) -> Image:
    coloured: Image = mpl.colormaps[name](np.clip(values, 0, 1), bytes=True)[..., :3]
    return coloured
