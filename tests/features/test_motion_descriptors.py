"""Every descriptor of gradients and motion gives what a loop written from its formula gives, at the length stated."""

import math
from itertools import combinations

import cv2
import numpy as np
import pytest

import slow_motion
from drawn_face import texture
from fleeting.errors import OptionsError, ShapeError
from fleeting.features import FEATURES
from fleeting.features.clip_flow import clip_flows
from fleeting.features.face_regions import mean_landmarks
from fleeting.features.fdm import principal_sum
from fleeting.features.grey_clip import grey_clip

GRID = ((1, 1), (2, 3))
SIZE, FRAMES = 24, 6
LANDMARKS = mean_landmarks((SIZE, SIZE), 0.25, 0.5)


def tool(name, **options):
    kind = FEATURES.load(name)
    return kind(kind.Options.parse(options))


def noise(levels, frames=FRAMES, size=SIZE):
    return np.random.default_rng(levels).integers(0, levels, (frames, size, size)).astype(np.uint8)


def motion(kind, frames=FRAMES - 1, size=SIZE):
    """Flows in steps of 1/4096 px, as those of TV-L1: smooth ones, or steps of 1/2 px with many ties and zeros."""
    drawn = np.random.default_rng(3).normal(0, 1, (frames, size, size, 2))
    if kind == "ties":
        return (np.rint(drawn) / 2).astype(np.float32)
    smooth = np.stack([cv2.GaussianBlur(flow, (0, 0), 2) for flow in drawn]) * 4 + (0.3, -0.2)
    return (np.rint(smooth * 4096) / 4096).astype(np.float32)


def plain_loop(name, *given, **options):
    values = getattr(slow_motion, name.replace("-", "_"))(*given, **options)
    return np.array(values, np.float32)


@pytest.mark.parametrize("levels", [256, 3], ids=["noise", "many ties"])
@pytest.mark.parametrize(
    ("name", "options", "loop"),
    [
        ("hog-3d", {}, {}),
        ("hog-top", {}, {}),
        ("higo-top", {}, {}),
        ("hog-top", {"planes": "xyot", "bins": 6}, {"planes": ("xt", "yt"), "bins": 6}),
        ("higo-top", {"planes": "xot"}, {"planes": ("xt",)}),
        ("hog-top", {"planes": "yot"}, {"planes": ("yt",)}),
    ],
)
def test_descriptor_of_gradients_is_that_of_a_loop(name, options, loop, levels):
    clip = noise(levels)
    found = tool(name, frames=FRAMES, size=SIZE, grid=GRID, **options).compute(clip)
    np.testing.assert_allclose(found, plain_loop(name, clip.astype(float).tolist(), GRID, **loop), atol=1e-6)


@pytest.mark.parametrize("kind", ["smooth", "ties"])
@pytest.mark.parametrize("name", ["bi-woof", "fdm"])
def test_descriptor_of_motion_is_that_of_a_loop(name, kind):
    flows = motion(kind, 1 if name == "bi-woof" else FRAMES - 1)
    expected = plain_loop(name, flows.astype(float).tolist(), GRID)
    np.testing.assert_allclose(tool(name, grid=GRID).of_flows(flows), expected, atol=1e-5)


@pytest.mark.parametrize("side", [6, 10, 24])
def test_osf_is_that_of_a_loop(side):
    flows = motion("smooth")
    expected = plain_loop("osf", flows.astype(float).tolist(), side)
    np.testing.assert_allclose(tool("osf", side=side).of_flows(flows), expected, atol=1e-4)


@pytest.mark.parametrize(("name", "pairs"), [("bi-woof", "ends"), ("fdm", "steps"), ("osf", "steps"), ("osw", "steps")])
def test_descriptor_begins_with_the_flow_between_the_frames_stated(name, pairs):
    clip = np.stack([texture(28, 28)[:SIZE, 4 - shift : 28 - shift, 0] for shift in (0, 1, 3, 2, 2, 1, 0, 2)])
    kind = tool(name, frames=8, size=SIZE, method="dis", **({} if name == "osf" else {"grid": [1]}))
    flows = clip_flows(clip.astype(np.float32), pairs, "dis")
    given = (flows, clip.astype(np.float32)) if name == "osw" else (flows,)
    np.testing.assert_array_equal(kind.compute(clip), kind.of_flows(*given))


@pytest.mark.parametrize("options", [{}, {"radii": (1, 2, 1), "points": (4, 8, 6), "uniform": False}])
def test_osw_is_that_of_a_loop(options):
    clip, flows = noise(256, 8), motion("smooth", 7)
    found = tool("osw", frames=8, size=SIZE, grid=GRID, **options).of_flows(flows, clip.astype(np.float32))
    expected = plain_loop("osw", flows.astype(float).tolist(), GRID, clip.astype(float).tolist(), **options)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("align", [True, False])
@pytest.mark.parametrize("kind", ["smooth", "ties"])
def test_mdmo_is_that_of_a_loop(kind, align):
    flows = motion(kind, 3, 48)
    points = mean_landmarks((48, 48), 0.26, 0.5) + np.random.default_rng(1).normal(0, 0.5, (68, 2))
    expected = plain_loop("mdmo", flows.astype(float).tolist(), points.tolist(), align)
    found = tool("mdmo", align=align).of_flows(flows, points)
    np.testing.assert_allclose(found[:36], expected[:36], atol=1e-5)
    np.testing.assert_allclose(np.cos(found[36:] - expected[36:]), 1, atol=1e-6)  # -pi and pi are one direction


@pytest.mark.parametrize(
    ("name", "options", "length"),
    [
        ("hog-3d", {}, 256),
        ("hog-top", {}, 2_040),
        ("higo-top", {"planes": "xyot", "grid": [8]}, 1_024),
        ("bi-woof", {}, 200),
        ("mdmo", {}, 72),
        ("fdm", {}, 128),
        ("osf", {}, 2_500),
        ("osw", {}, 15_045),
    ],
)
def test_length_is_that_of_the_literature_and_known_before(name, options, length):
    assert tool(name, **options).length == length
    assert tool(name, **options).compute(noise(256, 3, 40)).shape == (length,)


def test_defaults_are_those_of_the_recipes():
    """FDM: 10 frames by TIM. Bi-WOOF: onset and apex. The others are as in the cross-database benchmark."""
    options = {name: tool(name).options for name in ("fdm", "bi-woof", "mdmo", "hog-top")}
    assert {name: (one.frames, one.resample) for name, one in options.items()} == {
        "fdm": (10, "tim"),
        "bi-woof": (2, "linear"),
        "mdmo": (16, "linear"),
        "hog-top": (16, "linear"),
    }


def ramp(t, y, x):
    """Grey values that rise by so many levels per frame, row and column."""
    frame, row, column = np.mgrid[:5, :12, :12]
    return (120 + t * frame + y * row + x * column).astype(np.float32)


@pytest.mark.parametrize("name", ["hog-top", "higo-top"])
@pytest.mark.parametrize(
    ("slope", "bins"),
    [
        ({"t": 0, "y": 0, "x": 3}, [0, 0, None]),
        ({"t": 0, "y": 0, "x": -3}, [4, 4, None]),
        ({"t": 0, "y": 3, "x": 0}, [6, None, 0]),
        ({"t": 0, "y": -3, "x": 0}, [2, None, 4]),
        ({"t": 3, "y": 0, "x": 0}, [None, 2, 2]),
        ({"t": -3, "y": 0, "x": 0}, [None, 6, 6]),
        ({"t": 3, "y": 3, "x": 0}, [6, 2, 1]),
        ({"t": 3, "y": 0, "x": -3}, [4, 3, 2]),
    ],
)
def test_gradient_of_a_ramp_points_where_it_rises(name, slope, bins):
    """Bin 0 is right (XY, XT) or down (YT), bin 2 up or later; a plane without a gradient is empty."""
    found = tool(name, frames=5, size=12, grid=[1]).compute(ramp(**slope)).reshape(3, 8)
    expected = np.zeros((3, 8))
    for plane, place in zip(expected, bins, strict=True):
        if place is not None:
            plane[place] = 1
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("slope", "bins"),
    [
        ({"t": 3, "y": 0, "x": 0}, [None, 3, 3]),
        ({"t": 0, "y": 3, "x": -3}, [5, 6, 0]),
        ({"t": 0, "y": 0, "x": 3}, [0, 0, None]),
    ],
)
def test_hog_3d_of_a_ramp_points_where_it_rises(slope, bins):
    found = tool("hog-3d", frames=5, size=12, grid=[1]).compute(ramp(**slope))
    parts = found[:8], found[8:20], found[20:]
    assert [int(part.argmax()) if part.any() else None for part in parts] == bins
    assert all(part.max() == pytest.approx(1) for part in parts if part.any())


def everywhere(dx, dy, size=SIZE):
    """A flow in that direction, strained as much as it is long."""
    grown = np.linspace(1, 2, size, dtype=np.float32)
    return (np.array([dx, dy], np.float32) * grown[:, None, None] * np.ones((size, size, 1), np.float32))[None]


@pytest.mark.parametrize(
    ("dx", "dy", "expected"),
    [(2, 1, 4), (1, 2, 5), (-1, 2, 6), (-2, 1, 7), (-2, -1, 0), (-1, -2, 1), (1, -2, 2), (2, -1, 3)],
)
def test_bi_woof_counts_directions_from_left_over_up(dx, dy, expected):
    """Bin 0 begins at -180 degrees; y runs down, so bins 0 to 3 are upward motion."""
    found = tool("bi-woof", grid=[2]).of_flows(everywhere(dx, dy)).reshape(4, 8)
    assert found.argmax(1).tolist() == [expected] * 4
    np.testing.assert_allclose(np.delete(found, expected, axis=1), 0)
    assert np.linalg.norm(found) == pytest.approx(1)


def test_bi_woof_weighs_a_block_by_its_strain_not_by_its_motion():
    flow = np.zeros((1, SIZE, SIZE, 2), np.float32)
    flow[:, :, :12, 0] = 9 + 0.01 * np.arange(12)  # much motion, little strain
    flow[:, :, :12, 1] = 0.1
    flow[0, :, 12:, 0] = 9.11 + np.linspace(0, 3, 12)
    flow[0, :, 12:, 1] = 0.1
    left, right = tool("bi-woof", grid=[[1, 2]]).of_flows(flow).reshape(2, 8).max(1)
    assert 0 < left < 0.2 < 0.9 < right


@pytest.mark.parametrize("name", ["bi-woof", "fdm", "osf", "osw", "mdmo"])
def test_no_flow_gives_zeros(name):
    still = np.zeros((2, SIZE, SIZE, 2), np.float32)
    given = {"mdmo": (still, LANDMARKS), "bi-woof": (still[:1],)}.get(name, (still,))
    described = tool(name, grid=[2]).weights(still) if name == "osw" else tool(name).of_flows(*given)
    np.testing.assert_array_equal(described[:36] if name == "mdmo" else described, 0)
    if name == "mdmo":
        np.testing.assert_allclose(described[36:], -math.pi)


def test_whole_descriptors_see_the_true_direction():
    """The content moves right by 2 px and down by 1 from the first to the last of three frames."""
    wide = cv2.GaussianBlur(texture(80, 80), (0, 0), 2)
    clip = np.stack([wide[8 - y : 72 - y, 8 - x : 72 - x] for x, y in ((0, 0), (1, 0), (2, 1))])
    woof = tool("bi-woof", size=64, grid=[1]).compute(clip)
    assert woof.argmax() == 4
    assert woof[4] > 0.9
    np.testing.assert_array_equal(tool("bi-woof", size=64, grid=[1], frames=3).compute(clip), woof)
    main = tool("mdmo", size=64, frames=3, align=False).compute(clip)
    assert np.median(main[36:]) == pytest.approx(math.atan2(1, 2) - math.pi, abs=0.15)
    aligned = tool("mdmo", size=64, frames=3).compute(clip)
    assert np.abs(np.median(aligned[36:]) - np.median(main[36:])) > 0.3


def test_fdm_takes_the_motion_of_the_face_away_and_keeps_that_of_a_part():
    flows = np.full((3, SIZE, SIZE, 2), (0.5, -0.25), np.float32)
    flows[:, 12:, 12:] += (0, 1)
    flows[:, :12, :12] += (-2, 0)
    found = tool("fdm", grid=[2]).of_flows(flows).reshape(2, 2, 2)
    np.testing.assert_allclose(found, [[[-2, 0], [0, 0]], [[0, 0], [0, 1]]], atol=1e-6)


def test_principal_sum_is_the_longest_of_any_subset():
    """The largest sum of max(0, v . d) over all d is the length of the longest sum of any of the vectors."""
    random = np.random.default_rng(0)
    for _ in range(60):
        vectors = random.integers(-3, 4, (random.integers(1, 8), 2)).astype(float)
        chosen = [
            np.sum(subset, axis=0) for size in range(1, len(vectors) + 1) for subset in combinations(vectors, size)
        ]
        longest = max(np.linalg.norm(total) for total in chosen) if vectors.any() else 0
        found = principal_sum(vectors @ (1, 1j))
        found = np.array([found.real, found.imag])
        assert np.linalg.norm(found) == pytest.approx(longest)
        assert np.maximum(vectors @ found, 0).sum() == pytest.approx(found @ found)


def test_fdm_follows_the_stronger_of_two_ways():
    flows = np.zeros((1, 8, 8, 2), np.float32)
    flows[0, :2, :, 0] = 1
    flows[0, 2, :, 0] = -3
    np.testing.assert_allclose(tool("fdm", grid=[1]).of_flows(flows), [-3 / 8, 0], atol=1e-6)


def test_osf_shows_where_the_skin_is_stretched():
    flows = np.zeros((2, 100, 100, 2), np.float32)
    flows[:, 20:40, 60:70, 1] = np.arange(20)[:, None] * 0.1  # rows 20 to 39, columns 60 to 69
    image = tool("osf").of_flows(flows).reshape(50, 50)
    np.testing.assert_allclose(image[12:18, 31:34], 0.2, atol=1e-6)  # 0.1 px per px in each of two flows
    assert image[12:18, 40:].max() == image[25:].max() == image[:, :28].max() == 0


def test_osw_without_strain_weights_is_lbp_top():
    clip = noise(256, 8)
    options = {"frames": 8, "size": SIZE, "grid": GRID}
    weighted, plain = (tool(name, **options) for name in ("osw", "lbp-top"))
    blocks = weighted.compute(clip).reshape(7, 177), plain.compute(clip).reshape(7, 177)
    ratio = blocks[0].sum(1) / 3
    np.testing.assert_allclose(blocks[0], blocks[1] * ratio[:, None], rtol=1e-5)
    assert len(np.unique(ratio)) == 7


def test_mdmo_sees_a_motion_in_its_region_only():
    size = 112
    points = mean_landmarks((size, size), 34 / 128, 0.5)
    brow, cheek = 1, 29  # forehead_inner_left and cheek_lower_left of mdmo_regions.csv
    flows = np.zeros((2, size, size, 2), np.float32)
    x, y = points[23].astype(int)
    flows[:, :y, x - 12 : x + 12] = 0, -2  # above the left brow: up
    found = tool("mdmo", align=False).of_flows(flows, points)
    assert found[:36].argmax() == brow
    assert found[36 + brow] == pytest.approx(3 * math.pi / 2 - math.pi)
    assert found[cheek] == 0


def test_mdmo_undoes_the_motion_of_the_head():
    size = 112
    points = np.rint(mean_landmarks((size, size), 34 / 128, 0.5)).clip(0, size - 1)
    y, x = np.mgrid[:size, :size]
    head = np.dstack([0.02 * x - 0.01 * y + 3, 0.01 * x + 0.03 * y - 2])[None].astype(np.float32)
    smile = head.copy()
    mouth = points[54].astype(int)
    smile[0, mouth[1] - 5 : mouth[1] + 5, mouth[0] - 5 : mouth[0] + 5] += 3, -3
    left = tool("mdmo").of_flows(smile, points)
    largest = int(left[:36].argmax())
    assert largest in (27, 29, 31, 33)  # the regions about the person's left mouth corner
    assert left[36 + largest] == pytest.approx(7 * math.pi / 4 - math.pi, abs=0.1)
    assert np.delete(left[:36], [27, 29, 31, 33]).max() < 0.01


def test_mdmo_takes_landmarks_in_px_of_the_frames():
    clip = np.stack([np.roll(texture(60, 90), step, axis=1) for step in (0, 1)])
    height, width = clip.shape[1:3]
    mdmo = tool("mdmo", method="dis", frames=2)
    mean = mean_landmarks((height, width), 34 / 128, 0.5)
    np.testing.assert_array_equal(mdmo.compute(clip, mean), mdmo.compute(clip))
    assert (mdmo.compute(clip, mean + np.array([0, 10])) != mdmo.compute(clip)).any()
    flows = clip_flows(grey_clip(clip, 2, 112), "first", "dis")
    scaled = (mean + 0.5) * (112 / width, 112 / height) - 0.5
    np.testing.assert_array_equal(mdmo.of_flows(flows, scaled), mdmo.compute(clip))
    with pytest.raises(ShapeError, match="68, 2"):
        mdmo.compute(clip, mean[:67])


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("hog-top", {"frames": 2}, "frames"),
        ("hog-3d", {"size": 4}, "size"),
        ("osw", {"frames": 6}, "needs frames = 7 or more"),
        ("mdmo", {"grid": [2]}, "unknown key 'grid'"),
        ("bi-woof", {"method": "farneback"}, "method"),
        ("higo-top", {"planes": "xy"}, "planes"),
    ],
)
def test_options_that_leave_nothing_are_refused(name, options, message):
    with pytest.raises(OptionsError, match=message):
        tool(name, **options)
