"""What head, light and camera add."""

import cv2
import numpy as np
import pytest

from drawn_face import texture
from fleeting.generators.nuisance import NO_NUISANCE, NuisanceOptions, draw, record

PARTS = ("affine", "tremor", "lids", "gaze", "light", "start")


def rng(seed=0):
    return np.random.default_rng(seed)


def only(**strengths):
    return NO_NUISANCE.model_copy(update=strengths)


def drawn(options, count=1, *, sided=False):
    """The disturbances of `count` samples, seeds 0 to count - 1."""
    return draw(options, [rng(seed) for seed in range(count)], [sided] * count)


def seen(frame, noise=0.0, quality=0, seed=0):
    return record(frame, noise, quality, rng(seed))


def test_no_nuisance_draws_nothing():
    found = drawn(NO_NUISANCE)
    assert [float(np.abs(getattr(found, part)).max()) for part in PARTS] == [0] * 6
    assert (found.sides == 1).all()
    assert (found.noise, found.quality) == (0.0, 0)


def test_sample_does_not_depend_on_those_drawn_beside_it():
    options = NuisanceOptions(recompress=(30, 90))
    together = draw(options, [rng(1), rng(2), rng(3)], [False, True, False])
    for index, sided in enumerate((False, True, False)):
        alone = draw(options, [rng(index + 1)], [sided])[0]
        for name, value in vars(together[index]).items():
            np.testing.assert_array_equal(value, getattr(alone, name), err_msg=name)


@pytest.mark.parametrize(
    ("option", "part"),
    [
        ("head_shift", "affine"),
        ("head_turn", "affine"),
        ("tremor", "tremor"),
        ("light", "light"),
        ("placement", "start"),
    ],
)
def test_one_option_stirs_one_part(option, part):
    found = drawn(only(**{option: 0.01}))
    assert [name for name in PARTS if np.abs(getattr(found, name)).max() > 0] == [part]


def test_options_do_not_change_how_much_is_drawn():
    """The frames' noise must not depend on whether, say, compression is asked for."""
    states = []
    for options in (NO_NUISANCE, NuisanceOptions(), only(recompress=(30, 90)), only(one_sided=1.0)):
        source = rng(5)
        draw(options, [source], [False])
        states.append(source.integers(1 << 40))
    assert len(set(states)) == 1


def test_head_shift_has_the_stated_sd():
    shifts = drawn(only(head_shift=0.01), 2000, sided=True).affine[:, :, 0]
    assert shifts.std() == pytest.approx(0.01, rel=0.05)
    assert abs(shifts.mean()) < 0.0005


def test_one_sided_weakens_one_half_of_some_samples():
    sides = drawn(only(one_sided=0.25), 2000).sides
    assert np.mean((sides != 1).any(1)) == pytest.approx(0.25, abs=0.03)
    assert (sides.max(1) == 1).all()
    assert sides.min() >= 0
    assert (sides[(sides != 1).any(1)].min(1) <= 0.5).all()


def test_source_that_states_the_sides_is_not_overruled():
    assert (drawn(only(one_sided=1.0), 20, sided=True).sides == 1).all()


def test_eyes_move_in_the_stated_share_of_samples():
    moved = drawn(only(eyes=0.3), 2000).gaze.any(1)
    assert np.mean(moved) == pytest.approx(0.3, abs=0.03)


def test_noise_has_the_stated_sd_in_grey_levels():
    flat = np.full((100, 120, 3), 128, np.float32)
    grain = seen(flat, 4.0).astype(float) - 128
    assert grain.std() == pytest.approx(4.0, rel=0.05)
    assert np.corrcoef(grain[..., 0].ravel(), grain[..., 2].ravel())[0, 1] == pytest.approx(2 / 3, abs=0.05)


def test_frame_of_whole_grey_levels_gets_the_same_noise_as_one_of_fractions():
    """Onsets come as uint8 and apexes, which the light has changed, as float32: neither may be told by its noise."""
    levels = texture(64, 64)
    whole, fractions = (seen(frame, 1.7, seed=2) for frame in (levels, levels.astype(np.float32)))
    assert np.mean(whole != fractions) < 0.001


def test_noise_has_no_level_of_its_own_and_covers_a_frame_of_the_size_of_its_tile():
    """A frame of just 512 px failed once: the window was put past the end of the tile."""
    flat = np.full((512, 512, 3), 128, np.uint8)
    noisy = seen(flat, 2.5)
    assert abs(noisy.mean() - 128) < 0.02
    assert noisy[400:, 400:].std() == pytest.approx(2.5, rel=0.05)


def test_noise_of_two_frames_is_not_the_same():
    flat, source = np.full((64, 64, 3), 128, np.float32), rng()
    first, second = (record(flat, 4.0, 0, source).astype(float)[..., 1].ravel() for _ in range(2))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.1


def test_noise_covers_frames_larger_than_its_tile():
    flat = np.full((700, 530, 3), 128, np.float32)
    noisy = seen(flat, 4.0)
    assert noisy.shape == (700, 530, 3)
    assert noisy[600:, 520:].std() > 2


def test_record_rounds_and_clips_to_eight_bits():
    frame = np.array([[[-5.0, 99.6, 300.0]]], np.float32)
    assert seen(frame).tolist() == [[[0, 100, 255]]]


def test_lower_quality_loses_more():
    frame = texture(64, 64).astype(np.float32)
    loss = [np.abs(seen(frame, quality=quality) - frame).mean() for quality in (95, 60, 20)]
    assert 0 < loss[0] < loss[1] < loss[2]


def test_compression_weighs_colours_as_jpeg_does():
    """JPEG keeps brightness at full resolution, and red is brighter than blue; a swap of channels would lose red.

    This failed once: frames are RGB and the codec takes BGR.
    """
    loss = []
    for channel in (0, 2):
        frame = np.full((64, 64, 3), 128, np.float32)
        frame[..., channel] = texture(64, 64, 1)[..., 0]
        loss.append(np.abs(seen(frame, quality=80)[..., channel] - frame[..., channel]).mean())
    assert loss[0] < 0.9 * loss[1]


def test_quality_is_drawn_from_the_whole_range():
    assert set(drawn(only(recompress=(40, 42)), 60).quality.tolist()) == {40, 41, 42}


@pytest.mark.parametrize("wrong", [(0, 90), (30, 101)])
def test_number_that_is_no_jpeg_quality_is_refused(wrong):
    with pytest.raises(ValueError, match="recompress"):
        NuisanceOptions(recompress=wrong)


def test_one_quality_compresses_like_opencv():
    frame = texture(64, 64)
    done, data = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 50])
    assert done
    expected = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]
    np.testing.assert_array_equal(seen(frame.astype(np.float32), quality=50), expected)
