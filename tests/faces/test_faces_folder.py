"""A user's folder through the real detector: each bad file has its reason, and workers change nothing."""

import sys

import cv2
import numpy as np
import pytest
from PIL import Image

from fleeting.errors import DatasetError, FaceError, MissingExtraError, OptionsError
from fleeting.faces import FacesOptions, create_faces, detection
from fleeting.faces.embedded import EmbeddedFaces
from fleeting.faces.folder import folder_candidates
from fleeting.faces.reading import read_image

OPTIONS = FacesOptions()
HOPPER, COLLINS = (read_image(candidate.path, OPTIONS) for candidate in EmbeddedFaces(OPTIONS).candidates())
REASONS = {
    "a/hopper.png": "",
    "b/collins turned.png": "",
    "blurred.png": "blurred",
    "copy of hopper.png": "duplicate",
    "cut.png": "cut by the border",
    "far.png": "",
    "grey.png": "no face",
    "half.png": "damaged image",
    "notes.txt": "not an image",
    "small.png": "face too small",
    "two.png": "several faces",
}


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "people"
    (root / "a").mkdir(parents=True)
    (root / "b").mkdir()
    (root / ".hidden").mkdir()

    def save(name, pixels, **more):
        Image.fromarray(pixels).save(root / name, **more)

    turned = Image.Exif()
    turned[0x0112] = 6
    save("a/hopper.png", HOPPER)
    save("b/collins turned.png", np.rot90(COLLINS).copy(), exif=turned)
    save("blurred.png", cv2.GaussianBlur(COLLINS, (0, 0), 4))
    far = np.full((1400, 1400, 3), 90, np.uint8)
    far[600:1112, 800:1312] = COLLINS
    save("far.png", far)
    save("cut.png", HOPPER[170:])
    save("grey.png", np.full((200, 200, 3), 120, np.uint8))
    save("small.png", cv2.resize(COLLINS, (256, 256), interpolation=cv2.INTER_AREA))
    save("two.png", np.hstack([HOPPER[:512], COLLINS]))
    save(".hidden/hopper.png", HOPPER[1:])
    whole = (root / "a/hopper.png").read_bytes()
    (root / "half.png").write_bytes(whole[: len(whole) // 2])
    (root / "copy of hopper.png").write_bytes(whole)
    (root / "notes.txt").write_text("not a picture")
    return root


@pytest.fixture
def detector():
    pytest.importorskip("mediapipe", reason="face detection needs the extra `faces`")


@pytest.mark.usefixtures("detector")
def test_every_file_has_a_row_with_its_reason(folder, capfd):
    pool = create_faces(FacesOptions(name="folder", root=str(folder)))
    found = dict(zip(pool.rows["file"], pool.rows["reason"], strict=True))
    assert found == {f"people/{name}": reason for name, reason in REASONS.items()}
    assert pool.counts()["accepted"] == len(pool) == 3
    assert set(pool.rows["licence"]) == {"not stated"}
    hopper = pool.rows[pool.rows["file"] == "people/a/hopper.png"].iloc[0]
    assert float(hopper["eye_distance"]) == pytest.approx(84.4, abs=1)
    assert len(hopper["sha256"]) == 64
    written = capfd.readouterr().err
    assert "XNNPACK" not in written
    assert "absl" not in written
    for face in pool:
        np.testing.assert_allclose(face.landmarks[36:42].mean(0), [32, 34], atol=0.01)
        np.testing.assert_allclose(face.landmarks[42:48].mean(0), [96, 34], atol=0.01)


@pytest.mark.slow
@pytest.mark.usefixtures("detector")
def test_two_workers_detect_the_same_as_one(folder, monkeypatch, tmp_path):
    options = FacesOptions(name="folder", root=str(folder), size=64)
    pools = []
    for workers in (1, 2):
        monkeypatch.setenv("FLEETING_CACHE", str(tmp_path / str(workers)))
        pools.append(create_faces(options, workers=workers))
    one, two = pools
    assert one.digest == two.digest
    assert (one.folder / "images.npy").read_bytes() == (two.folder / "images.npy").read_bytes()


@pytest.mark.usefixtures("detector")
def test_of_several_faces_the_largest_can_be_taken_and_max_faces_stops_early(folder):
    pool = create_faces(FacesOptions(name="folder", root=str(folder), many_faces="largest"))
    assert pool.rows.set_index("file")["status"]["people/two.png"] == "accepted"
    few = create_faces(FacesOptions(name="folder", root=str(folder), many_faces="largest", max_faces=1))
    assert len(few) == 1
    assert few.rows["status"].value_counts().to_dict() == {"unused": 9, "accepted": 1, "rejected": 1}


@pytest.mark.usefixtures("detector")
def test_a_folder_without_a_face_is_an_error_that_counts_the_reasons(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    Image.new("RGB", (100, 100)).save(tmp_path / "black.png")
    with pytest.raises(FaceError) as caught:
        create_faces(FacesOptions(name="folder", root=str(tmp_path)))
    assert caught.value.problem == "None of 3 files can be used as a face."
    assert caught.value.got == "2 not an image, 1 no face"


def test_a_missing_or_empty_root_is_named(tmp_path):
    with pytest.raises(OptionsError, match="needs a root"):
        create_faces(FacesOptions(name="folder"))
    with pytest.raises(DatasetError, match="There is no file or folder"):
        create_faces(FacesOptions(name="folder", root=str(tmp_path / "nowhere")))
    with pytest.raises(FaceError, match="None of 0 files"):
        create_faces(FacesOptions(name="folder", root=str(tmp_path)))


def test_folders_of_one_name_give_different_identities_and_keep_their_licences(tmp_path):
    for parent in "xy":
        folder = tmp_path / parent / "faces"
        folder.mkdir(parents=True)
        (folder / "1.png").write_bytes(b"")
    (tmp_path / "y" / "faces" / "LICENSE").write_text("CC0")
    found = folder_candidates(FacesOptions(root=(str(tmp_path / "x/faces"), str(tmp_path / "y/faces"))))
    assert [(item.identity, item.licence) for item in found] == [
        ("faces/1.png", "not stated"),
        ("faces-2/1.png", "LICENSE file of faces-2"),
        ("faces-2/LICENSE", "LICENSE file of faces-2"),
    ]


def test_without_mediapipe_the_error_names_the_extra_and_the_python_versions(monkeypatch):
    detection._models.cache_clear()
    monkeypatch.setitem(sys.modules, "mediapipe.python.solutions.face_detection", None)
    with pytest.raises(MissingExtraError, match=r"fleeting\[faces\]"):
        detection.detect(np.zeros((64, 64, 3), np.uint8))
    monkeypatch.setattr(sys, "version_info", VERSION_313)
    with pytest.raises(MissingExtraError, match=r"not for this 3\.13"):
        detection.detect(np.zeros((64, 64, 3), np.uint8))
    detection._models.cache_clear()


class _Version(tuple):
    major, minor = 3, 13


VERSION_313 = _Version((3, 13, 0, "final", 0))
