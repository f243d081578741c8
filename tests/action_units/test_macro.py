import numpy as np
import pytest

from fleeting.action_units import ActionUnitsOptions, create_sources
from fleeting.errors import ActionUnitError, OptionsError
from fleeting.types import Donor

RAVDESS = {
    "file": "mirror:openface/ravdess5_openface_au_frames.csv.gz",
    "dataset": "ravdess",
    "clip_shape": "rise-and-fall",
}


def _macro(table, preset="paper", frames=2, native_length=False, **macro):
    options = {"preset": preset, "sources": ["macro"], "frames": frames, "native_length": native_length}
    return create_sources(ActionUnitsOptions.parse({**options, "macro": {"tables": [table], **macro}}))["macro"]


@pytest.fixture
def ck_plus(tmp_path):
    """Clips of 11 frames, AU12 at k / 10 in frame k; one clip per CK+ code, two for happy."""
    codes = [("S1", code) for code in range(8)] + [("S2", 5)]
    lines = ["clip,subject,emotion,frame,AU12_r"]
    lines += [f"{s}_{code},{s},{code},{k + 1},{k / 2}" for s, code in codes for k in range(11)]
    path = tmp_path / "ck.csv"
    path.write_text("\n".join(lines))
    return {"file": str(path), "dataset": "ck+"}


def _apexes(source, label=2, draws=300):
    rng = np.random.default_rng(0)
    return {round(10 * float(source.sample(rng, label).values[1, 8])) for _ in range(draws)}


def test_macro_apex_lies_in_the_presets_interval(ck_plus):
    assert _apexes(_macro(ck_plus)) == {3, 4, 5}
    assert _apexes(_macro(ck_plus, "miex-2019")) == {2, 3, 4}
    assert _apexes(_macro(ck_plus, "miex-release")) == {3, 4, 5}
    assert _apexes(_macro(ck_plus, alpha=0.8, beta=1.0)) == {8, 9, 10}


def test_macro_onset_is_the_first_frame_and_the_donor_is_named(ck_plus):
    sequence = _macro(ck_plus).sample(np.random.default_rng(0), 2)
    assert not sequence.values[0].any()
    assert (sequence.donor, sequence.origin) == (Donor("ck+", "S1", "S1_7"), "macro")
    assert sequence.sides.min() == 1


def test_macro_ck_plus_sadness_is_negative_or_as_the_public_code_has_it(ck_plus):
    assert _macro(ck_plus).counts()["pool"] == {"negative": 5, "positive": 2, "surprise": 1}
    assert _macro(ck_plus, "miex-release").counts()["pool"] == {"negative": 4, "positive": 3, "surprise": 1}
    assert _macro(ck_plus, "miex-release", ck_plus_labels="ck+").counts()["pool"]["negative"] == 5
    assert _macro(ck_plus).counts()["dropped"] == {"emotion outside the three classes": 1}


def test_macro_cyclic_choice_takes_turn_modulo_pool(ck_plus):
    source, rng = _macro(ck_plus, choice="cyclic"), np.random.default_rng(0)
    clips = [source.sample(rng, 1, turn).donor.clip for turn in (0, 1, 2, 3, 7)]
    assert clips == ["S1_5", "S2_5", "S1_5", "S2_5", "S2_5"]


def test_macro_excluded_subject_gives_nothing(ck_plus):
    source = _macro(ck_plus, exclude_subjects=["CK+/S1"])
    assert source.counts()["pool"] == {"negative": 0, "positive": 1, "surprise": 0}
    with pytest.raises(ActionUnitError, match="8 excluded subject"):
        source.sample(np.random.default_rng(0), 0)


def test_macro_video_variant_is_resampled_or_native(ck_plus):
    values = _macro(ck_plus, frames=10).sample(np.random.default_rng(1), 2).values
    assert values.shape == (10, 17)
    assert np.diff(values[:, 8]) == pytest.approx(values[9, 8] / 9)
    native = _macro(ck_plus, frames=10, native_length=True, alpha=0.4, beta=0.4)
    assert native.sample(np.random.default_rng(1), 2).values[:, 8].tolist() == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])


def test_macro_clips_can_lie_in_a_folder_with_an_index(tmp_path, sequence):
    values = np.zeros((11, 17))
    values[:, 8] = np.arange(11) / 2
    sequence("clips/S005_001.csv", values)
    (tmp_path / "index.csv").write_text("subject,clip,file,emotion\nS005,001,S005_001.csv,surprise\n")
    table = {"file": str(tmp_path / "index.csv"), "folder": str(tmp_path / "clips"), "dataset": "ck+"}
    source = _macro(table)
    assert _apexes(source) == {3, 4, 5}
    assert source.counts()["pool"] == {"negative": 0, "positive": 0, "surprise": 1}


def test_macro_clips_of_measured_every_other_frame_are_whole(tmp_path):
    path = tmp_path / "steps.csv"
    lines = [f"1,2,surprise,oulu-casia,{2 * k},{k / 2}" for k in range(11)]
    path.write_text("\n".join(["clip,subject,emotion,dataset,frame,AU12_r", *lines]))
    assert _apexes(_macro({"file": str(path)})) == {3, 4, 5}


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["1,2,,1,0", "1,2,,2,0"], "clip without an emotion"),
        (["1,2,happy,1,0"], "clip with fewer than 2 usable frames"),
        (["1,2,happy,1,0", "1,2,happy,1,0"], "clip with repeated, unsorted or unevenly spaced frames"),
        (["1,2,happy,2,0", "1,2,happy,1,0"], "clip with repeated, unsorted or unevenly spaced frames"),
        (["1,2,happy,1,0", "1,2,happy,2,0", "1,2,happy,9,0"], "clip with more than a fifth of its frames rejected"),
    ],
)
def test_macro_clip_that_cannot_be_used_has_a_reason(tmp_path, lines, reason):
    path = tmp_path / "bad.csv"
    path.write_text("\n".join(["clip,subject,emotion,frame,AU12_r", *lines]))
    with pytest.raises(ActionUnitError, match=f"dropped: 1 {reason}"):
        _macro({"file": str(path), "dataset": "ck+"})


def test_macro_clip_with_an_unknown_emotion_is_named(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("clip,subject,emotion,frame,AU12_r\nc7,2,happyness,1,0\nc7,2,happyness,2,0\n")
    with pytest.raises(ActionUnitError, match="Did you mean 'happiness'") as caught:
        _macro({"file": str(path), "dataset": "oulu-casia"})
    assert caught.value.where == f"{path}, clip c7"


def test_macro_without_tables_or_grouping_columns_names_the_cure(tmp_path):
    with pytest.raises(OptionsError, match='leave "macro" out'):
        create_sources(ActionUnitsOptions())
    path = tmp_path / "loose.csv"
    path.write_text("frame,AU12_r\n1,0\n")
    with pytest.raises(ActionUnitError, match="columns clip, subject"):
        _macro({"file": str(path), "dataset": "ck+"})


def test_real_ravdess_clips_all_are_counted_and_rise(mirror):
    source = _macro(RAVDESS)
    counts = source.counts()
    assert counts["dropped"]["emotion outside the three classes"] == 60
    assert sum(counts["pool"].values()) + sum(counts["dropped"].values()) == 300
    assert min(counts["pool"].values()) >= 20
    rng = np.random.default_rng(0)
    smile = np.mean([np.diff(source.sample(rng, 1).values, axis=0)[0] for _ in range(400)], axis=0)
    brows = np.mean([np.diff(source.sample(rng, 2).values, axis=0)[0] for _ in range(400)], axis=0)
    assert smile[8] > 0.05 > abs(smile[1])
    assert brows[0] > 0.05 > brows[8]
    donors = {source.sample(rng, 0).donor for _ in range(200)}
    assert {donor.subject for donor in donors} == {"1", "2", "3", "4", "5"}
