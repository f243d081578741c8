import numpy as np
import pytest

from fleeting.action_units.timing import apex_index, ramp, resample


def _drawn(n, alpha, beta, rule, draws=400):
    rng = np.random.default_rng(1)
    return {apex_index(rng, n, alpha=alpha, beta=beta, rule=rule) for _ in range(draws)}


def test_paper_interval_holds_both_ends():
    assert _drawn(10, 0.3, 0.5, "integer") == {3, 4, 5}
    assert _drawn(20, 0.3, 0.5, "integer") == {6, 7, 8, 9, 10}
    assert _drawn(17, 0.3, 0.5, "integer") == {5, 6, 7, 8}


def test_miex_2019_interval_counts_the_frames():
    assert _drawn(20, 0.25, 0.40, "fraction") == {5, 6, 7}


def test_miex_release_interval_counts_the_header_line_too():
    assert _drawn(19, 0.25, 0.50, "fraction-of-rows") == {5, 6, 7, 8, 9}
    assert _drawn(19, 0.25, 0.50, "fraction") == {4, 5, 6, 7, 8, 9}


@pytest.mark.parametrize("rule", ["integer", "fraction", "fraction-of-rows"])
def test_apex_never_is_the_onset_and_never_leaves_the_clip(rule):
    assert _drawn(2, 0.3, 0.5, rule) == {1}
    assert _drawn(3, 0.0, 0.0, rule) == {1}
    assert _drawn(6, 1.0, 1.0, rule) == {5}


def test_ramp_is_linear_from_zero_to_apex():
    apex = np.arange(17, dtype=np.float32) / 20
    values = ramp(apex, 10)
    assert values.shape == (10, 17)
    assert values.dtype == np.float32
    assert values[3] == pytest.approx(apex * 3 / 9)
    assert ramp(apex, 2).tolist() == [[0] * 17, apex.tolist()]


def test_resample_keeps_the_ends_and_is_linear_between():
    track = np.zeros((4, 17), np.float32)
    track[:, 0] = [0.1, 0.4, 0.4, 1.0]
    assert resample(track, 7)[:, 0].tolist() == pytest.approx([0.1, 0.25, 0.4, 0.4, 0.4, 0.7, 1.0])
    assert resample(track, 4).tolist() == track.tolist()
    assert resample(track[:1], 3)[:, 0].tolist() == pytest.approx([0.1] * 3)
