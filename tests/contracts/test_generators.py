"""What every generator promises, run over the whole family."""

import pickle

import numpy as np
import pytest
import torch

from drawn_face import drawn_face, units
from fleeting.errors import OptionsError
from fleeting.generators import GENERATORS, create_generator
from fleeting.generators.ganimation.checkpoint import save_networks
from fleeting.generators.ganimation.network import GeneratorNetwork

FACE = drawn_face()


@pytest.fixture(params=GENERATORS.list())
def name(request):
    return request.param


@pytest.fixture(scope="module")
def create(tmp_path_factory):
    """create_generator, with random weights for those that need trained ones."""
    weights = tmp_path_factory.mktemp("ganimation")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = GeneratorNetwork(width=8, blocks=1)
    with torch.no_grad():
        network.colour.weight *= 0.1  # random colours hide the person, which trained weights do not
    save_networks(weights, network)
    needed = {"ganimation": {"weights": str(weights), "device": "cpu"}}
    return lambda name, **options: create_generator(name, **needed.get(name, {}), **options)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_generator_is_called_as_in_the_family(create, name):
    assert create(name).name == name


@pytest.mark.parametrize(("height", "width"), [(128, 128), (160, 128)])
@pytest.mark.parametrize("frames", [2, 4])
def test_generator_gives_one_frame_per_row_of_units(create, name, height, width, frames):
    made = create(name).generate(drawn_face(height, width), units(4, 12, frames=frames), rng())
    assert (made.shape, made.dtype) == ((frames, height, width, 3), np.uint8)


def test_generator_draws_all_chance_from_the_stream(create, name):
    generator, aus = create(name), units(1, 12)
    first, again, other = (generator.generate(FACE, aus, rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_generator_leaves_face_and_units_as_they_were(create, name):
    face, aus = drawn_face(), units(4, 12)
    image, points, values, sides = (array.copy() for array in (face.image, face.landmarks, aus.values, aus.sides))
    create(name).generate(face, aus, rng())
    for before, after in ((image, face.image), (points, face.landmarks), (values, aus.values), (sides, aus.sides)):
        np.testing.assert_array_equal(before, after)


def test_generator_keeps_the_person(create, name):
    """A frame is the face with small changes, not another picture."""
    frames = create(name).generate(FACE, units(12), rng()).astype(float)
    for frame in frames:
        assert np.corrcoef(frame.ravel(), FACE.image.ravel())[0, 1] > 0.9


def test_generator_digest_is_a_sha256_and_repeats(create, name):
    digest = create(name).digest
    assert len(digest) == 64
    assert int(digest, 16) > 0
    assert create(name).digest == digest


def test_generator_digests_differ_from_each_other(create):
    digests = [create(name).digest for name in GENERATORS.list()]
    assert len(set(digests)) == len(digests)


def test_generator_works_the_same_after_pickling(create, name):
    """Process pools send it to their workers, perhaps after its first use."""
    generator = create(name)
    first = generator.generate(FACE, units(12), rng(4))
    again = pickle.loads(pickle.dumps(generator))
    np.testing.assert_array_equal(again.generate(FACE, units(12), rng(4)), first)
    assert again.digest == generator.digest


def test_generator_that_knows_its_motion_states_it_per_later_frame(create, name):
    generator = create(name)
    if not hasattr(generator, "motion"):
        pytest.skip(f"{name} does not state its motion")
    motion = generator.motion(FACE, units(12, frames=4), rng())
    assert (motion.shape, motion.dtype) == ((3, 128, 128, 2), np.float32)
    assert np.isfinite(motion).all()


def test_generator_refuses_an_unknown_option(create, name):
    with pytest.raises(OptionsError, match="unknown key 'strenght'") as caught:
        create(name, strenght=2)
    assert name in str(caught.value)


def test_unknown_generator_is_answered_with_the_nearest_name():
    with pytest.raises(OptionsError, match="Did you mean 'warp'"):
        create_generator("wrap")
