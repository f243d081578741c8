"""Frames and motion of the warp."""

import dataclasses

import cv2
import numpy as np
import pytest

from drawn_face import IOD, drawn_face, landmarks, units
from fleeting.generators import warp as warp_file
from fleeting.generators.nuisance import NO_NUISANCE, NuisanceOptions, draw
from fleeting.generators.warp import WarpGenerator, WarpOptions
from fleeting.types import AU_NUMBERS, AUSequence

FACE = drawn_face()
CORNERS = np.rint(landmarks()[[48, 54]]).astype(int)
QUIET = NuisanceOptions(noise=(0, 0), light=0)


def rng(seed=0):
    return np.random.default_rng(seed)


def warp(nuisance=NO_NUISANCE, **options):
    return WarpGenerator(WarpOptions(nuisance=nuisance, **options))


def follow(frame, motion):
    """What `frame` shows at the places to which frame 0's pixels have gone."""
    height, width = motion.shape[:2]
    grid = np.dstack(np.meshgrid(np.arange(width), np.arange(height))).astype(np.float32)
    return cv2.remap(frame, grid + motion, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


@pytest.mark.parametrize("shape", [(128, 128), (160, 128), (97, 131)])
@pytest.mark.parametrize("frames", [2, 5])
def test_frames_have_the_size_of_the_face(shape, frames):
    face = drawn_face(*shape)
    result = warp(NuisanceOptions()).generate(face, units(12, frames=frames), rng())
    assert (result.shape, result.dtype) == ((frames, *shape, 3), np.uint8)


@pytest.mark.parametrize("shape", [(128, 128), (97, 131)])
def test_neutral_face_without_nuisance_is_the_face_itself(shape):
    face = drawn_face(*shape)
    for frame in warp().generate(face, units(), rng()):
        np.testing.assert_array_equal(frame, face.image)


def test_frames_of_one_seed_are_equal_and_of_two_seeds_differ():
    generator, aus = warp(NuisanceOptions(recompress=(60, 90))), units(4, 12)
    first, again, other = (generator.generate(FACE, aus, rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.5


def test_frames_do_not_depend_on_the_face_before():
    """The generator keeps one face's fields; another face of the same size must not get them."""
    fresh = warp().generate(FACE, units(12), rng())
    used = warp()
    used.generate(drawn_face(image=FACE.image[::-1].copy()), units(12), rng())
    np.testing.assert_array_equal(used.generate(FACE, units(12), rng()), fresh)


def test_frames_do_not_depend_on_the_samples_before():
    fresh, used = warp(NuisanceOptions()), warp(NuisanceOptions())
    for seed, aus in enumerate((units(1, 26), units(), units(4, frames=5))):
        used.generate(FACE, aus, rng(seed))
    np.testing.assert_array_equal(used.generate(FACE, units(12), rng(9)), fresh.generate(FACE, units(12), rng(9)))


def test_frames_do_not_depend_on_the_samples_drawn_together():
    """Samples of one face share work, whatever their lengths; another face between them must not get its fields."""
    other, generator = drawn_face(160, 128), warp(NuisanceOptions(recompress=(60, 90)))
    faces = [FACE, FACE, other, FACE, FACE]
    sequences = [units(12), units(), units(1, 26), units(4, frames=5), units(4, 7, frames=5)]
    together = generator.generate_batch(faces, sequences, [rng(seed) for seed in range(5)])
    for seed, (face, aus, frames) in enumerate(zip(faces, sequences, together, strict=True)):
        np.testing.assert_array_equal(frames, generator.generate(face, aus, rng(seed)))


def test_frame_of_a_sequence_does_not_depend_on_the_later_ones():
    """A product of many rows may round otherwise than of one; here the first three frames are asked for twice."""
    generator = warp(NO_NUISANCE)
    long = units(4, 12, frames=10)
    short = dataclasses.replace(long, values=long.values[:3])
    np.testing.assert_array_equal(generator.generate(FACE, long, rng())[:3], generator.generate(FACE, short, rng()))


@pytest.mark.parametrize("numbers", [(12,), (1, 2, 5, 26), (4, 7, 9), (6, 12, 25), (15, 17), (45,), (20, 23)])
def test_following_the_exact_motion_leads_back_to_the_onset(numbers):
    generator, aus = warp(furrows=0.0), units(*numbers)
    frames, motion = (make(FACE, aus, rng()) for make in (generator.generate, generator.motion))
    before = np.abs(frames[1].astype(float) - frames[0])
    after = np.abs(follow(frames[1], motion[0]).astype(float) - frames[0])
    assert motion.shape == (1, 128, 128, 2)
    assert motion.dtype == np.float32
    moved = np.hypot(*np.moveaxis(motion[0], -1, 0)) > 0.3
    assert moved.sum() > 40
    assert after[moved].mean() < 2.0 < 0.3 * before[moved].mean()
    assert after[~moved].mean() < 0.3


def test_exact_motion_includes_head_and_eyes():
    generator, aus = warp(QUIET, furrows=0.0), units(4, 12)
    for seed in range(4):
        frames, motion = (make(FACE, aus, rng(seed)) for make in (generator.generate, generator.motion))
        inside = (slice(8, -8), slice(8, -8))
        error = np.abs(follow(frames[1], motion[0]).astype(float) - frames[0])[inside]
        assert error.mean() < 2.5
        assert error.mean() < 0.5 * np.abs(frames[1].astype(float) - frames[0])[inside].mean()


def test_head_shift_of_one_pixel_is_one_pixel():
    unit = draw(NO_NUISANCE.model_copy(update={"head_shift": 1.0}), [rng(1)], [True])[0].affine[:, 0]
    options = NO_NUISANCE.model_copy(update={"head_shift": float(1 / (IOD * unit[0]))})
    generator = warp(options)
    frames, motion = (make(FACE, units(), rng(1)) for make in (generator.generate, generator.motion))
    np.testing.assert_allclose(motion[0, ..., 0], 1.0, atol=1e-3)
    np.testing.assert_allclose(motion[0, ..., 1], unit[1] / unit[0], atol=1e-3)
    np.testing.assert_array_equal(frames[0], FACE.image)
    matrix = np.array([[1, 0, 1], [0, 1, unit[1] / unit[0]]])
    shifted = cv2.warpAffine(FACE.image, matrix, (128, 128), borderMode=cv2.BORDER_REFLECT_101)
    assert np.abs(frames[1].astype(int) - shifted)[4:-4, 4:-4].max() <= 4


def test_motion_of_a_ramp_grows_evenly():
    corner = warp().motion(FACE, units(12, frames=5), rng())[:, CORNERS[0, 1], CORNERS[0, 0]]
    sizes = np.hypot(*corner.T)
    np.testing.assert_allclose(sizes / sizes[-1], [0.25, 0.5, 0.75, 1.0], atol=0.06)


def test_head_moves_evenly_over_the_frames():
    shift = warp(NO_NUISANCE.model_copy(update={"head_shift": 0.01})).motion(FACE, units(frames=5), rng())
    sizes = np.hypot(*np.moveaxis(shift, -1, 0)).mean((1, 2))
    np.testing.assert_allclose(sizes / sizes[-1], [0.25, 0.5, 0.75, 1.0], atol=0.01)


@pytest.mark.parametrize(("sides", "moving"), [((0, 1), 0), ((1, 0), 1)])
def test_sides_move_one_corner_of_the_mouth(sides, moving):
    """The subject's right half, sides[1], lies left in the image."""
    motion = warp().motion(FACE, units(12, sides=sides), rng())[0]
    sizes = [np.hypot(*motion[y, x]) for x, y in CORNERS]
    assert sizes[moving] > 1
    assert sizes[1 - moving] < 0.01


def test_asymmetry_weakens_one_half_as_much_as_it_strengthens_the_other():
    options = NO_NUISANCE.model_copy(update={"asymmetry": 0.3})
    generator = warp(options)
    tilted = generator.motion_batch(FACE, [units(12)], [rng(2)], 128)[0]
    even = warp().motion_batch(FACE, [units(12)], [rng(2)], 128)[0]
    first, second = (tilted[y, x, 1] / even[y, x, 1] for x, y in CORNERS)
    assert first + second == pytest.approx(2, abs=0.01)
    assert abs(first - second) > 0.05


def test_strength_scales_the_motion():
    weak, strong = (warp(strength=strength).motion_batch(FACE, [units(12)], [rng()], 28) for strength in (0.5, 1.5))
    np.testing.assert_allclose(strong, 3 * weak, atol=1e-4)


def test_onset_and_apex_are_blurred_alike():
    """Both frames are resampled once, at places of the same distribution: sharpness must not give the apex away."""
    generator = warp(QUIET)
    ratios = []
    for seed in range(30):
        frames = generator.generate(FACE, units(), rng(seed)).astype(np.float32)[:, 8:-8, 8:-8]
        onset, apex = (cv2.Laplacian(frame, cv2.CV_32F).var() for frame in frames)
        ratios.append(np.log(apex / onset))
    assert abs(np.mean(ratios)) < 0.1
    assert np.mean(np.array(ratios) > 0) == pytest.approx(0.5, abs=0.25)


def test_misplacement_alone_gives_two_equal_frames():
    frames = warp(NO_NUISANCE.model_copy(update={"placement": 0.01})).generate(FACE, units(), rng())
    np.testing.assert_array_equal(frames[0], frames[1])
    assert (frames[0] != FACE.image).mean() > 0.5


def test_furrows_darken_a_face_without_texture_and_can_be_switched_off():
    grey = drawn_face(image=np.full((128, 128, 3), 128, np.uint8))
    with_furrows = warp().generate(grey, units(4, value=1.0), rng())[1]
    assert with_furrows.min() < 110
    assert with_furrows[80:].min() == 128
    assert (warp(furrows=0.0).generate(grey, units(4, value=1.0), rng()) == 128).all()


def test_light_changes_the_apex_only():
    grey = drawn_face(image=np.full((128, 128, 3), 128, np.uint8))
    frames = warp(NO_NUISANCE.model_copy(update={"light": 0.05})).generate(grey, units(), rng(3))
    assert (frames[0] == 128).all()
    assert np.abs(frames[1].astype(int) - 128).max() > 2


@pytest.mark.parametrize("shape", [(128, 128), (160, 128)])
def test_batch_motion_agrees_with_the_exact_motion(shape):
    """To first order the two differ by less than a tenth. Lids rest here: they are narrower than a cell of the grid."""
    face, generator = drawn_face(*shape), warp(NuisanceOptions(eyes=0))
    sequences, seeds = [units(12), units(4, 7, value=0.2), units(1, 2, 5, 26, value=0.15)], (5, 6, 7)
    batch = generator.motion_batch(face, sequences, [rng(seed) for seed in seeds], 28)
    assert (batch.shape, batch.dtype) == ((3, 28, 28, 2), np.float32)
    for aus, seed, coarse in zip(sequences, seeds, batch, strict=True):
        exact = cv2.resize(generator.motion(face, aus, rng(seed))[-1], (28, 28), interpolation=cv2.INTER_LINEAR)
        error = np.hypot(*np.moveaxis(coarse - exact, -1, 0))
        size = np.hypot(*np.moveaxis(exact, -1, 0))
        assert error.mean() < 0.1 * size.mean()
        assert error.max() < 0.25 * size.max()


def test_batch_of_samples_equals_the_samples_alone():
    """Also where they differ in length, as sequences of native length do."""
    generator, sequences = warp(NuisanceOptions()), [units(12), units(4), units(4, 7, frames=5)]
    together = generator.motion_batch(FACE, sequences, [rng(1), rng(2), rng(3)], 28)
    for number, aus in enumerate(sequences):
        alone = generator.motion_batch(FACE, [aus], [rng(number + 1)], 28)
        np.testing.assert_array_equal(together[number : number + 1], alone)


@pytest.mark.parametrize("numbers", [(1, 2, 5, 26), (4, 7, 9), (9, 10, 25), (4, 15, 17), (6, 12, 25), (20, 23, 45)])
def test_skin_never_folds_at_the_strength_of_a_micro_expression(numbers):
    """Where the map from frame to face turned over, the picture would show a place twice."""
    motion = warp().motion_batch(FACE, [units(*numbers)], [rng()], 128)[0]
    (xy, xx), (yy, yx) = np.gradient(motion[..., 0]), np.gradient(motion[..., 1])
    assert ((1 - xx) * (1 - yy) - xy * yx).min() > 0.1


def test_product_with_the_active_units_alone_is_the_one_with_all(monkeypatch):
    """Where few units act, the others' fields are not read; nothing but the last bits may change."""
    aus = units(1, 4, 12)
    motions = []
    for few in (0, 34):
        monkeypatch.setattr(warp_file, "FEW", few)
        motions.append(warp(NuisanceOptions()).motion(FACE, aus, rng(3)))
    np.testing.assert_allclose(*motions, atol=1e-4)


def test_digest_tells_options_apart():
    digests = [
        WarpGenerator().digest,
        WarpGenerator(WarpOptions(strength=0.9)).digest,
        WarpGenerator(WarpOptions(nuisance=NO_NUISANCE)).digest,
    ]
    assert len(set(digests)) == 3
    assert digests[0] == WarpGenerator(WarpOptions()).digest


def test_onset_that_is_not_neutral_is_rendered_too():
    values = np.zeros((2, len(AU_NUMBERS)), np.float32)
    values[:, AU_NUMBERS.index(12)] = 0.2
    frames = warp().generate(FACE, AUSequence(values, 1, "test", "expert"), rng())
    np.testing.assert_array_equal(frames[0], frames[1])
    assert (frames[0] != FACE.image).any(-1).sum() > 500
