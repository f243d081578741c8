"""Images: 420 damaged ones, decompression bombs, and what is no file at all."""

import io
import os
import struct
import sys
import zlib

import numpy as np
import PIL.Image
import pytest

from bad_input.mutations import judge, judge_all, mutants, run_bounded
from drawn_face import landmarks, texture
from fleeting.datasets.frame_files import read_frame
from fleeting.datasets.legacy_flow import decode
from fleeting.errors import DatasetError, FaceError
from fleeting.faces import FacesOptions, create_faces
from fleeting.faces.examine import examine
from fleeting.faces.folder import folder_candidates
from fleeting.faces.reading import read_image
from fleeting.faces.source import Candidate

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc and /dev")


def encoded(kind, mode="RGB"):
    image = io.BytesIO()
    PIL.Image.fromarray(texture(28, 28)).convert(mode).save(image, kind)
    return image.getvalue()


def from_file(read, path, *arguments):
    def call(content):
        path.write_bytes(content)
        return read(path, *arguments)

    return call


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width, height, rows=0):
    """A PNG with a right checksum that claims a size and holds `rows` black rows."""
    pixels = zlib.compress(bytes(rows * (1 + 3 * width)), 9)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def jpeg(width, height):
    """A JPEG of 28 x 28 whose header claims another size."""
    content = encoded("JPEG")
    at = content.index(b"\xff\xc0")
    return content[: at + 5] + struct.pack(">HH", height, width) + content[at + 9 :]


def bmp(width, height):
    content = encoded("BMP")
    return content[:18] + struct.pack("<ii", width, height) + content[26:]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGB"), ("PNG", "P"), ("JPEG", "CMYK"), ("BMP", "RGB"), ("TIFF", "L"), ("WEBP", "RGB"), ("PPM", "RGB")],
)
def test_damaged_face_images_are_read_or_refused(kind, mode, tmp_path):
    read = from_file(read_image, tmp_path / "image", FacesOptions())
    assert judge_all(read, mutants(encoded(kind, mode), 30, seed=1))["refused"] >= 5


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "GIF"])
def test_damaged_frames_are_read_or_refused(kind, tmp_path):
    assert judge_all(from_file(read_frame, tmp_path / "img1.jpg"), mutants(encoded(kind), 30, seed=2))["refused"] >= 5


def test_damaged_flow_images_are_read_or_refused(tmp_path):
    assert judge_all(from_file(decode, tmp_path / "a.png"), mutants(encoded("BMP"), 60, seed=3))["refused"] >= 10


def test_image_that_opencv_refuses_by_an_exception_is_refused(tmp_path):
    """cv2.imdecode raises for absurd sizes where it returns None for other damage; it once ended the run."""
    for content in (bmp(0, 28), bmp(2**30, 28), png(0, 0), bmp(28, -(2**31))):
        (tmp_path / "a.png").write_bytes(content)
        for read in (read_frame, decode):
            with pytest.raises(DatasetError):
                read(tmp_path / "a.png")


BOMBS = {
    "claims.png": png(100_000, 100_000),
    "claims.jpg": jpeg(65_000, 65_000),
    "claims.bmp": bmp(100_000, 100_000),
    "whole.png": png(20_000, 20_000, rows=200),
    "chunk.png": png(28, 28).replace(struct.pack(">I", 8) + b"IDAT", b"\xff\xff\xff\x7fIDAT"),
}


@LINUX
def test_bombs_are_refused_in_bounded_memory(tmp_path):
    """The process gets 100 MB; 20,000 x 20,000 pixels would take 1,200, the chunk of 4 GB that is none OpenCV 4,200."""
    for name, content in BOMBS.items():
        (tmp_path / name).write_bytes(content)
    program = """
from pathlib import Path
from fleeting.datasets.frame_files import read_frame
from fleeting.datasets.legacy_flow import decode
from fleeting.faces.options import FacesOptions
from fleeting.faces.reading import read_image
options = FacesOptions()
hold_memory(100)
for path in Path(sys.argv[1]).iterdir():
    print(judge(read_frame, path), judge(decode, path), judge(read_image, path, options))
"""
    assert run_bounded(program, tmp_path) == ["refused"] * 15


def test_image_longer_than_sixteen_bits_is_refused_before_mediapipe_ends_the_process(tmp_path):
    """40,000 x 300 px are 12 million, far below max_pixels: OpenCV inside MediaPipe aborted the whole worker."""
    path = tmp_path / "wide.png"
    path.write_bytes(png(40_000, 300, rows=300))
    for points in (None, landmarks()):
        row = examine(Candidate("a/b", path, "a/b", "", points), FacesOptions()).row
        assert (row["status"], row["reason"]) == ("rejected", "too many pixels")
        assert "32766" in row["detail"]


@LINUX
def test_pipes_devices_and_links_to_nowhere_are_rows_and_never_waited_for(tmp_path):
    """A named pipe, and a link to /dev/zero, were once hashed without end."""
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "nowhere.png").symlink_to(tmp_path / "gone")
    (tmp_path / "empty.png").write_bytes(b"")
    with pytest.raises(FaceError, match="None of 4 files") as caught:
        create_faces(FacesOptions(name="folder", root=str(tmp_path)))
    assert caught.value.got == "3 not an image, 1 damaged image"


@LINUX
def test_file_names_in_another_encoding_are_spelt_out(tmp_path):
    """Such a name could be written neither to the index nor to the manifest: the run ended."""
    (tmp_path / os.fsdecode(b"caf\xe9.png")).write_bytes(b"no image")
    (candidate,) = folder_candidates(FacesOptions(name="folder", root=str(tmp_path)))
    assert candidate.file == f"{tmp_path.name}/caf\\xe9.png"
    assert candidate.path.read_bytes() == b"no image"
    with pytest.raises(FaceError, match="None of 1 files"):
        create_faces(FacesOptions(name="folder", root=str(tmp_path)))


def test_folder_of_images_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    """It was once left out without a word."""
    (tmp_path / "inner").mkdir()
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("inner"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DatasetError, match="cannot be read") as caught:
        folder_candidates(FacesOptions(name="folder", root=str(tmp_path)))
    assert caught.value.where == str(tmp_path / "inner")


@pytest.mark.parametrize("name", ["folder", "nowhere"])
def test_folder_or_nothing_in_place_of_an_image_is_refused(name, tmp_path):
    (tmp_path / "folder").mkdir()
    assert judge(read_frame, tmp_path / name) == "refused"
    assert judge(decode, tmp_path / name) == "refused"
    assert judge(read_image, tmp_path / name, FacesOptions()) == "refused"


def test_limits_let_ordinary_images_through(tmp_path):
    (tmp_path / "a.png").write_bytes(encoded("PNG"))
    np.testing.assert_array_equal(read_frame(tmp_path / "a.png"), texture(28, 28))
    np.testing.assert_array_equal(decode(tmp_path / "a.png"), texture(28, 28))
