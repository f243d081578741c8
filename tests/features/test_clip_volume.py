"""Every image of a volume shows its frame of the resampled clip, and motion as the levels say."""

import colorsys

import cv2
import numpy as np
import pytest

from drawn_face import texture
from fleeting.errors import OptionsError, ShapeError
from fleeting.features import optical_flow, optical_strain
from fleeting.features.clip_volume import ClipVolume, ClipVolumeOptions
from fleeting.features.magnification import magnified
from fleeting.features.tim import tim

FRAMES = np.stack([np.roll(texture(48, 40), step, axis=1) for step in (0, 1, 1, 2)])
EVERY = ("grey", "u", "v", "strain", "magnitude", "flow.r", "flow.g", "flow.b")


def volume(clip=FRAMES, **options):
    return ClipVolume(ClipVolumeOptions(**{"method": "dis", **options})).compute(clip)


def grey(frames):
    return np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames])


def test_clip_of_the_wanted_length_and_size_keeps_its_grey_levels():
    np.testing.assert_array_equal(volume(frames=4, size=48, width=40)[..., 0], grey(FRAMES))


def test_grey_alone_is_brought_to_as_many_frames_as_there_are_images():
    """Seven frames of four: every second is new, the mean of its neighbours."""
    found = volume(frames=7, size=48, width=40)[..., 0].astype(float)
    old = grey(FRAMES).astype(float)
    np.testing.assert_array_equal(found[::2], old)
    np.testing.assert_allclose(found[1::2], (old[:-1] + old[1:]) / 2, atol=0.5)


def test_tim_and_magnification_are_those_of_the_descriptors():
    wanted = tim(magnified(grey(FRAMES).astype(np.float32), "linear"), 6)
    found = volume(frames=6, size=48, width=40, resample="tim", magnify="linear")[..., 0]
    np.testing.assert_allclose(found, np.clip(wanted, 0, 255), atol=0.51)


def test_frames_are_shrunk_by_averaging():
    found = volume(frames=4, size=24, width=20)[..., 0].astype(float)
    blocks = grey(FRAMES).astype(float).reshape(4, 24, 2, 20, 2).mean((2, 4))
    np.testing.assert_allclose(found, blocks, atol=0.51)


def test_motion_is_that_from_each_frame_to_the_next():
    """Pixel by pixel from the flow of each pair: 127.5 is rest; grey is the first frame of the pair."""
    found = volume(frames=3, size=48, width=40, channels=EVERY, gain=16)
    strain = [optical_strain(optical_flow(FRAMES[step], FRAMES[step + 1], "dis")) for step in range(3)]
    for step in range(3):
        flow = optical_flow(FRAMES[step], FRAMES[step + 1], "dis")
        for row, column in ((5, 7), (20, 20), (40, 33)):
            dx, dy = map(float, flow[row, column])
            length = np.hypot(dx, dy)
            levels = [np.clip(127.5 + 16 * value, 0, 255) for value in (dx, dy, length)]
            hue = np.arctan2(dy, dx) / (2 * np.pi) % 1
            wheel = 255 * np.array(colorsys.hsv_to_rgb(hue, min(1, 16 * length / 127.5), 1))
            pixel = found[step, row, column].astype(float)
            assert pixel[0] == grey(FRAMES)[step, row, column]
            np.testing.assert_allclose(pixel[[1, 2, 4]], levels, atol=0.51)
            assert pixel[3] == pytest.approx(255 * strain[step][row, column] / np.max(strain), abs=0.51)
            np.testing.assert_allclose(pixel[5:], wheel, atol=4)  # OpenCV's hue has steps of 2 degrees


def test_flow_is_in_px_of_the_image_it_is_shown_in():
    """A px to the right at 48 x 40 is a quarter of one at 12 x 10."""
    found = volume(frames=3, size=12, width=10, channels=("u", "v"), gain=100)
    assert np.median(found[0, ..., 0]) == pytest.approx(127.5 + 25, abs=4)
    assert np.median(found[1, ..., 0]) == pytest.approx(127.5, abs=1)
    assert np.median(found[2, ..., 1]) == pytest.approx(127.5, abs=2)


def test_channels_stand_in_the_order_asked_for():
    whole = volume(frames=3, size=20, channels=EVERY)
    assert whole.shape == (3, 20, 20, 8)
    np.testing.assert_array_equal(volume(frames=3, size=20, channels=EVERY[::-1])[..., ::-1], whole)
    np.testing.assert_array_equal(volume(frames=3, size=20, channels=("strain",))[..., 0], whole[..., 3])


def test_still_clip_has_no_motion_and_white_colours():
    found = volume(FRAMES[[0, 0, 0]], frames=2, size=20, channels=("u", "strain", "flow.r", "flow.b"))
    assert (found == [128, 0, 255, 255]).all()


def test_clips_of_any_length_and_shape_are_each_as_if_alone():
    clips = [FRAMES, np.ascontiguousarray(FRAMES[:3, :30, :30]), np.repeat(FRAMES, 3, axis=0)]
    tool = ClipVolume(ClipVolumeOptions(method="dis", channels=("u", "grey"), frames=5, size=16))
    np.testing.assert_array_equal(tool.compute_many(clips), np.stack([tool.compute(frames) for frames in clips]))


def test_onset_and_apex_alone_are_refused_with_what_to_do():
    with pytest.raises(ShapeError, match="onset and apex alone") as caught:
        volume(FRAMES[[0, 3]])
    assert 'test.dataset_options.frames = "rise"' in str(caught.value)
    assert "action_units.frames" in str(caught.value)


def test_onset_and_apex_alone_are_interpolated_where_that_is_asked_for():
    found = volume(FRAMES[[0, 3]], frames=3, size=48, width=40, fewest=2)[..., 0].astype(float)
    ends = grey(FRAMES[[0, 3]]).astype(float)
    np.testing.assert_allclose(found[1], ends.mean(0), atol=0.5)


@pytest.mark.parametrize("channels", [["apex.grey"], ["w"], []])
def test_channel_that_a_volume_does_not_have_is_refused(channels):
    with pytest.raises(OptionsError, match="channels"):
        ClipVolumeOptions.parse({"channels": channels})
