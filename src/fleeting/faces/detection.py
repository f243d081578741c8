"""Faces and their landmarks by MediaPipe 0.10.14, which carries its models in the wheel and needs no network."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from ..errors import FaceError, MissingExtraError
from ..types import Floats, Image
from .geometry import Doubles, eye_centres

VERSION = "mediapipe 0.10.14, 1"
"""Part of the store's key: detector, and the number of this file's revision."""

# fmt: off
MESH_TO_IBUG = np.array([
    127, 234, 132, 58, 172, 150, 149, 148, 152, 377, 378, 379, 397, 288, 361, 454, 356,  # jaw, image left to right
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300,  # brows
    168, 197, 5, 4, 75, 97, 2, 326, 305,  # bridge, tip, nostrils
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,  # eyes
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,  # outer lips
    78, 82, 13, 312, 308, 317, 14, 87,  # inner lips
])
"""The mesh point that stands for each of the 68 iBUG points; the jaw is the subset nearest to even spacing."""
# fmt: on

BACKGROUND = 0.25
"""A face whose eyes are closer than this share of the largest face's is background and does not count."""


def detect(image: Image) -> list[Floats]:
    """Find the faces of an image.

    The mesh model's own detector sees faces that fill the image; a second one with a longer range finds the small
    ones, and the mesh is then fitted to a cut around each.

    Args:
        image: (H, W, 3) uint8 RGB.

    Returns:
        Landmarks (68, 2) float32 px per face, the largest face first.

    Raises:
        MissingExtraError: mediapipe is not installed.
    """
    mesh, ranger = _models()
    found = _fit(mesh, image)
    for box in _boxes(ranger, image):
        middle = (box[:2] + box[2:]) / 2
        if not any((points.min(0) < middle).all() and (middle < points.max(0)).all() for points in found):
            found += _fit_around(mesh, image, box)[:1]
    found.sort(key=_eye_distance, reverse=True)
    return [
        points.astype(np.float32) for points in found if _eye_distance(points) >= BACKGROUND * _eye_distance(found[0])
    ]


def _eye_distance(points: Doubles) -> float:
    first, second = eye_centres(points)
    return float(np.hypot(*(second - first)))


def _fit(mesh: Any, image: Image) -> list[Doubles]:
    height, width = image.shape[:2]
    results = _process(mesh, image).multi_face_landmarks or []
    # MediaPipe's coordinates are shares of the width and height between outer edges; ours count pixel centres.
    return [
        np.array([(result.landmark[i].x, result.landmark[i].y) for i in MESH_TO_IBUG]) * (width, height) - 0.5
        for result in results
    ]


def _fit_around(mesh: Any, image: Image, box: Doubles) -> list[Doubles]:
    middle, reach = (box[:2] + box[2:]) / 2, float((box[2:] - box[:2]).max())
    left, top = np.maximum(np.floor(middle - reach), 0).astype(int)
    right, bottom = np.minimum(np.ceil(middle + reach), image.shape[1::-1]).astype(int)
    if right - left < 8 or bottom - top < 8:
        return []
    return [
        points + np.array([left, top]) for points in _fit(mesh, np.ascontiguousarray(image[top:bottom, left:right]))
    ]


def _boxes(ranger: Any, image: Image) -> list[Doubles]:
    height, width = image.shape[:2]
    boxes = []
    for detection in _process(ranger, image).detections or []:
        box = detection.location_data.relative_bounding_box
        corners = [box.xmin, box.ymin, box.xmin + box.width, box.ymin + box.height]
        boxes.append(np.array(corners) * (width, height, width, height))
    return boxes


def _process(model: Any, image: Image) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "SymbolDatabase.GetPrototype", UserWarning)  # MediaPipe's protobuf calls
        return model.process(image)


@cache
def _models() -> tuple[Any, Any]:
    """One pair of models per process."""
    os.environ.setdefault("GLOG_minloglevel", "2")
    with _quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from mediapipe.python.solutions.face_detection import FaceDetection
            from mediapipe.python.solutions.face_mesh import FaceMesh
        except ImportError as error:
            raise MissingExtraError("Finding faces in images", _package(), "faces") from error
        mesh = FaceMesh(static_image_mode=True, max_num_faces=5, refine_landmarks=True, min_detection_confidence=0.5)
        ranger = FaceDetection(model_selection=1, min_detection_confidence=0.6)
        for model in (mesh, ranger):
            model.process(np.zeros((64, 64, 3), np.uint8))  # the graphs write their start-up lines now, unseen
    return mesh, ranger


def _package() -> str:
    if sys.version_info < (3, 13):
        return "mediapipe 0.10.14"
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"mediapipe 0.10.14 (made for Python 3.11 and 3.12, not for this {here}: make an environment with 3.12)"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what C++ code writes to the error stream off the terminal; it is shown after all if the block fails."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as sink:
        os.dup2(sink.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        except MissingExtraError:
            failed = False
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            if failed:
                sink.seek(0)
                os.write(2, sink.read())


def one_face(found: list[Floats], many: str) -> Floats:
    """The face of an image that shall show one.

    Args:
        found: landmarks of every face, the largest first.
        many: "reject" or "largest".

    Raises:
        FaceError: there is none, or there are several and `many` is "reject".
    """
    if not found:
        raise FaceError("no face")
    if len(found) > 1 and many == "reject":
        raise FaceError("several faces", got=f"{len(found)} faces", cure='set many_faces = "largest"')
    return found[0]
