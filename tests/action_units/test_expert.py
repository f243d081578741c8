import numpy as np
import pytest

from fleeting.action_units import ActionUnitsOptions, create_sources
from fleeting.errors import ActionUnitError, OptionsError
from fleeting.types import AU_NUMBERS


def _expert(**tables):
    frames = tables.pop("frames", 2)
    preset = tables.pop("preset", "paper")
    options = ActionUnitsOptions.parse({"preset": preset, "sources": ["expert"], "frames": frames, "expert": tables})
    return create_sources(options)["expert"]


def _active(source, label, draws=3000):
    rng = np.random.default_rng(0)
    drawn = [source.sample(rng, label) for _ in range(draws)]
    return np.array([sequence.values[-1] > 0 for sequence in drawn]), [sequence.emotion for sequence in drawn]


def _shares(active):
    return dict(zip(AU_NUMBERS, active.mean(axis=0), strict=True))


def test_expert_onset_is_neutral_and_intensities_lie_in_mu_nu():
    source, rng = _expert(), np.random.default_rng(0)
    values = np.array([source.sample(rng, label).values for label in (0, 1, 2) * 500])
    assert values.dtype == np.float32
    assert not values[:, 0].any()
    on = values[:, 1][values[:, 1] > 0]
    assert 0.1 <= on.min() < 0.102
    assert 0.298 < on.max() <= np.float32(0.3)


def test_expert_paper_preset_draws_with_du_probabilities():
    shares = _shares(_active(_expert(), 1)[0])
    assert (shares[12], shares[25]) == (1, 1)
    assert shares[6] == pytest.approx(0.51, abs=0.03)
    assert sum(shares.values()) == pytest.approx(2.51, abs=0.03)


def test_expert_negative_mixes_its_emotions_evenly():
    active, emotions = _active(_expert(), 0)
    assert sorted(set(emotions)) == ["angry", "disgusted", "fearful", "sad"]
    assert [emotions.count(name) / 3000 for name in ("angry", "disgusted")] == pytest.approx([0.25, 0.25], abs=0.03)
    angry = _shares(active[np.array(emotions) == "angry"])
    assert (angry[4], angry[7]) == (1, 1)
    assert angry[23] == pytest.approx(0.29, abs=0.06)


def test_expert_code_map_is_the_public_codes():
    active, emotions = _active(_expert(preset="miex-2019"), 0)
    assert sorted(set(emotions)) == ["anger", "contempt", "disgust", "fear", "sadness"]
    contempt = active[np.array(emotions) == "contempt"]
    assert np.flatnonzero(contempt.any(axis=0)).tolist() == [9]


def test_expert_empty_vectors_come_from_fear_one_in_eighty_and_are_redrawn_on_request():
    empty = ~_active(_expert(preset="miex-2019"), 0, 8000)[0].any(axis=1)
    assert empty.mean() == pytest.approx(1 / 80, abs=0.004)
    assert _active(_expert(preset="miex-2019", allow_empty=False), 0, 2000)[0].any(axis=1).all()


def test_expert_au24_can_stand_as_au23():
    source = _expert(au24_as_23=True)
    active, emotions = _active(source, 0)
    emotions = np.array(emotions)
    assert _shares(active[emotions == "angry"])[23] == 1
    assert _shares(active[emotions == "disgusted"])[23] == pytest.approx(0.26, abs=0.06)
    assert source.counts()["noted"] == {"AU24 read as AU23": 2}
    assert _expert().counts()["dropped"] == {"AU11 is outside the 17": 1, "AU24 is outside the 17": 2}


def test_expert_core_p_lowers_core_units_only():
    shares = _shares(_active(_expert(core_p=0.8), 2)[0])
    assert [shares[n] for n in (1, 2, 25, 26)] == pytest.approx([0.8] * 4, abs=0.03)
    assert shares[5] == pytest.approx(0.66, abs=0.03)


def test_expert_video_variant_is_a_ramp_of_ten_frames():
    values = _expert(frames=10).sample(np.random.default_rng(0), 2).values
    assert values.shape == (10, 17)
    assert values[4] == pytest.approx(values[9] * 4 / 9)


def test_expert_has_no_donor_and_both_sides():
    sequence = _expert().sample(np.random.default_rng(0), 1)
    assert (sequence.donor, sequence.origin, sequence.emotion, sequence.label) == (None, "expert", "happy", 1)
    assert sequence.sides.tolist() == [[1] * 17] * 2


def test_expert_counts_emotions_per_label():
    assert _expert().counts()["pool"] == {"negative": 4, "positive": 1, "surprise": 1}
    assert _expert(preset="miex-2019").counts()["pool"] == {"negative": 5, "positive": 1, "surprise": 1}


def test_expert_refuses_a_label_outside_the_classes():
    with pytest.raises(ActionUnitError, match="no such label"):
        _expert().sample(np.random.default_rng(0), 3)


def test_expert_mu_above_nu_is_refused_also_against_the_preset():
    with pytest.raises(OptionsError, match=r"expert.mu is above expert.nu"):
        _expert(mu=0.4)
