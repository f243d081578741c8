"""Flicker: onset and apex in turn, enlarged. The eye sees a change of a tenth of a pixel that way, and every seam."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image as Pillow
from PIL import ImageDraw

from ..errors import DatasetError
from .contact_sheet import font
from .figures import CLASS_COLOURS, INK, MUTED
from .samples import Selection, Shown

SIDE = 256
"""Width of a face in the animation, px."""
MILLISECONDS = 450
"""Time of each picture: slow enough for a viewer whom quick flashes harm (under 3 per second)."""
HEAD, FOOT, GAP = 24, 20, 8


def flicker(selection: Selection, *, grey: bool) -> list[Pillow.Image]:
    """Two pictures, onset and apex, of one sample per class (columns) and source (rows).

    Args:
        selection: samples with pixels.
        grey: brightness only, which a GIF keeps exactly; a GIF's 256 colours would flicker by themselves.

    Raises:
        DatasetError: the data set holds flow and no pixels.
    """
    if selection.holds != "frames":
        raise DatasetError(
            "A flicker needs frames, and this data set holds flow images only.",
            expected='a data set made with synthesis.output = "frames"',
            cure="name an .html or .png file to see the flow images",
        )
    return [_picture(selection.one_each(), moment, "L" if grey else "RGB") for moment in ("onset", "apex")]


def animated(pictures: Sequence[Pillow.Image], kind: str) -> bytes:
    """The bytes of an endless animation; kind is "GIF" (for grey pictures, exact) or "WEBP" (colour, quality 90)."""
    buffer = io.BytesIO()
    settings = {"quality": 90, "method": 4} if kind == "WEBP" else {"optimize": False}
    first, *others = pictures
    first.save(buffer, kind, save_all=True, append_images=others, duration=MILLISECONDS, loop=0, **settings)
    return buffer.getvalue()


def _picture(shown: Sequence[Shown], moment: str, mode: str) -> Pillow.Image:
    labels = list(dict.fromkeys(item.group[0] for item in shown))
    sources = list(dict.fromkeys(item.source for item in shown))
    shape = shown[0].images.shape
    height = round(SIDE * shape[1] / shape[2])
    cell = HEAD + height + FOOT
    canvas = Pillow.new("RGB", (len(labels) * (SIDE + GAP) - GAP, len(sources) * cell), "white")
    draw = ImageDraw.Draw(canvas)
    for item in shown:
        label, source = item.group
        left, top = labels.index(label) * (SIDE + GAP), sources.index(source) * cell
        face = Pillow.fromarray(item.images[0 if moment == "onset" else -1])
        canvas.paste(face.resize((SIDE, height), Pillow.Resampling.BICUBIC), (left, top + HEAD))
        draw.rectangle((left, top + 4, left + 4, top + HEAD - 5), CLASS_COLOURS[label])
        draw.text((left + 10, top + 4), f"{label}, {source}", INK, font(13))
        draw.text((left + SIDE, top + 4), moment, INK, font(13, bold=True), anchor="ra")
        draw.text((left, top + HEAD + height + 3), item.action_units, MUTED, font(12))
    return canvas.convert(mode)
