"""A checkpoint of ours comes back as it was, and a damaged one is refused."""

import json

import pytest
import torch
from safetensors.torch import save as save_tensors

from fleeting.files import sha256
from fleeting.generators.ganimation.checkpoint import (
    CheckpointError,
    digest,
    load_critic,
    load_generator,
    save_networks,
)
from fleeting.generators.ganimation.network import CriticNetwork, GeneratorNetwork


def generator(**sizes):
    return GeneratorNetwork(**{"width": 2, "blocks": 1, **sizes})


@pytest.fixture
def saved(tmp_path):
    save_networks(tmp_path, generator())
    return tmp_path


def rewrite(folder, change):
    """Save other tensors under a hash that fits, as a forger would."""
    state = generator().state_dict()
    change(state)
    (folder / "generator.safetensors").write_bytes(save_tensors(state))
    config = json.loads((folder / "config.json").read_text())
    config["sha256"]["generator.safetensors"] = sha256(folder / "generator.safetensors")
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize("norm", ["affine", "plain"])
def test_generator_comes_back_with_its_sizes_and_weights(tmp_path, norm):
    made = generator(aus=5, norm=norm)
    save_networks(tmp_path, made)
    again = load_generator(tmp_path)
    assert (again.aus, again.width, again.blocks, again.norm, again.training) == (5, 2, 1, norm, False)
    assert digest(again) == digest(made)
    assert all(weight.requires_grad for weight in again.parameters())


def test_critic_comes_back_where_one_was_kept(tmp_path):
    critic = CriticNetwork(32, aus=5, width=2)
    save_networks(tmp_path, generator(), critic)
    again = load_critic(tmp_path)
    assert (again.image_size, again.aus, again.width) == (32, 5, 2)
    assert digest(again) == digest(critic)


def test_checkpoint_without_critic_has_none_even_where_an_earlier_one_had(tmp_path):
    save_networks(tmp_path, generator(), CriticNetwork(32, width=2))
    save_networks(tmp_path, generator())
    assert load_critic(tmp_path) is None


def test_config_states_sizes_hashes_digest_and_facts(tmp_path):
    made = generator()
    save_networks(tmp_path, made, facts={"step": 7})
    config = json.loads((tmp_path / "config.json").read_text())
    assert config == {
        "format": "fleeting ganimation 1",
        "generator": {"aus": 17, "width": 2, "blocks": 1, "norm": "affine"},
        "critic": None,
        "digest": digest(made),
        "sha256": {"generator.safetensors": sha256(tmp_path / "generator.safetensors")},
        "facts": {"step": 7},
    }


def test_digest_tells_one_changed_value():
    made = generator()
    before = digest(made)
    with torch.no_grad():
        made.colour.weight[0, 0, 0, 0] += 1e-6
    assert digest(made) != before


def test_loading_leaves_the_stream_of_random_numbers_as_it_was(saved):
    before = torch.get_rng_state()
    load_generator(saved)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:-1] + b"\xff", lambda _: b""])
def test_weights_that_changed_are_refused(saved, damage):
    path = saved / "generator.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CheckpointError, match="not those that the checkpoint was written with"):
        load_generator(saved)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "holds no GANimation checkpoint"),
        ("[]", "has another format"),
        ('{"format": "fleeting ganimation 2"}', "has another format"),
    ],
)
def test_config_that_is_none_of_ours_is_refused(saved, text, problem):
    (saved / "config.json").write_text(text)
    with pytest.raises(CheckpointError, match=problem):
        load_generator(saved)


def test_empty_folder_is_refused_with_the_names_of_the_files(tmp_path):
    with pytest.raises(CheckpointError, match=r"config\.json and generator\.safetensors"):
        load_generator(tmp_path)


def test_missing_weights_are_refused(saved):
    (saved / "generator.safetensors").unlink()
    with pytest.raises(CheckpointError, match="no such file of weights"):
        load_generator(saved)


@pytest.mark.parametrize(
    "sizes", [None, {}, {"aus": 17, "width": 10**9, "blocks": 1, "norm": "affine"}, {"width": "wide"}, "large"]
)
def test_impossible_sizes_are_refused(saved, sizes):
    config = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps(config | {"generator": sizes}))
    with pytest.raises(CheckpointError, match="sizes of the network are impossible"):
        load_generator(saved)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda state: state.pop("mask.weight"), r"missing: mask\.weight"),
        (lambda state: state.update(extra=torch.zeros(1)), "unknown: extra"),
        (lambda state: state.update({"mask.weight": torch.zeros(1, 3, 7, 7)}), r"mask\.weight has the wrong shape"),
        (lambda state: state.update({"mask.weight": torch.zeros(1, 2, 7, 7).int()}), r"mask\.weight holds no weights"),
        (lambda state: state["mask.weight"].view(-1)[3:4].fill_(float("nan")), "not finite"),
        (lambda state: state["mask.weight"].view(-1)[3:4].fill_(float("inf")), "not finite"),
    ],
)
def test_forged_weights_are_refused(saved, change, problem):
    rewrite(saved, change)
    with pytest.raises(CheckpointError, match=problem):
        load_generator(saved)


def test_oversized_file_is_refused_before_it_is_read(saved):
    with (saved / "generator.safetensors").open("r+b") as file:
        file.truncate(3 << 30)  # a hole: it takes no room on the disk
    with pytest.raises(CheckpointError, match="too large"):
        load_generator(saved)
