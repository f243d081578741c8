"""What every hand-crafted descriptor promises beside the contract of a feature."""

import numpy as np
import pytest

from drawn_face import texture
from fleeting.errors import OptionsError, ShapeError
from fleeting.features import FEATURES
from fleeting.features.descriptor import BlockDescriptor, Descriptor

KINDS = {name: FEATURES.load(name) for name in FEATURES.list() if issubclass(FEATURES.load(name), Descriptor)}
BLOCKS = [name for name, kind in KINDS.items() if issubclass(kind, BlockDescriptor)]
TEXTURE = {"lbp-top", "lbp-sip", "stlbp-ip", "stclqp", "lpq-top", "dcp-top"}
MOTION = {"hog-3d", "hog-top", "higo-top", "bi-woof", "mdmo", "fdm", "osf", "osw"}


def test_descriptors_are_members():
    assert set(KINDS) == TEXTURE | MOTION
    assert set(KINDS) - set(BLOCKS) == {"mdmo", "osf"}


@pytest.mark.parametrize("name", KINDS)
def test_clips_together_are_each_as_alone(name):
    tool = KINDS[name]()
    clips = [np.stack([texture(30, 26, seed=seed + step) for step in range(3)]) for seed in (0, 7)]
    together = tool.compute_many(clips)
    assert together.dtype == np.float32
    assert together.shape == (2, tool.length)
    np.testing.assert_array_equal(together, np.stack([tool.compute(frames) for frames in clips]))


@pytest.mark.parametrize("name", KINDS)
def test_digest_tells_descriptors_and_options_apart(name):
    kind = KINDS[name]
    assert name == kind.NAME
    options = ({}, {"frames": 17}, {"size": 120}, {"resample": "tim"}, {"resample": "linear", "magnify": "linear"})
    digests = {kind(kind.Options.parse({"resample": "linear"} | change)).digest for change in options}
    assert len(digests | {KINDS[other]().digest for other in KINDS if other != name}) == len(KINDS) + 4


@pytest.mark.parametrize("name", BLOCKS)
def test_a_number_in_the_grid_is_a_square_level(name):
    options = KINDS[name].Options
    assert options.parse({"grid": [2, [3, 4]]}).grid == ((2, 2), (3, 4))
    for grid in ([], [0], [[2, 0]]):
        with pytest.raises(OptionsError, match="grid"):
            options.parse({"grid": grid})


@pytest.mark.parametrize("name", [name for name in KINDS if name != "stclqp"])
def test_most_descriptors_learn_nothing(name):
    assert KINDS[name]().fitted_part(0) is None


@pytest.mark.parametrize("name", KINDS)
def test_grey_without_time_is_refused(name):
    with pytest.raises(ShapeError, match="grey"):
        KINDS[name]().compute(np.zeros((1, 30, 30), np.uint8))


PAIR = np.stack([texture(30, 30), np.roll(texture(30, 30), 1, axis=1)])


@pytest.mark.parametrize("name", [name for name in KINDS if name != "bi-woof"])
def test_onset_and_apex_alone_are_refused_where_frames_between_would_be_made_up(name):
    with pytest.raises(ShapeError, match="onset and apex alone") as caught:
        KINDS[name]().compute(PAIR)
    assert "features.options.fewest = 2" in str(caught.value)
    assert KINDS[name](KINDS[name].Options.parse({"fewest": 2})).compute(PAIR).any()


@pytest.mark.parametrize("name", ["bi-woof", "fdm", "mdmo", "osf"])
def test_onset_and_apex_are_a_clip_of_two_frames_where_that_is_the_length(name):
    assert KINDS[name](KINDS[name].Options.parse({"frames": 2, "method": "dis"})).compute(PAIR).any()


@pytest.mark.parametrize("name", KINDS)
def test_unknown_resampling_and_preset_are_refused(name):
    for wrong in ({"resample": "cubic"}, {"magnify": "elbptops"}):
        with pytest.raises(OptionsError, match="|".join(wrong)):
            KINDS[name].Options.parse(wrong)


def test_magnification_and_tim_reach_the_descriptor():
    clip = np.stack([np.roll(texture(30, 30), step, axis=1) for step in (0, 1, 3)])
    kind = KINDS["lbp-sip"]
    plain, *others = (
        kind(kind.Options.parse({"size": 30, "grid": [1]} | change)).compute(clip)
        for change in ({}, {"resample": "tim"}, {"magnify": "linear"})
    )
    assert all((other != plain).any() for other in others)
