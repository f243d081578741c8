"""One similarity per clip: faces come to the same place, and what moves between the frames still moves."""

import pickle

import cv2
import numpy as np
import pytest

from drawn_face import IOD, landmarks, texture
from fake_recorded import casme2
from fake_synthetic import write_synthetic
from fleeting.datasets import open_dataset
from fleeting.datasets.synthetic import Synthetic
from fleeting.errors import FaceError, OptionsError
from fleeting.faces import FacesOptions, detection
from fleeting.faces.embedded import EmbeddedFaces
from fleeting.faces.geometry import eye_centres
from fleeting.faces.options import CropOptions
from fleeting.features import optical_flow
from fleeting.training.alignment import Aligned, align_clip
from fleeting.training.recipe import TrainingRecipe
from fleeting.training.sources import Sources

CROP = CropOptions(size=112, height=140, eye_level=0.38, eye_distance=0.5)
SCALE = 56 / IOD
"""Crop pixels per pixel of the drawn face."""
ONSET = texture(300, 320)
POINTS = landmarks(320, eye_line=120)


@pytest.fixture
def drawn(monkeypatch):
    """Detection of the drawn face at `places[0]` (x, y) px from its usual place; counts its calls."""
    places, calls = [(0, 0)], []

    def detect(image):
        calls.append(image.shape)
        return [POINTS + np.float32(places[0])]

    monkeypatch.setattr(detection, "detect", detect)
    return places, calls


def moved(frame, x, y):
    """The content of a frame moved by (x, y) px."""
    shift = np.array([[1, 0, x], [0, 1, y]], np.float64)
    return cv2.warpAffine(frame, shift, frame.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def test_face_comes_to_the_same_place_wherever_it_was(drawn):
    places, _ = drawn
    here = align_clip(ONSET[None], CROP, "c")
    places[0] = (17, -9)
    there = align_clip(moved(ONSET, 17, -9)[None], CROP, "c")
    assert here.shape == (1, 140, 112, 3)
    assert np.abs(here.astype(int) - there).max() <= 2


def test_landmarks_of_the_onset_serve_every_frame(drawn):
    _, calls = drawn
    align_clip(np.stack([ONSET] * 4), CROP, "c")
    assert len(calls) == 1


def test_motion_of_the_head_between_the_frames_stays(drawn):
    """Aligning each frame by its own landmarks would have taken it away."""
    onset, apex = align_clip(np.stack([ONSET, moved(ONSET, 1.5, -0.75)]), CROP, "c")
    found = np.median(optical_flow(onset, apex, "dis"), axis=(0, 1))
    np.testing.assert_allclose(found, [1.5 * SCALE, -0.75 * SCALE], atol=0.1)


def test_small_motion_of_one_place_stays_and_nothing_else_moves(drawn):
    rows, columns = np.mgrid[:300, :320].astype(np.float32)
    weight = np.exp(-((rows - 160) ** 2 + (columns - 130) ** 2) / 400)  # left of the mouth
    apex = cv2.remap(ONSET, columns, rows - 1.2 * weight, cv2.INTER_CUBIC)
    flow = optical_flow(*align_clip(np.stack([ONSET, apex]), CROP, "c"), "dis")
    x, y = ((np.array([130, 160]) - POINTS[36:48].mean(0)) * SCALE + [56, 0.38 * 140]).round().astype(int)
    assert flow[y, x, 1] == pytest.approx(1.2 * SCALE, abs=0.25)
    assert abs(flow[y, x, 0]) < 0.15
    assert np.abs(flow[10:60, 80:100]).max() < 0.15


def test_clip_that_does_not_move_does_not_move_afterwards(drawn):
    onset, apex = align_clip(np.stack([ONSET, ONSET]), CROP, "c")
    np.testing.assert_array_equal(onset, apex)


def test_real_portrait_is_found_turned_and_scaled_back():
    pytest.importorskip("mediapipe", reason="face detection needs the extra `faces`")
    portrait = EmbeddedFaces(FacesOptions()).candidates()[1]
    image = cv2.imread(str(portrait.path))[..., ::-1]
    crops = []
    for turn, scale, shift in [(0, 1, (0, 0)), (12, 0.8, (25, 40))]:
        similarity = cv2.getRotationMatrix2D((256, 128), turn, scale)
        similarity[:, 2] += shift
        frame = cv2.warpAffine(image, similarity, (560, 560), borderMode=cv2.BORDER_REFLECT_101)
        crops.append(align_clip(frame[None], CROP, "c")[0])
    first, second = (cv2.GaussianBlur(crop, (0, 0), 2).astype(int) for crop in crops)
    assert np.abs(first - second)[20:120, 16:96].mean() < 6
    for crop in crops:
        right, left = eye_centres(detection.detect(crop)[0])
        np.testing.assert_allclose((right + left) / 2, [56, 0.38 * 140], atol=2)
        np.testing.assert_allclose(left - right, [56, 0], atol=3)


def test_clip_without_a_face_is_named(monkeypatch):
    monkeypatch.setattr(detection, "detect", lambda image: [])
    with pytest.raises(FaceError, match="onset frame of casme2/sub01/EP02_01f") as caught:
        align_clip(ONSET[None], CROP, "casme2/sub01/EP02_01f")
    assert "320 x 300 px" in str(caught.value)


def recipe(root, dataset="casme2", **features):
    return TrainingRecipe.parse(
        {
            "features": {"options": {"method": "dis"}, **features},
            "train": {"data": "recorded", "seeds": [0]},
            "test": {"dataset": dataset, "root": str(root), "protocol": "kfold", "options": {"folds": 2}},
        }
    )


def test_run_stops_at_the_clip_without_a_face(tmp_path, monkeypatch):
    monkeypatch.setattr(detection, "detect", lambda image: [])
    sources = Sources(recipe(casme2(tmp_path), align="eyes"), {}, 1)
    with pytest.raises(FaceError, match="onset frame of casme2/"):
        list(sources.folds(0))


def test_run_aligns_recorded_frames_and_no_longer_hints_at_it(tmp_path, drawn):
    _, calls = drawn
    sources = Sources(recipe(casme2(tmp_path), align="eyes"), {}, 1)
    assert next(iter(sources.folds(0))).test.images.shape == (3, 28, 28, 3)
    assert len(calls) == 3
    assert not any("features.align" in note for note in sources.notes)


def test_flow_images_cannot_be_aligned(tmp_path):
    dataset = Synthetic(write_synthetic(tmp_path))
    with pytest.raises(OptionsError, match="needs frames, and synthetic holds flow images"):
        Aligned(dataset, CROP)


def test_digest_covers_data_and_crop(tmp_path):
    dataset = open_dataset("casme2", str(casme2(tmp_path)))
    digests = {Aligned(dataset, crop).digest() for crop in (CROP, CropOptions())}
    assert len(digests | {dataset.digest()}) == 3


def test_aligned_data_reaches_worker_processes(tmp_path, drawn):
    aligned = Aligned(open_dataset("casme2", str(casme2(tmp_path))), CROP)
    again = pickle.loads(pickle.dumps(aligned))
    clip = aligned.clips()[0]
    np.testing.assert_array_equal(again.frames(clip), aligned.frames(clip))


def test_crop_that_faces_would_refuse_is_refused():
    with pytest.raises(OptionsError, match=r"crop\.size"):
        TrainingRecipe.parse({"features": {"crop": {"size": 5}}})
