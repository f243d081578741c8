"""The trained generator draws every frame by its network, and the camera sees what the network drew."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from drawn_face import drawn_face, units
from fleeting.errors import DatasetError, OptionsError
from fleeting.generators import create_generator
from fleeting.generators.ganimation.checkpoint import CheckpointError, save_networks
from fleeting.generators.ganimation.network import GeneratorNetwork, compose
from fleeting.generators.ganimation.public_weights import read_generator
from fleeting.generators.ganimation.recording import asked
from fleeting.generators.nuisance import NO_NUISANCE, draw
from public_ganimation import authors_generator

FACE = drawn_face(32, 32)
QUIET = NO_NUISANCE.model_dump()


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file as the authors save one: random weights large enough for every unit to show."""
    path = tmp_path_factory.mktemp("weights") / "net_epoch_1_id_G.pth"
    torch.save(authors_generator(blocks=1), path)
    return str(path)


@pytest.fixture
def make(weights):
    return lambda **options: create_generator("ganimation", **{"weights": weights, "device": "cpu", **options})


def rng(seed=0):
    return np.random.default_rng(seed)


def test_quiet_frames_are_what_the_network_composes(make, weights):
    aus = units(4, 12, frames=3)
    frames = make(nuisance=QUIET).generate(FACE, aus, rng())
    network = read_generator(Path(weights))
    image = torch.from_numpy(FACE.image).permute(2, 0, 1)[None].float() / 127.5 - 1
    for frame, row in zip(frames, aus.values, strict=True):
        with torch.no_grad():
            made = compose(image, *network(image, torch.from_numpy(row)[None]))
        expected = ((made[0].permute(1, 2, 0).numpy() + 1) * 127.5).round()
        np.testing.assert_allclose(frame, expected, atol=1)


def test_onset_is_drawn_by_the_network_too(make):
    """With the face itself as onset, a recogniser could tell the frames apart by their blur alone."""
    onset, apex = make(nuisance=QUIET).generate(FACE, units(), rng())
    np.testing.assert_array_equal(onset, apex)
    assert np.abs(onset.astype(int) - FACE.image).mean() > 1


@pytest.mark.parametrize("batch", [1, 3, 64])
def test_frames_do_not_depend_on_what_is_drawn_beside_them(make, batch):
    generator = make(batch=batch)
    faces = [FACE, drawn_face(40, 32), drawn_face(40, 32), FACE]
    sequences = [units(1), units(4, 12, frames=4), units(12), units(9, 17, frames=3)]
    together = generator.generate_batch(faces, sequences, [rng(seed) for seed in range(4)])
    for seed, (face, aus, frames) in enumerate(zip(faces, sequences, together, strict=True)):
        np.testing.assert_array_equal(make().generate(face, aus, rng(seed)), frames)


@pytest.mark.parametrize(("height", "width"), [(30, 32), (33, 35), (41, 39)])
def test_sizes_that_are_no_multiple_of_four_are_padded_and_cut_again(make, height, width):
    face = drawn_face(height, width)
    frames = make(nuisance=QUIET).generate(face, units(12), rng())
    assert frames.shape == (2, height, width, 3)


def test_one_sided_units_are_asked_for_at_the_mean_of_both_halves():
    calm = draw(NO_NUISANCE, [rng()], [True])[0]
    aus = units(12, value=0.4, sides=(1, 0.5))
    assert asked(aus, calm)[:, 8].tolist() == pytest.approx([0, 0.3])


def test_lids_of_the_disturbance_close_until_the_apex():
    options = NO_NUISANCE.model_copy(update={"eyes": 1.0})
    disturbance = next(
        found for seed in range(9) if (found := draw(options, [rng(seed)], [False])[0]).lids.min() > 0.02
    )
    closed = asked(units(frames=3), disturbance)[:, 16]
    assert closed.tolist() == pytest.approx([0, disturbance.lids.mean() / 2, disturbance.lids.mean()])


def test_units_are_asked_for_within_their_range():
    options = NO_NUISANCE.model_copy(update={"asymmetry": 0.5, "eyes": 1.0})
    for seed in range(20):
        rows = asked(units(1, 12, 45, value=1.0), draw(options, [rng(seed)], [False])[0])
        assert rows.min() >= 0
        assert rows.max() <= 1


def test_misplaced_crop_moves_the_onset_as_far_as_the_apex(make):
    """A neutral sequence under misplacement alone: both frames stay equal, and differ from the well-placed ones."""
    moved = make(nuisance=QUIET | {"placement": 0.02}).generate(FACE, units(), rng())
    still = make(nuisance=QUIET).generate(FACE, units(), rng())
    np.testing.assert_array_equal(moved[0], moved[1])
    assert (moved != still).any()


def test_light_grows_until_the_apex(make):
    options = QUIET | {"light": 0.1}
    onset, middle, apex = make(nuisance=options).generate(FACE, units(frames=3), rng(3)).astype(float).mean((1, 2, 3))
    assert abs(apex - onset) > 1
    assert middle == pytest.approx((onset + apex) / 2, abs=0.3)


def test_digest_depends_on_weights_and_drawing_options_alone(make, weights, tmp_path):
    network = GeneratorNetwork(width=4, blocks=1)
    save_networks(tmp_path / "one", network)
    save_networks(tmp_path / "same", network, facts={"step": 3})
    one, same = (make(weights=str(tmp_path / name)).digest for name in ("one", "same"))
    assert one == same == make(weights=str(tmp_path / "one"), batch=3).digest
    others = [make().digest, make(saturate=True).digest, make(nuisance=QUIET).digest, one]
    assert len(set(others)) == 4


def test_weights_must_be_named(make):
    with pytest.raises(OptionsError, match="'weights' is missing"):
        create_generator("ganimation")
    with pytest.raises(DatasetError, match="no file or folder"):
        make(weights="nowhere")


def test_weights_for_other_units_are_refused(make, tmp_path):
    save_networks(tmp_path, GeneratorNetwork(aus=5, width=2, blocks=0))
    with pytest.raises(CheckpointError, match="trained for other action units"):
        make(weights=str(tmp_path))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_gpu_that_is_not_there_is_refused(make):
    with pytest.raises(OptionsError, match="no CUDA device"):
        make(device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_gpu_draws_what_the_cpu_draws(make):
    aus = units(4, 12)
    pair = [make(device=device, nuisance=QUIET).generate(FACE, aus, rng()).astype(int) for device in ("cpu", "cuda")]
    assert np.abs(pair[0] - pair[1]).max() <= 2


def test_warp_starts_without_torch():
    code = "import sys; from fleeting.generators import create_generator; create_generator('warp')"
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}; print('torch' in sys.modules)"], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "False"


def test_network_of_few_units_is_asked_for_those_it_was_trained_on(make, tmp_path):
    torch.manual_seed(0)
    network = GeneratorNetwork(aus=2, width=2, blocks=0)
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    save_networks(tmp_path, network, facts={"action_units": [12, 4]})
    generator = make(weights=str(tmp_path), nuisance=QUIET)
    first, fourth, twelfth, blink = (generator.generate(FACE, units(number), rng())[-1] for number in (1, 4, 12, 45))
    np.testing.assert_array_equal(first, blink)
    assert (first != fourth).any()
    assert (first != twelfth).any()
    assert (fourth != twelfth).any()


def test_mask_says_which_pixels_are_kept(make):
    mask = make(nuisance=QUIET).mask(FACE, units(12, frames=3), rng())
    assert mask.shape == (3, 32, 32)
    assert 0 <= mask.min() < mask.max() <= 1
