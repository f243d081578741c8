import numpy as np
import pytest

from drawn_face import drawn_face
from fleeting.faces import FacesOptions, create_faces
from fleeting.generators import create_generator
from fleeting.synthesis.measurement.realism import Realism, window

SAMPLES = 24


@pytest.fixture
def pool():
    return create_faces(FacesOptions(size=64))


def test_window_lays_eyes_over_eyes(pool):
    view = window(pool.face(0))
    assert view.recorded[0] == slice(5, 28)  # the eyes stand at row 5.6 of 23, in the recorded images at 10.3
    assert view.generated[0] == slice(0, 23)
    assert np.abs(view.below_eyes).argmin() == 5


def test_window_stays_inside_a_face_that_shows_more():
    face = drawn_face(300, 200)
    view = window(face)
    rows, columns = (len(range(28)[part]) for part in view.recorded)
    assert [part.stop - part.start for part in view.generated] == [rows, columns]
    assert view.generated[0].stop <= view.shape[0]
    assert view.generated[1].stop <= view.shape[1]


def test_absent_recordings_are_said_and_do_no_harm(pool, monkeypatch):
    monkeypatch.delenv("FLEETING_MIRROR", raising=False)
    realism = Realism(pool, [12], 2, seed=0)
    assert "not on this machine" in realism.recorded()["absent"]
    found = realism.compare(create_generator("warp"))
    assert (found["samples"], found["ks"], found["frechet"]) == (2, None, None)
    assert found["motion"] > 0


def test_frames_without_motion_have_no_form(pool, monkeypatch, quiet_still):
    monkeypatch.delenv("FLEETING_MIRROR", raising=False)
    assert Realism(pool, [12], 2, seed=0).compare(quiet_still)["flat"] == 2


def test_recorded_clips_are_compared_where_they_are(pool, mirror):
    realism = Realism(pool, [1, 4, 12], SAMPLES, seed=0)
    recorded = realism.recorded()
    assert recorded["clips"] == sum(recorded["parts"].values()) > 100
    found = realism.compare(create_generator("warp"))
    assert found["samples"] == SAMPLES
    assert set(found["statistics"]) == set(recorded["between"])
    assert 0 < found["ks"] < 1
    assert found["frechet"] > recorded["frechet_halves"] > 0
