import numpy as np
import pytest

from fleeting.action_units.rise import Rise, find_rise

SMILE, BLINK, JAW = 8, 16, 15


def _track(curve, column=SMILE):
    values = np.zeros((len(curve), 17), np.float32)
    values[:, column] = curve
    return values


def _hump(neutral=20, rise=20, hold=30, fall=20, top=0.6):
    return np.concatenate([np.zeros(neutral), np.linspace(0, top, rise), np.full(hold, top), np.linspace(top, 0, fall)])


def test_rise_of_a_hump_is_found_within_the_filters_width():
    rise = find_rise(_track(_hump()))
    assert isinstance(rise, Rise)
    assert abs(rise.onset - 21) <= 2
    assert abs(rise.peak - 37) <= 2


def test_rise_survives_noise_and_a_dropout_at_the_top():
    curve = _hump() + np.random.default_rng(3).uniform(0, 0.03, 90)
    curve[50:52] = 0
    rise = find_rise(_track(curve))
    assert abs(rise.onset - 21) <= 3
    assert abs(rise.peak - 37) <= 3


def test_rise_ignores_blinks_and_speech():
    values = _track(_hump())
    values[5:9, BLINK] = 1
    values[2:15, JAW] = 0.9
    assert find_rise(values) == find_rise(_track(_hump()))


def test_rise_starts_from_the_clips_own_neutral_level():
    values = _track(_hump())
    values[:, 2] = 0.25
    assert find_rise(values) == find_rise(_track(_hump()))


@pytest.mark.parametrize(
    ("curve", "reason"),
    [
        (np.zeros(9), "clip shorter than 10 frames"),
        (np.full(60, 0.3), "no rise above the neutral level"),
        (np.linspace(0.8, 0, 60), "no neutral frames before the peak"),
        (np.r_[np.full(30, 0.5), np.full(10, 0.6), np.zeros(30)], "no neutral frames before the peak"),
    ],
)
def test_clip_without_a_rise_gives_its_reason(curve, reason):
    assert find_rise(_track(curve)) == reason


def test_rise_of_a_sudden_jump_is_as_long_as_the_filters_make_it():
    assert find_rise(_track(np.r_[np.zeros(30), np.full(40, 0.8)])) == Rise(27, 32)


def test_rise_of_a_flicker_of_two_frames_is_none():
    curve = np.zeros(40)
    curve[20:22] = 1
    assert find_rise(_track(curve)) == "no rise above the neutral level"
