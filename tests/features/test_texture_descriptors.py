"""Every texture descriptor gives what a loop written from its formula gives, at the length it states beforehand."""

import numpy as np
import pytest

import slow_texture
from fleeting.errors import OptionsError
from fleeting.features import FEATURES

KINDS = {name: FEATURES.load(name) for name in ("lbp-top", "lbp-sip", "stlbp-ip", "stclqp", "lpq-top", "dcp-top")}
GRID = ((1, 1), (2, 3))
SIZE, FRAMES = 24, 9


def noise(levels, frames=FRAMES, size=SIZE):
    return np.random.default_rng(levels).integers(0, levels, (frames, size, size)).astype(np.uint8)


def describe(name, clip, **options):
    frames, size, _ = clip.shape
    kind = KINDS[name]
    return kind(kind.Options.parse({"frames": frames, "size": size, "grid": GRID, **options})).compute(clip)


def plain_loop(name, clip, grid=GRID, **options):
    values = getattr(slow_texture, name.replace("-", "_"))(clip.astype(float).tolist(), grid, **options)
    return np.array(values, np.float32)


@pytest.mark.parametrize("levels", [256, 3], ids=["noise", "many ties"])
@pytest.mark.parametrize("sampling", ["bilinear", "rounded"])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("lbp-top", {}),
        ("lbp-top", {"radii": (1, 2, 4), "points": (8, 4, 6), "uniform": False}),
        ("dcp-top", {}),
        ("stclqp", {}),
        ("stclqp", {"radii": (2, 1, 3)}),
    ],
)
def test_descriptor_is_that_of_a_loop(name, options, sampling, levels):
    clip = noise(levels)
    expected = plain_loop(name, clip, sampling=sampling, **options)
    np.testing.assert_allclose(describe(name, clip, sampling=sampling, **options), expected, atol=1e-6)


@pytest.mark.parametrize("levels", [256, 3], ids=["noise", "many ties"])
@pytest.mark.parametrize("sampling", ["bilinear", "rounded"])
@pytest.mark.parametrize("options", [{}, {"radius": 3, "steps": 11}])
def test_stlbp_ip_is_that_of_a_loop(options, sampling, levels):
    clip, grid = noise(levels), ((1, 2), (2, 1))
    expected = plain_loop("stlbp-ip", clip, grid, sampling=sampling, **options)
    found = describe("stlbp-ip", clip, sampling=sampling, grid=grid, **options)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("levels", [256, 3], ids=["noise", "many ties"])
def test_lbp_sip_is_that_of_a_loop(levels):
    clip = noise(levels)
    found = describe("lbp-sip", clip, radii=[1, 2, 3])
    np.testing.assert_allclose(found, plain_loop("lbp-sip", clip, radii=(1, 2, 3)), atol=1e-6)


@pytest.mark.parametrize("levels", [256, 3], ids=["noise", "many ties"])
@pytest.mark.parametrize("window", [3, 5])
@pytest.mark.parametrize("rho", [0.1, 0.5, None])
def test_lpq_top_is_that_of_a_loop(rho, window, levels):
    clip = noise(levels, 6, 14)
    options = {"window": window, "decorrelate": rho is not None} | ({"rho": rho} if rho else {})
    found = describe("lpq-top", clip, **options)
    np.testing.assert_allclose(found, plain_loop("lpq-top", clip, window=window, rho=rho), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "options", "length"),
    [
        ("lbp-top", {}, 15_045),
        ("lbp-top", {"points": [4, 4, 4]}, 3_825),
        ("lbp-top", {"radii": [1, 1, 1]}, 15_045),
        ("lbp-top", {"grid": [8]}, 11_328),
        ("lbp-top", {"grid": [5], "points": [4, 4, 4], "radii": [1, 1, 4], "uniform": False}, 1_200),
        ("lbp-sip", {}, 1_700),
        ("lpq-top", {}, 65_280),
        ("stlbp-ip", {}, 45_360),
        ("dcp-top", {}, 124_416),
        ("stclqp", {}, 147_456),
    ],
)
def test_length_is_that_of_the_literature_and_known_before(name, options, length):
    tool = KINDS[name](KINDS[name].Options.parse(options))
    assert tool.length == length
    assert tool.compute(noise(256, 3, 30)).shape == (length,)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("lbp-top", {"frames": 6}, "needs frames = 7 or more"),
        ("lbp-top", {"size": 6}, "needs size = 7 or more"),
        ("lbp-sip", {"radii": [1, 1, 8]}, "needs frames = 17 or more"),
        ("dcp-top", {"frames": 4}, "needs frames = 5 or more"),
        ("dcp-top", {"inner": [4, 4, 3]}, "the outer circle lies outside"),
        ("stclqp", {"frames": 8}, "needs frames = 9 or more"),
        ("lpq-top", {"window": 4}, "odd"),
        ("lpq-top", {"frames": 4}, "a window of 5 needs as many frames"),
        ("stlbp-ip", {"frames": 2}, "frames = 3 or more"),
        ("stlbp-ip", {"radius": 3, "steps": 6}, "needs steps = 7 or more"),
        ("stlbp-ip", {"grid": [14]}, "14 x 14 blocks of 112 px are narrower than 9 px"),
    ],
)
def test_options_that_leave_no_codes_are_refused(name, options, message):
    with pytest.raises(OptionsError, match=message):
        KINDS[name].Options.parse(options)
