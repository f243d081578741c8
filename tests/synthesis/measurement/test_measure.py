import json

import pandas as pd
import pytest

from fleeting.errors import FaceError, OptionsError
from fleeting.faces import FacesOptions
from fleeting.synthesis.measurement import MeasurementOptions, measure_generators
from fleeting.synthesis.measurement.doses import COLUMNS, DOSES
from fleeting.synthesis.measurement.options import parse_generator

ASKED = {"action_units": (1, 12), "identities": 2, "faces": {"size": 64}, "samples": 2}


def measured(out, *generators, **changes):
    options = MeasurementOptions.parse({"generators": generators, **ASKED, **changes})
    return measure_generators(options, out, progress=False)


@pytest.fixture(autouse=True)
def _no_recorded_clips(monkeypatch):
    monkeypatch.delenv("FLEETING_MIRROR", raising=False)


def test_files_hold_every_measurement(tmp_path):
    results = measured(tmp_path, "warp", "still")
    table = pd.read_csv(tmp_path / "measurements.csv")
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 2 * 2 * 2 * len(DOSES)
    assert json.loads((tmp_path / "results.json").read_text()) == results
    assert {path.name for path in (tmp_path / "examples").iterdir()} == {"0.png", "1.png"}


def test_warp_follows_and_still_does_not(tmp_path):
    found = measured(tmp_path, "warp", "still", samples=0)["generators"]
    warp, still = (found[name]["overall"] for name in ("warp", "still"))
    assert (warp["following"], still["following"]) == (2, 0)
    assert warp["spearman"] > 0.95
    assert (still["spearman"], still["slope"]) == (0, 0)
    assert warp["displacement_at_1"] > 0.05


def test_same_options_give_the_same_bytes(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        measured(folder, "warp", action_units=(4,), identities=1)
    for name in ("measurements.csv", "results.json", "examples/0.png"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_nuisance_is_off_for_doses_and_as_asked_for_the_form(tmp_path):
    found = measured(tmp_path, "still:nuisance.noise=[2, 2]", action_units=(1,), identities=1)
    figures = found["generators"]["still:nuisance.noise=[2, 2]"]
    assert figures["action_units"]["1"]["motion_at_1"] == 0
    assert figures["realism"]["motion"] > 0
    assert figures["digest"] != figures["digest_doses"]


def test_likeness_of_two_people_is_far_below_that_of_one(tmp_path):
    assert measured(tmp_path, "still", action_units=(1,), samples=0)["faces"]["two_people"] < 0.7


def test_more_faces_than_there_are_is_an_error(tmp_path):
    with pytest.raises(FaceError, match=r"(?s)fewer faces.*at most 2.*got: 3"):
        measured(tmp_path, "still", identities=3, faces=FacesOptions(variation=0))


def test_other_faces_are_measured_from_the_first_on(tmp_path):
    measured(tmp_path, "still", action_units=(1,), samples=0, first=7)
    assert pd.read_csv(tmp_path / "measurements.csv")["face"].unique().tolist() == [
        "embedded/eileen-collins+3",
        "embedded/grace-hopper+4",
    ]
    with pytest.raises(FaceError, match=r"(?s)at most 2.*got: 3"):
        measured(tmp_path, "still", identities=2, first=1, faces=FacesOptions(variation=0))


def test_options_of_a_generator_stand_behind_its_name():
    assert parse_generator("warp") == ("warp", {})
    assert parse_generator("ganimation:weights=runs/a:b/generator") == ("ganimation", {"weights": "runs/a:b/generator"})
    with pytest.raises(OptionsError, match="no name"):
        parse_generator(":weights=x")


@pytest.mark.parametrize(
    ("tables", "fault"),
    [
        ({"action_units": [3]}, "expected some of 1, 2, 4"),
        ({"action_units": [1, 1]}, "each once"),
        ({"generators": ["warp", "warp"]}, "twice"),
        ({"generators": []}, "generators"),
    ],
)
def test_impossible_questions_are_refused(tables, fault):
    with pytest.raises(OptionsError, match=fault):
        MeasurementOptions.parse({"generators": ["warp"], **tables})
