import numpy as np
import pytest

from fleeting.action_units import ActionUnitsOptions, create_sources, index_of
from fleeting.action_units.coded import parse_codes
from fleeting.action_units.source import Ledger
from fleeting.errors import ActionUnitError, DatasetError, OptionsError
from fleeting.types import AU_NUMBERS, Donor

CODED = """dataset,subject,clip,type,aus,au_sides,emotion,cls3
casme2,sub01,a,micro,4 7,B4 R7,disgust,negative
casme2,sub02,b,micro,12,L12,happiness,positive
mmew,S01,c,micro,18,B18,surprise,surprise
mmew,S01,d,micro,1 24,B1 B24,surprise,surprise
mmew,S02,e,macro,4,B4,anger,negative
mmew,S02,f,micro,43,B43,others,other
mmew,S03,g,micro,4,B4,anger,
mmew,S03,h,micro,?,?,anger,negative
mmew,S04,i,micro,5,B5,repressed,negative_repression
"""


def _micro(preset="paper", frames=2, native_length=False, **tables):
    options = {"preset": preset, "sources": ["micro"], "frames": frames, "native_length": native_length}
    return create_sources(ActionUnitsOptions.parse({**options, "micro": tables}))["micro"]


@pytest.fixture
def coded(tmp_path):
    path = tmp_path / "coded.csv"
    path.write_text(CODED)
    return str(path)


def _all(source, label, turns=64):
    rng = np.random.default_rng(0)
    return [source.sample(rng, label, turn) for turn in range(turns)]


def _units(sequence):
    return [AU_NUMBERS[index] for index in np.flatnonzero(sequence.values[-1])]


def test_coded_clip_gives_its_units_sides_and_donor(coded):
    sequence = _all(_micro(tables=[coded], exclude_datasets=["mmew"]), 0)[0]
    assert _units(sequence) == [4, 7]
    assert sequence.sides[:, index_of(7)].tolist() == [0, 1]
    assert sequence.sides.sum() == 33
    assert (sequence.donor, sequence.emotion) == (Donor("casme2", "sub01", "a"), "disgust")
    assert (sequence.origin, sequence.label) == ("micro", 0)
    assert not sequence.values[0].any()


def test_coded_left_is_row_zero_of_the_sides(coded):
    sequence = _all(_micro(tables=[coded]), 1)[0]
    assert sequence.sides[:, index_of(12)].tolist() == [1, 0]


def test_coded_intensities_fill_the_stated_range(coded):
    values = [sequence.values[1, index_of(12)] for sequence in _all(_micro(tables=[coded]), 1, 500)]
    assert 0.1 <= min(values) < 0.11
    assert 0.29 < max(values) <= np.float32(0.3)
    stronger = _all(_micro(tables=[coded], intensity=[0.5, 0.5]), 1)
    assert {float(sequence.values[1, index_of(12)]) for sequence in stronger} == {0.5}


def test_coded_rows_dropped_are_counted_by_reason(coded):
    counts = _micro(tables=[coded]).counts()
    assert counts["pool"] == {"negative": 2, "positive": 1, "surprise": 1}
    assert counts["dropped"] == {
        "action-unit code not understood": 1,
        "emotion outside the three classes": 1,
        "no action unit of the 17": 1,
        "no cls3": 1,
        "not a micro-expression": 1,
    }
    assert sum(counts["pool"].values()) + sum(counts["dropped"].values()) == 9
    assert counts["noted"]["AU18 left out of a row, outside the 17"] == 1
    assert counts["noted"]["AU24 read as AU23"] == 1


def test_coded_rows_of_excluded_recordings_give_nothing(coded):
    source = _micro(tables=[coded], exclude_datasets=["MMEW"], exclude_subjects=["casme2/SUB01", "smic/s01"])
    counts = source.counts()
    assert counts["pool"] == {"negative": 0, "positive": 1, "surprise": 0}
    assert (counts["dropped"]["excluded data set"], counts["dropped"]["excluded subject"]) == (6, 1)
    assert counts["noted"] == {"exclusion matched no row: smic/s01": 1}
    with pytest.raises(ActionUnitError, match="nothing for the label 'surprise'"):
        source.sample(np.random.default_rng(0), 2)


def test_coded_label_can_come_from_the_emotion_column(coded, tmp_path):
    with pytest.raises(ActionUnitError, match="mmew has no emotion 'repressed'") as caught:
        _micro(tables=[coded], label_column="emotion")
    assert "mmew/S04/i" in str(caught.value)
    clean = tmp_path / "clean.csv"
    clean.write_text(CODED.replace("repressed", "anger"))
    assert _micro(tables=[str(clean)], label_column="emotion").counts()["pool"]["negative"] == 3


def test_coded_table_without_its_columns_says_which(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("dataset,subject,clip,aus\nmmew,S1,a,4\n")
    with pytest.raises(ActionUnitError, match=r"x.csv lacks columns: cls3"):
        _micro(tables=[str(path)])
    with pytest.raises(DatasetError, match="no file or folder"):
        _micro(tables=[str(tmp_path / "nothing.csv")])


@pytest.mark.parametrize(
    ("text", "units", "left", "right"),
    [
        ("L1 R2", [1, 2], [1], [2]),
        ("12L+4", [4, 12], [4, 12], [4]),
        ("L14 R14", [14], [14], [14]),
        ("T23", [23], [23], [23]),
        ("24 23 38", [23], [23], [23]),
        ("r43", [45], [], [45]),
    ],
)
def test_codes_are_parsed_to_units_and_sides(text, units, left, right):
    active, sides = parse_codes(text, Ledger())
    assert [AU_NUMBERS[i] for i in np.flatnonzero(active)] == units
    for side, numbers in zip(sides * active, (left, right), strict=True):
        assert [AU_NUMBERS[i] for i in np.flatnonzero(side)] == numbers


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "no action-unit code"), ("18 38", "no action unit of the 17"), ("4 ?", "action-unit code not understood")],
)
def test_codes_that_cannot_be_used_have_a_reason(text, reason):
    assert parse_codes(text, Ledger()) == reason


def test_random_choice_reaches_all_clips_and_cyclic_takes_turn_modulo_pool(coded):
    donors = [s.donor.clip for s in _all(_micro(tables=[coded]), 0)]
    assert set(donors) == {"a", "i"}
    assert donors != ["a", "i"] * 32
    cyclic = _all(_micro("miex-2019", tables=[coded]), 0, 6)
    assert [s.donor.clip for s in cyclic] == ["a", "i"] * 3


def test_priors_are_the_default_and_hold_3846_clips_without_donor():
    source = _micro()
    assert source.counts()["pool"] == {"negative": 2616, "positive": 445, "surprise": 785}
    assert all(sequence.donor is None for sequence in _all(source, 2))


def test_priors_follow_the_counted_shares():
    drawn = [tuple(_units(s)) for s in _all(_micro(), 0, 6000)]
    assert drawn.count((4,)) / 6000 == pytest.approx(0.29167, abs=0.02)
    assert drawn.count((4, 7)) / 6000 == pytest.approx(0.14029, abs=0.015)


def test_priors_walked_in_a_cycle_keep_the_shares_in_every_stretch():
    drawn = [tuple(_units(s)) for s in _all(_micro("miex-2019"), 0, 200)]
    assert drawn.count((4,)) == pytest.approx(58, abs=4)


def test_priors_sides_follow_the_laterality_counts_and_never_disagree():
    drawn = _all(_micro(), 2, 6000)
    brow = np.array([s.sides[:, 1] for s in drawn if s.values[1, 1] > 0])
    assert (brow == [1, 0]).all(axis=1).mean() == pytest.approx(87 / 649, abs=0.02)
    assert (brow == [0, 1]).all(axis=1).mean() == pytest.approx(99 / 649, abs=0.02)
    assert all(s.sides.min(axis=1).sum() >= 1 for s in drawn)
    assert all(s.sides[:, s.values[1] == 0].all() for s in drawn)


def test_priors_cannot_exclude_what_was_counted_in():
    with pytest.raises(OptionsError, match="include mmew"):
        _micro(exclude_datasets=["mmew"])
    assert _micro(exclude_datasets=["casme2", "smic", "samm"]).counts()["pool"]["positive"] == 445


def test_coded_video_variant_is_a_ramp(coded):
    values = _all(_micro(frames=5, tables=[coded]), 1)[0].values
    assert values[:, 8] == pytest.approx(values[4, 8] * np.arange(5) / 4)


def test_real_annotations_fill_every_pool_and_add_up(mirror):
    source = _micro(tables=["mirror:annotations/mie_annotations.csv"], exclude_datasets=["casme2"])
    counts = source.counts()
    assert counts["pool"] == {"negative": 678, "positive": 116, "surprise": 304}
    assert counts["dropped"]["excluded data set"] == 255
    assert counts["dropped"]["not a micro-expression"] == 3646
    assert sum(counts["pool"].values()) + sum(counts["dropped"].values()) == 5283
    assert {s.donor.dataset for s in _all(source, 0, 400)} == {"casme_sq", "casme3_partA", "casme3_partC", "mmew"}
