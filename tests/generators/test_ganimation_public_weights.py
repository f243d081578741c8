"""Weights of the two public implementations are read without loss, and nothing else is let in or run."""

import os
import pickle
import zipfile

import pytest
import torch

from fleeting.generators.ganimation.checkpoint import CheckpointError, digest, load_critic, load_generator
from fleeting.generators.ganimation.network import GeneratorNetwork
from fleeting.generators.ganimation.public_weights import import_networks, read_critic, read_generator, to_affine
from public_ganimation import authors_generator, public_critic, replicate_generator


@pytest.fixture
def keep(tmp_path):
    """Save a state as those implementations do, and return its path."""

    def save(state, name="10_net_gen.pth", **settings):
        torch.save(state, tmp_path / name, **settings)
        return tmp_path / name

    return save


def frames(network):
    chance = torch.Generator().manual_seed(5)
    images, aus = torch.rand(2, 3, 32, 32, generator=chance) * 2 - 1, torch.rand(2, network.aus, generator=chance)
    with torch.no_grad():
        return network(images, aus)


@pytest.mark.parametrize(("width", "aus", "blocks"), [(4, 17, 6), (2, 5, 2)])
def test_generator_of_the_authors_is_read_with_its_own_sizes(keep, width, aus, blocks):
    state = authors_generator(width, aus, blocks)
    network = read_generator(keep(state))
    assert (network.aus, network.width, network.blocks, network.norm) == (aus, width, blocks, "affine")
    torch.testing.assert_close(network.trunk[4].bias, state["main.4.bias"], check_device=False)
    torch.testing.assert_close(network.trunk[9].body[3].weight, state["main.9.main.3.weight"])
    torch.testing.assert_close(network.trunk[9 + blocks].weight, state[f"main.{9 + blocks}.weight"])
    torch.testing.assert_close(network.colour.weight, state["img_reg.0.weight"])
    torch.testing.assert_close(network.mask.weight, state["attetion_reg.0.weight"])
    assert sum(weight.numel() for weight in network.parameters()) == sum(value.numel() for value in state.values())


def test_replicate_generator_draws_the_same_with_affine_norms(keep):
    """The plain network is filled by hand from the replicate's names, and compared with what the import makes."""
    state = replicate_generator()
    plain = GeneratorNetwork(width=4, norm="plain").eval()
    names = {"color_top.0": "colour", "au_top.0": "mask", "conv_block": "body", "model": "trunk"}
    ours = {}
    for name, value in state.items():
        for theirs, own in names.items():
            name = name.replace(theirs, own)
        ours[name] = value
    plain.load_state_dict(ours)
    converted = read_generator(keep(state))
    assert converted.norm == "affine"
    for before, after in zip(frames(plain), frames(converted), strict=True):
        torch.testing.assert_close(after, before, atol=1e-5, rtol=0)
        assert before.std() > 0.01


def test_affine_network_keeps_the_colours_of_a_full_plain_one():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        plain = GeneratorNetwork(width=8, norm="plain").eval()
    for bias in (value for name, value in plain.named_parameters() if name.endswith("bias")):
        torch.nn.init.uniform_(bias, -1, 1, generator=torch.Generator().manual_seed(1))
    for before, after in zip(frames(plain), frames(to_affine(plain)), strict=True):
        torch.testing.assert_close(after, before, atol=1e-5, rtol=0)


@pytest.mark.parametrize("layout", ["authors", "replicate"])
def test_critic_is_read_with_the_image_size_of_its_head(keep, layout):
    state = public_critic(layout, image_size=192)
    critic = read_critic(keep(state))
    assert (critic.image_size, critic.aus, critic.width) == (192, 17, 4)
    trunk, patches = {"authors": ("main", "conv1"), "replicate": ("model", "dis_top")}[layout]
    torch.testing.assert_close(critic.trunk[10].bias, state[f"{trunk}.10.bias"])
    torch.testing.assert_close(critic.patches.weight, state[f"{patches}.weight"])


@pytest.mark.parametrize("zipped", [True, False])
def test_prefix_and_running_statistics_of_old_files_are_left_out(keep, zipped):
    clean = authors_generator()
    dirty = {f"module.{name}": value for name, value in clean.items()}
    dirty |= {f"module.main.1.{name}": torch.ones(4) for name in ("running_mean", "running_var")}
    dirty["module.main.1.num_batches_tracked"] = torch.tensor(3)
    path = keep(dirty, _use_new_zipfile_serialization=zipped)
    assert digest(read_generator(path)) == digest(read_generator(keep(clean, "clean.pth")))


def test_half_precision_weights_are_read_as_single(keep):
    state = {name: value.half() for name, value in authors_generator().items()}
    assert {weight.dtype for weight in read_generator(keep(state)).parameters()} == {torch.float32}


def test_import_writes_a_checkpoint_that_names_its_sources(keep, tmp_path):
    file, critic = keep(replicate_generator()), keep(public_critic("replicate"), "10_net_dis.pth")
    out = tmp_path / "out"
    _, stated = import_networks(file, out, critic)
    assert digest(load_generator(out)) == digest(read_generator(file)) == stated
    assert digest(load_critic(out)) == digest(read_critic(critic))
    text = (out / "config.json").read_text()
    assert '"file": "10_net_gen.pth"' in text
    assert '"file": "10_net_dis.pth"' in text


def test_import_never_writes_over_a_checkpoint(keep, tmp_path):
    file = keep(replicate_generator())
    import_networks(file, tmp_path / "out")
    with pytest.raises(CheckpointError, match="holds a checkpoint already"):
        import_networks(file, tmp_path / "out")


class Bomb:
    """Runs a command when it is unpickled."""

    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


@pytest.mark.parametrize("way", ["torch", "torch, old", "pickle"])
def test_pickle_that_would_run_code_is_refused_and_does_not_run(tmp_path, way):
    path, proof = tmp_path / "30_net_gen.pth", tmp_path / "it_ran"
    state = {**replicate_generator(), "model.0.bias": Bomb(f"touch {proof}")}
    if way == "pickle":
        path.write_bytes(pickle.dumps(state))
    else:
        torch.save(state, path, _use_new_zipfile_serialization=way == "torch")
    with pytest.raises(CheckpointError, match="cannot be read as weights"):
        read_generator(path)
    assert not proof.exists()
    if way == "pickle":  # the proof is one: opened carelessly, the same file does run
        pickle.loads(path.read_bytes())
        assert proof.exists()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("zipped", [True, False])
def test_truncated_file_is_refused(keep, share, zipped):
    path = keep(replicate_generator(), _use_new_zipfile_serialization=zipped)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(CheckpointError):
        read_generator(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<html>not found</html>", b"\x80\x02." * 99, bytes(999)])
def test_file_of_another_kind_is_refused(tmp_path, content):
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(CheckpointError, match="cannot be read as weights"):
        read_generator(tmp_path / "a.pth")


@pytest.mark.parametrize("content", [[1], torch.zeros(3), {"a": 1}, {1: torch.zeros(3)}, {"model": {"a": 1}}, "text"])
def test_anything_but_tensors_by_name_is_refused(keep, content):
    with pytest.raises(CheckpointError, match="no table of tensors"):
        read_generator(keep(content))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda state: state.clear(), "no public GANimation generator"),
        (lambda state: state.pop("model.0.weight"), "sizes of the network are impossible"),
        (lambda state: state.pop("model.9.conv_block.3.bias"), r"missing: trunk\.9\.body\.3\.bias"),
        (lambda state: state.update({"model.99.weight": torch.zeros(1)}), r"unknown: trunk\.99\.weight"),
        (lambda state: state.update({"model.3.weight": torch.zeros(8, 4, 3, 3)}), "wrong shape"),
        (lambda state: state.update({"model.0.weight": torch.zeros(4, 20)}), "sizes of the network are impossible"),
        (
            lambda state: state.update({"model.0.weight": torch.zeros(4, 2, 7, 7)}),
            "sizes of the network are impossible",
        ),
        (lambda state: state.update({"model.3.bias": torch.full((8,), float("nan"))}), "not finite"),
        (lambda state: state.update({"model.3.bias": torch.full((8,), 1e300, dtype=torch.float64)}), "not finite"),
        (lambda state: state.update({"model.3.bias": torch.zeros(8).to_sparse()}), "holds no weights"),
        (lambda state: state.update({"model.3.bias": torch.zeros(8, dtype=torch.int64)}), "holds no weights"),
        (lambda state: state.update({"module.model.3.bias": torch.zeros(8)}), "with and without the prefix"),
    ],
)
def test_malformed_network_is_refused(keep, change, problem):
    state = replicate_generator()
    change(state)
    with pytest.raises(CheckpointError, match=problem):
        read_generator(keep(state))


def test_tensor_that_claims_more_than_the_memory_is_refused_without_being_made(keep):
    """One value in the file, repeated by strides of 0: 4 TB if anything touched it."""
    state = replicate_generator() | {"model.3.bias": torch.zeros(1).expand(10**12)}
    with pytest.raises(CheckpointError, match="wrong shape"):
        read_generator(keep(state))


def test_sizes_beyond_all_reason_are_refused_without_being_made(keep):
    state = replicate_generator() | {"model.0.weight": torch.zeros(1).expand(10**9, 20, 7, 7)}
    with pytest.raises(CheckpointError, match="sizes of the network are impossible"):
        read_generator(keep(state))


def test_file_that_would_fill_the_memory_is_refused_unopened(tmp_path, monkeypatch):
    monkeypatch.setattr("fleeting.generators.ganimation.checkpoint.LARGEST", 1 << 20)
    path = tmp_path / "a.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data/0", bytes(2 << 20))
    assert path.stat().st_size < 1 << 14
    with pytest.raises(CheckpointError, match="too large to hold such a network"):
        read_generator(path)


def test_critic_given_for_a_generator_is_named_as_such(keep):
    with pytest.raises(CheckpointError, match="a critic of 'authors'"):
        read_generator(keep(public_critic("authors")))
    with pytest.raises(CheckpointError, match="a generator of 'replicate'"):
        read_critic(keep(replicate_generator()))


def test_missing_file_is_refused_by_its_path(tmp_path):
    with pytest.raises(CheckpointError, match=r"nowhere\.pth"):
        read_generator(tmp_path / "nowhere.pth")


@pytest.mark.parametrize("name", ["main.0.weight", "conv2.weight"])
def test_critic_whose_first_or_last_tensor_is_a_number_is_refused(keep, name):
    with pytest.raises(CheckpointError, match="sizes of the network are impossible"):
        read_critic(keep(public_critic("authors") | {name: torch.tensor(1.0)}))
