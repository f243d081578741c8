"""Every kind of file that a user's folder may hold, without face detection."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from fleeting.errors import FaceError
from fleeting.faces.options import FacesOptions
from fleeting.faces.reading import read_image

OPTIONS = FacesOptions()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize(
    ("mode", "value", "suffix", "expected"),
    [
        ("L", 77, "png", (77, 77, 77)),
        ("1", 1, "png", (255, 255, 255)),
        ("LA", (200, 0), "png", (128, 128, 128)),
        ("RGBA", (200, 100, 50, 255), "png", (200, 100, 50)),
        ("RGBA", (200, 100, 50, 0), "webp", (128, 128, 128)),
        ("CMYK", (0, 0, 0, 255), "tiff", (0, 0, 0)),
        ("I;16", 256 * 90 + 3, "png", (90, 90, 90)),
        ("P", 0, "bmp", (0, 0, 0)),
    ],
)
def test_every_pixel_format_becomes_rgb_of_8_bits(tmp_path, mode, value, suffix, expected):
    path = tmp_path / f"image.{suffix}"
    Image.new(mode, (5, 3), value).save(path, **({"lossless": True, "exact": True} if suffix == "webp" else {}))
    image = read_image(path, OPTIONS)
    assert image.shape == (3, 5, 3)
    assert image.dtype == np.uint8
    assert tuple(image[1, 2].tolist()) == expected


def test_the_exif_tag_turns_the_image_upright(tmp_path):
    pixels = np.zeros((4, 8, 3), np.uint8)
    pixels[:, :2] = 255  # a white bar at the left of the file; turned by 90 degrees clockwise it is at the top
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / "turned.png", exif=exif)
    image = read_image(tmp_path / "turned.png", OPTIONS)
    assert image.shape == (8, 4, 3)
    assert image[:2].min() == 255
    assert image[2:].max() == 0


@pytest.mark.parametrize("content", [b"", b"GIF89a....", b"path,sha256\n", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_image_is_said_to_be_none(tmp_path, content):
    path = tmp_path / "face.jpg"
    path.write_bytes(content)
    with pytest.raises(FaceError) as caught:
        read_image(path, OPTIONS)
    assert caught.value.problem in ("not an image", "damaged image")


def test_a_truncated_image_is_damaged(tmp_path):
    whole = tmp_path / "whole.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(whole)
    (tmp_path / "half.jpg").write_bytes(whole.read_bytes()[:1500])
    with pytest.raises(FaceError, match="damaged image"):
        read_image(tmp_path / "half.jpg", OPTIONS)


@pytest.mark.parametrize("side", [8_000, 60_000])
def test_a_header_that_states_too_many_pixels_is_not_decoded(tmp_path, side):
    path = tmp_path / "bomb.png"
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    with pytest.raises(FaceError, match="too many pixels"):
        read_image(path, OPTIONS)


def test_a_large_file_is_not_opened(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"0" * 2000)
    with pytest.raises(FaceError, match="file too large"):
        read_image(path, FacesOptions(max_bytes=1999))


def test_a_link_to_nothing_is_damaged(tmp_path):
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    with pytest.raises(FaceError, match="damaged image"):
        read_image(tmp_path / "gone.png", OPTIONS)
