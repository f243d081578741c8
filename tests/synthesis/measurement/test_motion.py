import cv2
import numpy as np

from drawn_face import texture, units
from fleeting.synthesis.measurement.motion import WIDTH, ladder, measured_grey


def shifted(image, pixels):
    return cv2.warpAffine(
        image, np.float32([[1, 0, pixels], [0, 1, 0]]), image.shape[1::-1], borderMode=cv2.BORDER_REFLECT
    )


def test_steps_add_up_to_a_motion_that_one_step_would_lose():
    onset = texture(channels=1)[..., 0]
    frames = np.stack([onset, *(shifted(onset, pixels) for pixels in (2.0, 5.0, 8.0, 11.0))])[None]
    steps = [flow[0, 32:96, 32:96, 0].mean() for flow, _ in ladder(frames)]
    np.testing.assert_allclose(steps, [2, 5, 8, 11], rtol=0.05)


def test_frame_with_its_motion_undone_shows_the_onset(quiet_warp, face):
    frames = measured_grey(quiet_warp.generate(face, units(12, value=0.5, frames=4), np.random.default_rng(0)))
    *_, (_, back) = ladder(frames[None])
    before = np.abs(frames[0].astype(int) - frames[-1]).mean()
    assert np.abs(frames[0].astype(int) - back[0]).mean() < 0.35 * before


def test_frames_equal_to_the_onset_have_no_motion_even_after_one():
    onset = texture(channels=1)[..., 0]
    flows = [flow.copy() for flow, _ in ladder(np.stack([onset, shifted(onset, 3), onset])[None])]
    assert np.abs(flows[0]).mean() > 1
    assert (flows[1] == 0).all()


def test_expressions_do_not_depend_on_their_neighbours():
    one, two = (np.stack([texture(channels=1, seed=seed)[..., 0]] * 2) for seed in (0, 1))
    one[1], two[1] = shifted(one[0], 2), shifted(two[0], -3)
    together, alone = next(ladder(np.stack([one, two])))[0], next(ladder(two[None]))[0]
    np.testing.assert_array_equal(together[1], alone[0])


def test_every_size_is_measured_at_one_width():
    assert measured_grey(texture(100, 64)[None]).shape == (1, 200, WIDTH)
    assert measured_grey(texture(256, 256)[None]).shape == (1, WIDTH, WIDTH)
