"""The control differs from the warp in the action units and in nothing else."""

import numpy as np

from drawn_face import drawn_face, units
from fleeting.generators.nuisance import NO_NUISANCE
from fleeting.generators.still import StillGenerator
from fleeting.generators.warp import WarpGenerator, WarpOptions

FACE = drawn_face()
AUS = units(4, 12, 26, value=0.8)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_still_shows_what_the_warp_shows_of_a_neutral_face():
    still, warp = StillGenerator(), WarpGenerator()
    np.testing.assert_array_equal(still.generate(FACE, AUS, rng(3)), warp.generate(FACE, units(), rng(3)))
    np.testing.assert_array_equal(still.motion(FACE, AUS, rng(3)), warp.motion(FACE, units(), rng(3)))


def test_still_shares_head_light_and_noise_with_the_warp():
    """The onset frames are equal byte for byte; the apex differs only where muscles act."""
    still, warp = (kind().generate(FACE, AUS, rng(3)) for kind in (StillGenerator, WarpGenerator))
    np.testing.assert_array_equal(still[0], warp[0])
    changed = (still[1] != warp[1]).any(-1)
    assert changed[95:110].mean() > 0.3
    assert changed[:, :6].mean() < 0.1


def test_still_without_nuisance_does_not_move():
    still = StillGenerator(WarpOptions(nuisance=NO_NUISANCE))
    assert np.abs(still.motion(FACE, AUS, rng())).max() < 1e-5
    np.testing.assert_array_equal(still.generate(FACE, AUS, rng())[1], FACE.image)
    assert np.abs(still.motion_batch(FACE, [AUS], [rng()], 28)).max() == 0


def test_still_moves_head_and_eyes_as_far_as_the_warp_does():
    batch = StillGenerator().motion_batch(FACE, [AUS] * 20, [rng(seed) for seed in range(20)], 28)
    assert np.hypot(*np.moveaxis(batch, -1, 0)).mean() > 0.2


def test_still_ignores_the_sides_of_the_units():
    """A one-sided smile must not tell the control which draw of nuisance to use."""
    sided = units(4, 12, value=0.8, sides=(1, 0))
    frames = [StillGenerator().generate(FACE, aus, rng(3)) for aus in (sided, units(4, 12, value=0.8))]
    np.testing.assert_array_equal(frames[0], frames[1])


def test_still_has_a_digest_of_its_own():
    assert StillGenerator().digest != WarpGenerator().digest
    assert StillGenerator().digest != StillGenerator(WarpOptions(nuisance=NO_NUISANCE)).digest
