"""Any image file to RGB, with limits that hold before anything large is decoded."""

from __future__ import annotations

import stat
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageOps

from ..errors import FaceError
from ..types import Image
from .options import FacesOptions

FORMATS = ("BMP", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""Formats that are read, by their content and whatever the file is called."""

LONGEST = 32766
"""Longest side, px: OpenCV addresses pixels by 16 bits when it warps, and MediaPipe ends the process beyond it."""

DAMAGE = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)
"""What Pillow's decoders raise on damaged files."""


def read_image(path: Path, options: FacesOptions) -> Image:
    """Read an image file, turned upright by its EXIF tag, as (H, W, 3) uint8 RGB.

    Grey, palette, CMYK and 16-bit images are converted; transparency is laid over mid-grey; of several pages or
    frames the first is read.

    Raises:
        FaceError: the file is too large, not an image of a known format, or damaged.
    """
    try:
        facts = path.stat()
    except OSError as error:
        raise FaceError("damaged image", got=f"{type(error).__name__}: {error.strerror}") from None
    if not stat.S_ISREG(facts.st_mode):  # a pipe or a device may never end
        raise FaceError("not an image", expected="a regular file")
    size = facts.st_size
    if size > options.max_bytes:
        raise FaceError("file too large", expected=f"at most {options.max_bytes} bytes", got=f"{size} bytes")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata; the pixel limit is our own, below
        try:
            with PIL.Image.open(path, formats=FORMATS) as image:
                _limit(image.size, options)
                return _rgb(PIL.ImageOps.exif_transpose(image))
        except PIL.UnidentifiedImageError:
            raise FaceError("not an image", expected="one of " + ", ".join(FORMATS)) from None
        except PIL.Image.DecompressionBombError as error:
            raise FaceError("too many pixels", got=str(error)) from None
        except DAMAGE as error:
            raise FaceError("damaged image", got=f"{type(error).__name__}: {error}") from None


def _limit(size: tuple[int, int], options: FacesOptions) -> None:
    width, height = size
    if width * height > options.max_pixels:
        raise FaceError("too many pixels", expected=f"at most {options.max_pixels}", got=f"{width} x {height}")
    if max(size) > LONGEST:
        raise FaceError("too many pixels", expected=f"sides of at most {LONGEST} px", got=f"{width} x {height}")


def _rgb(image: PIL.Image.Image) -> Image:
    if image.mode.startswith("I"):
        # 16-bit grey: "I;16" always, "I" where the file is a 16-bit PNG or PGM.
        return np.repeat((np.clip(np.asarray(image), 0, 65535) >> 8).astype(np.uint8)[..., None], 3, axis=2)
    if image.mode == "F":
        raise FaceError("not an image", expected="whole-number pixels", got="floating-point pixels")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        ground = PIL.Image.new("RGBA", layer.size, (128, 128, 128, 255))
        image = PIL.Image.alpha_composite(ground, layer)
    return np.array(image.convert("RGB"))
