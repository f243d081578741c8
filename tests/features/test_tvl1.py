"""TV-L1 of our own: right motion, OpenCV's look, and bytes that depend on the pair alone."""

import cv2
import numpy as np
import pytest
import torch

from fleeting.errors import OptionsError, ShapeError
from fleeting.faces import FacesOptions, create_faces
from fleeting.features import optical_flow, tvl1
from fleeting.features.tvl1 import TVL1Options, tvl1_flow
from fleeting.generators.nuisance import NuisanceOptions
from fleeting.generators.warp import WarpGenerator, WarpOptions
from fleeting.types import AU_NUMBERS, AUSequence


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def texture(height, width, seed=0, count=1):
    noise = np.random.default_rng(seed).normal(size=(count, height + 16, width + 16)).astype(np.float32)
    smooth = np.stack([cv2.GaussianBlur(plane, (0, 0), 2) for plane in noise])
    return np.clip(128 + 60 * smooth / smooth.std(), 0, 255)


def shifted(height, width, dx, dy, seed=0, count=1):
    """Pairs (N, H, W) uint8 whose second frame shows the first's content (dx, dy) px further."""
    wide = texture(height, width, seed, count)
    move = np.float32([[1, 0, dx], [0, 1, dy]])
    moved = [cv2.warpAffine(plane, move, plane.shape[::-1], flags=cv2.INTER_CUBIC) for plane in wide]
    pair = np.stack([wide, np.stack(moved)])[:, :, 8:-8, 8:-8]
    return np.clip(np.rint(pair), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def smile():
    """Grey onset and apex (H, W) of an embedded face with AU 12 and AU 4, and the exact motion between them."""
    face = create_faces(FacesOptions(name="embedded", max_faces=1)).face(0)
    values = np.zeros((2, 17), np.float32)
    values[1, [AU_NUMBERS.index(12), AU_NUMBERS.index(4)]] = 0.4
    aus = AUSequence(values, 1, "happiness", "expert")
    generator = WarpGenerator(WarpOptions(nuisance=NuisanceOptions(light=0)))
    frames = generator.generate(face, aus, np.random.default_rng(3))
    motion = generator.motion(face, aus, np.random.default_rng(3))[0]
    first, second = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames)
    return first, second, motion


def endpoint(flow, truth):
    return float(np.hypot(*np.moveaxis(flow - truth, -1, 0)).mean())


@pytest.mark.parametrize(("dx", "dy"), [(0.4, -0.2), (-1.5, 3.0)])
def test_a_shift_is_found_with_its_sign_and_axis(dx, dy):
    first, second = shifted(64, 80, dx, dy)
    flow = tvl1_flow(first, second)
    assert flow.shape == (1, 64, 80, 2)
    assert flow.dtype == np.float32
    assert np.median(flow, axis=(0, 1, 2)) == pytest.approx([dx, dy], abs=0.06)


def test_equal_frames_have_exactly_no_motion():
    first, _ = shifted(40, 33, 1, 0)
    assert not tvl1_flow(first, first).any()


def test_a_pairs_bytes_do_not_depend_on_its_batch(monkeypatch):
    first, second = shifted(37, 45, 0.7, 0.3, count=9)
    together = tvl1_flow(first, second)
    alone = np.concatenate([tvl1_flow(first[k : k + 1], second[k : k + 1]) for k in range(9)])
    monkeypatch.setitem(tvl1.CHUNK, "cpu", 4 * 37 * 45)
    in_fours = tvl1_flow(first, second)
    assert together.tobytes() == alone.tobytes() == in_fours.tobytes()


def test_bytes_do_not_depend_on_the_thread_count():
    first, second = shifted(96, 101, 0.5, 0.5, count=8)
    options = TVL1Options(warps=1, rounds=2)
    single = tvl1_flow(first, second, options)
    torch.set_num_threads(3)
    assert tvl1_flow(first, second, options).tobytes() == single.tobytes()


@pytest.mark.parametrize("shape", [(16, 16), (17, 31), (50, 16), (16, 90)])
def test_small_and_uneven_frames_are_solved(shape):
    first, second = shifted(*shape, 0.5, 0)
    assert np.median(tvl1_flow(first, second)[..., 0]) == pytest.approx(0.5, abs=0.15)


def test_no_pairs_give_no_flow():
    none = np.empty((0, 20, 30), np.uint8)
    assert tvl1_flow(none, none).shape == (0, 20, 30, 2)


def test_flow_of_a_face_agrees_with_opencv(smile):
    first, second, motion = smile
    ours, theirs = tvl1_flow(first[None], second[None])[0], optical_flow(first, second, "tvl1-opencv")
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.97
    assert endpoint(ours, theirs) < 0.15 * np.hypot(*np.moveaxis(motion, -1, 0)).mean()


def test_flow_of_a_face_is_as_exact_as_opencvs(smile):
    first, second, motion = smile
    ours, theirs = tvl1_flow(first[None], second[None])[0], optical_flow(first, second, "tvl1-opencv")
    assert endpoint(ours, motion) < 1.05 * endpoint(theirs, motion)


def test_opencvs_own_pyramid_and_no_median_come_even_closer_to_opencv(smile):
    first, second, _ = smile
    theirs = cv2.optflow.createOptFlow_DualTVL1()
    theirs.setMedianFiltering(1)
    theirs.setWarpingsNumber(2)
    theirs.setOuterIterations(1)
    theirs.setInnerIterations(20)
    theirs.setEpsilon(0)
    options = TVL1Options(scale=0.8, scales=5, warps=2, rounds=1, iterations=20, median=False)
    ours = tvl1_flow(first[None], second[None], options)[0]
    assert endpoint(ours, theirs.calc(first, second, None)) < 0.03


def test_median_is_that_of_five_along_y_then_x():
    planes = torch.from_numpy(np.random.default_rng(1).normal(size=(2, 3, 7, 6)).astype(np.float32))
    expected = planes.numpy()
    for axis in (2, 3):
        padding = [(2, 2) if k == axis else (0, 0) for k in range(4)]
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(expected, padding, mode="edge"), 5, axis)
        expected = np.median(windows, axis=-1)
    assert np.array_equal(tvl1._Median(planes)(planes).numpy(), expected)


def test_resizing_keeps_a_slope_and_the_edges():
    ramp = torch.arange(8.0).view(1, 1, 1, 8).expand(1, 1, 4, 8)
    assert tvl1._resize(ramp, (2, 4))[0, 0].tolist() == [[0.5, 2.5, 4.5, 6.5]] * 2
    assert tvl1._resize(ramp, (4, 16))[0, 0, 0, [0, 1, 2, 15]].tolist() == [0, 0.25, 0.75, 7]


def test_a_brighter_second_frame_moves_nothing_where_the_face_is_flat():
    flat = np.full((1, 32, 32), 90, np.uint8)
    assert not tvl1_flow(flat, flat + 20)[:, 4:-4, 4:-4].any()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.zeros((1, 32, 32), np.float32), np.zeros((1, 32, 32), np.float32)),
        (np.zeros((1, 32, 32), np.uint8), np.zeros((2, 32, 32), np.uint8)),
        (np.zeros((32, 32), np.uint8), np.zeros((32, 32), np.uint8)),
        (np.zeros((1, 15, 32), np.uint8), np.zeros((1, 15, 32), np.uint8)),
    ],
)
def test_unfit_arrays_are_refused_with_their_shapes(first, second):
    with pytest.raises(ShapeError, match=r"two batches of grey frames") as caught:
        tvl1_flow(first, second)
    assert str(first.shape) in caught.value.got


def test_a_step_that_need_not_converge_is_refused():
    with pytest.raises(OptionsError, match="step"):
        TVL1Options.parse({"step": 0.5})


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_cuda_finds_the_flow_that_the_cpu_finds():
    first, second = shifted(64, 80, 0.4, -0.2, count=2)
    assert np.abs(tvl1_flow(first, second, device="cuda") - tvl1_flow(first, second)).max() < 0.02
