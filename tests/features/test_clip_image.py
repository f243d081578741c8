"""Every channel shows what its name says, at any size, and the flow channels are those of the flow image."""

import numpy as np
import pytest

from drawn_face import texture
from fleeting.errors import OptionsError, ShapeError
from fleeting.features import ClipImage, ClipImageOptions, FlowImage, FlowImageOptions, optical_flow
from fleeting.features.channels import average, flow_picture_planes, motion_planes, step_planes

FRAMES = np.stack([np.roll(texture(60, 48), (step, 2 * step), axis=(0, 1)) for step in range(4)])
EVERY = (
    *("u", "v", "strain", "magnitude", "flow.r", "flow.g", "flow.b"),
    *(f"{frame}.{part}" for frame in ("onset", "apex") for part in ("r", "g", "b", "grey")),
    *("flow1.u", "flow1.v", "flow3.u", "flow3.v"),
)


def image(*channels, frames=FRAMES, size=30, width=24):
    return ClipImage(ClipImageOptions(method="dis", channels=channels, size=size, width=width)).compute(frames)


def constant(dx, dy, shape=(20, 20)):
    return np.broadcast_to(np.float32([dx, dy]), (*shape, 2))


@pytest.mark.parametrize(("size", "width"), [(28, None), (30, 24), (60, 48), (17, 90)])
def test_channels_stand_in_the_order_asked_for_at_any_size(size, width):
    whole = image(*EVERY, size=size, width=width)
    assert whole.shape == (size, width or size, len(EVERY))
    turned = image(*EVERY[::-1], size=size, width=width)
    np.testing.assert_array_equal(turned[..., ::-1], whole)
    for index in (0, 3, 5, 8, 14, 17):
        np.testing.assert_array_equal(image(EVERY[index], size=size, width=width)[..., 0], whole[..., index])


def test_flow_channels_are_those_of_the_flow_image():
    expected = FlowImage(FlowImageOptions(method="dis", size=40)).compute(FRAMES)
    found = image("magnitude", "strain", "v", "u", size=40, width=None)
    np.testing.assert_array_equal(found[..., [3, 2, 1]], expected)


def test_magnitude_is_the_length_of_the_motion_stretched():
    flow = np.zeros((10, 10, 2), np.float32)
    flow[2, 3], flow[5, 5], flow[7, 7] = (3, 4), (-6, 8), (0, -2.5)
    magnitude = motion_planes(flow, ("magnitude",), (10, 10))["magnitude"]
    assert [magnitude[place] for place in ((2, 3), (5, 5), (7, 7), (0, 0))] == [128, 255, 64, 0]


def test_frames_keep_their_grey_levels_and_are_averaged():
    frames = np.zeros((3, 4, 4, 3), np.uint8)
    frames[0, :2, :2] = [[[10, 20, 30], [30, 20, 30]], [[10, 60, 30], [30, 60, 30]]]
    frames[2] = (100, 150, 200)
    frames[1] = 77  # neither onset nor apex
    found = image("onset.r", "onset.g", "onset.b", "apex.r", "apex.g", "apex.b", frames=frames, size=2, width=2)
    assert found[0, 0].tolist() == [20, 40, 30, 100, 150, 200]
    assert found[1, 1].tolist() == [0, 0, 0, 100, 150, 200]


def test_grey_frame_is_the_grey_of_rgb_order():
    frames = np.zeros((2, 30, 24, 3), np.uint8)
    frames[0, ..., 0] = 200  # red: 0.299; blue would be 0.114
    grey = image("onset.grey", "apex.grey", frames=frames)
    assert (grey == [60, 0]).all()


def test_frames_at_their_own_size_are_untouched():
    found = image("apex.r", "apex.g", "apex.b", size=60, width=48)
    np.testing.assert_array_equal(found, FRAMES[-1])


def test_enlarging_a_frame_makes_no_steps():
    ramp = np.tile(np.arange(0, 160, 10, dtype=np.uint8), (16, 1))
    large = average(ramp, (32, 32)).astype(int)
    assert np.diff(large, axis=1).max() <= 6


@pytest.mark.parametrize(
    ("motion", "colour"),
    [((1, 0), "r"), ((-0.5, 0.8660254), "g"), ((-0.5, -0.8660254), "b")],
    ids=["right red", "120 degrees green", "240 degrees blue"],
)
def test_hue_of_the_flow_picture_is_the_direction(motion, colour):
    flow = np.zeros((20, 20, 2), np.float32)
    flow[10:] = motion
    apex = np.full((20, 20, 3), (255, 0, 0), np.uint8)  # fully saturated
    planes = flow_picture_planes(flow, apex, ("flow.r",), (20, 20))
    assert {name: int(plane[15, 5]) for name, plane in planes.items()} == {
        f"flow.{other}": 255 * (other == colour) for other in "rgb"
    }
    assert all(plane[5, 5] == 0 for plane in planes.values())


def test_saturation_of_the_flow_picture_is_that_of_the_apex_frame():
    flow = np.zeros((20, 20, 2), np.float32)
    flow[10:, :, 0] = 2
    grey = np.full((20, 20, 3), 90, np.uint8)
    planes = flow_picture_planes(flow, grey, ("flow.g",), (20, 20))
    assert [int(planes[f"flow.{colour}"][15, 5]) for colour in "rgb"] == [255, 255, 255]


def test_step_flow_keeps_px_of_the_image():
    """Half the width: half the px. One level is a hundredth of a px, 128 is rest, and beyond 1.27 px it is cut off."""
    flows = np.stack([constant(0.5, -0.25), constant(0, 0), constant(9, -9)])
    planes = step_planes(flows, (20, 10))
    assert [int(planes[f"flow{k}.{axis}"][3, 3]) for k in (1, 2, 3) for axis in "uv"] == [153, 103, 128, 128, 255, 1]


def test_step_flows_are_those_that_end_at_the_apex():
    found = image("flow1.u", "flow2.v", size=60, width=48)
    first, second = (optical_flow(FRAMES[index], FRAMES[index + 1], "dis") for index in (1, 2))
    np.testing.assert_array_equal(found[..., 0], np.clip(np.rint(128 + 100 * first[..., 0]), 1, 255))
    np.testing.assert_array_equal(found[..., 1], np.clip(np.rint(128 + 100 * second[..., 1]), 1, 255))


def test_steps_that_the_clip_does_not_have_are_refused():
    assert image("flow3.u").shape == (30, 24, 1)
    with pytest.raises(ShapeError, match=r"flow4\.u needs 5 frames") as caught:
        image("flow4.u")
    assert "got: 4 frames" in str(caught.value)
    with pytest.raises(ShapeError, match="onset and apex only"):
        image("flow4.u", frames=FRAMES[:2])


def test_clips_of_several_shapes_are_each_as_if_alone():
    clips = [FRAMES, np.ascontiguousarray(FRAMES[:, :40, :40]), FRAMES[[0, 2]], FRAMES[1:]]
    tool = ClipImage(ClipImageOptions(method="dis", channels=("u", "apex.g", "flow1.v"), size=20))
    np.testing.assert_array_equal(tool.compute_many(clips), np.stack([tool.compute(frames) for frames in clips]))


def test_frames_alone_need_no_flow(monkeypatch):
    monkeypatch.setattr("fleeting.features.clip_image.optical_flows", None)
    assert image("onset.grey", "apex.b").shape == (30, 24, 2)


def test_digest_covers_method_channels_and_size():
    options = [
        {},
        {"method": "dis"},
        {"channels": ["u", "v"]},
        {"channels": ["v", "u"]},
        {"size": 60},
        {"width": 30},
    ]
    assert len({ClipImage(ClipImageOptions.parse(option)).digest for option in options}) == len(options)


@pytest.mark.parametrize("channels", [["flow0.u"], ["apex"], ["w"], []])
def test_unknown_channel_is_refused_with_the_known_ones(channels):
    with pytest.raises(OptionsError, match=r"channels") as caught:
        ClipImageOptions.parse({"channels": channels})
    assert not channels or "magnitude, onset.r" in str(caught.value)
