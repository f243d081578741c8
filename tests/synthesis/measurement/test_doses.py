import numpy as np
import pandas as pd
import pytest

from drawn_face import landmarks, texture
from fleeting.errors import ShapeError
from fleeting.synthesis.measurement.doses import COLUMNS, DOSES, KnowsMask, responses
from fleeting.types import AU_NUMBERS, Face


def table(generator, face, *numbers):
    rows = pd.DataFrame(list(responses(generator, face, numbers, seed=0)))
    return rows.set_index(["au", "dose"])


def test_rows_have_the_columns_of_the_file(quiet_still, face):
    rows = list(responses(quiet_still, face, [1], seed=0))
    assert [set(row) | {"generator"} for row in rows] == [set(COLUMNS)] * len(DOSES)


def test_still_face_moves_nothing_and_keeps_everything(quiet_still, face):
    found = table(quiet_still, face, 1, 12)
    assert (found[["displacement", "region_motion", "artefacts", "saturation"]] == 0).all(axis=None)
    assert found["leakage"].isna().all()
    assert found["identity"].min() == pytest.approx(1)


def test_warp_moves_every_unit_further_with_every_dose(quiet_warp, face):
    found = table(quiet_warp, face, *AU_NUMBERS)["displacement"].unstack("dose")
    assert found.columns.to_list() == list(DOSES)
    falling = found.index[(np.diff(found.to_numpy(float), axis=1) <= 0).any(1)]
    assert falling.to_list() == []


def test_displacement_is_in_units_of_the_eye_distance(quiet_warp, face):
    """The table of warp puts the lip corners .17 out and .14 up at 1: .22 along the diagonal, less what flow blurs."""
    at_half = table(quiet_warp, face, 12).loc[(12, 0.5), "displacement"]
    assert 0.5 * 0.11 < at_half < 0.5 * 0.23


def test_unit_that_moves_the_wrong_region_leaks(quiet_warp, faulty, face):
    right = table(quiet_warp, face, 12).loc[(12, 1.0)]
    wrong = table(faulty("moves-AU1"), face, 12).loc[(12, 1.0)]
    assert right["leakage"] < 0.25
    assert wrong["leakage"] > 0.9
    assert abs(wrong["displacement"]) < 0.1 * right["displacement"]


def test_painted_noise_is_an_artefact(quiet_warp, faulty, face):
    assert table(quiet_warp, face, 6).loc[(6, 0.5), "artefacts"] < 0.02
    noise = table(faulty("noisy"), face, 6)
    assert noise.loc[(6, 0.5), "artefacts"] > 0.1
    assert noise.loc[(6, 0.5), "artefacts_outside"] > 0.1


def test_clipped_pixels_are_counted(faulty, face):
    found = table(faulty("bright"), face, 6)["saturation"].loc[6]
    assert found[0.0] == 0
    assert found[1.0] > 0.5


def test_a_washed_out_face_is_no_longer_the_same(faulty, face):
    found = table(faulty("blurred"), face, 1)["identity"].loc[1]
    assert found[0.0] == pytest.approx(1)
    assert found[1.0] < 0.9


def test_same_stream_for_every_generator(quiet_warp, face):
    one, two = (list(responses(quiet_warp, face, [4], seed=3)) for _ in range(2))
    assert one == two


def test_mask_is_read_where_a_generator_states_it(quiet_warp, face):
    class Masked:
        name, digest, generate = "masked", "1" * 64, quiet_warp.generate

        def mask(self, face, aus, rng):
            return np.full((len(aus.values), *face.image.shape[:2]), 0.25, np.float32)

    assert isinstance(Masked(), KnowsMask)
    assert table(Masked(), face, 1)["mask"].unique().tolist() == [0.25]
    assert table(quiet_warp, face, 1)["mask"].isna().all()


def test_small_faces_are_measured_in_the_same_unit(quiet_warp, face):
    half = Face("drawn/half", texture(128, 128)[::2, ::2].copy(), face.landmarks / 2 - 0.25, "CC0", "")
    whole, small = (table(quiet_warp, item, 26).loc[(26, 0.5), "displacement"] for item in (face, half))
    assert small == pytest.approx(whole, rel=0.35)


def test_unit_without_a_landmark_in_the_image_has_no_displacement(quiet_still):
    above = landmarks() - np.array([0, 1000], np.float32)
    found = table(quiet_still, Face("drawn/off", texture(), above, "CC0", ""), 1)
    assert found["displacement"].isna().all()


def test_frames_of_another_size_are_refused(faulty, face):
    wrong = faulty("noisy")
    wrong.fault = lambda face, dose, rng: face.image[:64]
    with pytest.raises(ShapeError, match=r"(?s)one frame per row.*\(8, 128, 128, 3\).*\(8, 64, 128, 3\)"):
        list(responses(wrong, face, [1], seed=0))
