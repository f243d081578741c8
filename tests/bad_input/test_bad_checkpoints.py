"""Checkpoints: 500 damaged ones, pickles that run code, forged sizes, zip bombs, weights that are not finite."""

import io
import json
import pickle
import struct
import sys
import zipfile

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from bad_input.mutations import TIMES, judge, judge_all, mutants, run_bounded
from fleeting.errors import DatasetError
from fleeting.generators.ganimation.checkpoint import load_generator, save_networks
from fleeting.generators.ganimation.network import GeneratorNetwork
from fleeting.generators.ganimation.public_weights import read_generator
from fleeting.models import create_model
from fleeting.models.imagenet import _read, load_imagenet
from fleeting.models.saving import load_model, save_model

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits memory by RLIMIT_AS")


class RunsCode:
    """A pickle of it calls a function when it is opened."""

    def __reduce__(self):
        return print, ("code of a pickle ran",)


@pytest.fixture
def saved(tmp_path):
    save_model(tmp_path / "model", "ststnet", create_model("ststnet"))
    return tmp_path / "model"


def writing(path, read, *arguments):
    def call(content):
        path.write_bytes(content)
        return read(*arguments)

    return call


def torch_file(value, *, zipped):
    content = io.BytesIO()
    torch.save(value, content, _use_new_zipfile_serialization=zipped)
    return content.getvalue()


def test_damaged_weights_are_read_or_refused(saved):
    path = saved / "model.safetensors"
    read = writing(path, load_model, saved)
    assert judge_all(read, mutants(path.read_bytes(), 80, seed=1, head=900))["refused"] >= 20


def test_damaged_configurations_are_read_or_refused(saved):
    path = saved / "config.json"
    read = writing(path, load_model, saved)
    assert judge_all(read, mutants(path.read_bytes(), 80, seed=2, head=300))["refused"] >= 20


@given(
    st.sampled_from(["num_classes", "scaling", "padding", "dropout", "name", "x"]),
    st.none() | st.booleans() | st.integers() | st.sampled_from([10**9, 10**18]) | st.floats() | st.text(max_size=3),
)
@settings(max_examples=40 * TIMES, derandomize=True, database=None, deadline=None)
def test_made_up_configurations_are_read_or_refused(tmp_path_factory, key, value):
    folder = tmp_path_factory.getbasetemp() / "made-up"
    save_model(folder, "ststnet", create_model("ststnet"))
    config = json.loads((folder / "config.json").read_text())
    (config if key == "num_classes" else config["options"])[key] = value
    (folder / "config.json").write_text(json.dumps(config))
    judge(load_model, folder)


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "old pickle"])
def test_damaged_torch_files_are_read_or_refused(zipped, tmp_path):
    """Damaged pickles fail by IndexError and struct.error too, and once did so unnamed."""
    path = tmp_path / "weights.pth"
    content = torch_file({"a.weight": torch.ones(3), "a.bias": torch.zeros(3)}, zipped=zipped)
    assert judge_all(writing(path, _read, path), mutants(content, 80, seed=3))["refused"] >= 20
    assert judge_all(writing(path, read_generator, path), mutants(content, 30, seed=4))["refused"] >= 20


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "old pickle"])
@pytest.mark.parametrize("value", [RunsCode(), {"a": RunsCode()}, {1: torch.ones(1)}, [torch.ones(1)], {"a": "b"}])
def test_pickle_that_holds_more_than_tensors_is_refused_and_never_run(value, zipped, tmp_path, capsys):
    path = tmp_path / "weights.pth"
    path.write_bytes(torch_file(value, zipped=zipped))
    assert judge(_read, path) == "refused"
    assert judge(read_generator, path) == "refused"
    assert capsys.readouterr().out == ""


def test_plain_pickle_in_place_of_weights_is_never_run(saved, capsys):
    for name in ("model.safetensors", "config.json"):
        content = (saved / name).read_bytes()
        (saved / name).write_bytes(pickle.dumps(RunsCode()))
        assert judge(load_model, saved) == "refused"
        (saved / name).write_bytes(content)
    assert capsys.readouterr().out == ""


@LINUX
def test_forged_sizes_are_refused_in_bounded_memory(saved):
    """10^9 classes would take hundreds of GB; a network of 10^9 steps was built step by step."""
    program = """
import json
from pathlib import Path
from fleeting.models.saving import load_model
folder = Path(sys.argv[1])
config = json.loads((folder / "config.json").read_text())
load_model(folder)
hold_memory(300)
for name, options, classes in (
    ("ststnet", {}, 10**9), ("ststnet", {}, 10**18), ("svm", {"dimension": 10**10}, 3),
    ("atnet", {"steps": 10**9}, 3), ("htnet", {"dim": 10**6}, 3), ("dssn", {"width": 10**9}, 3),
):
    forged = config | {"model": name, "options": options, "num_classes": classes}
    (folder / "config.json").write_text(json.dumps(forged))
    print(judge(load_model, folder))
"""
    assert run_bounded(program, saved) == ["refused"] * 6


def test_zip_bomb_in_place_of_weights_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(1 << 20))
    content = bytearray((tmp_path / "bomb.pth").read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = b"\xff\xff\xff\xf0"  # the directory's claim: 4 GB
    (tmp_path / "bomb.pth").write_bytes(content)
    assert judge(read_generator, tmp_path / "bomb.pth") == "refused"


def test_zip_that_claims_several_disks_is_refused(tmp_path):
    """zipfile.is_zipfile raises for it instead of saying no; found by the stress size."""
    content = torch_file({"a": torch.ones(1)}, zipped=True)
    end = content.rindex(b"PK\x05\x06")
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 1, 0, 1)
    (tmp_path / "weights.pth").write_bytes(content[:end] + locator + content[end:])
    assert judge(read_generator, tmp_path / "weights.pth") == "refused"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(value, saved):
    """They loaded, and every answer of the model was nan."""
    path = saved / "model.safetensors"
    weights = load_file(path)
    next(tensor for tensor in weights.values() if tensor.is_floating_point()).view(-1)[0] = value
    save_file(weights, path)
    with pytest.raises(DatasetError, match="cannot be loaded") as caught:
        load_model(saved)
    assert "not finite" in caught.value.got


@pytest.mark.parametrize("name", ["folder", "nowhere", "empty.pth"])
def test_folder_nothing_or_an_empty_file_in_place_of_weights_is_refused(name, tmp_path):
    """A folder was an IsADirectoryError."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.pth").touch()
    for read in (load_model, read_generator, load_generator, _read):
        assert judge(read, tmp_path / name) == "refused"
    with pytest.raises(DatasetError, match="The weights"):
        load_imagenet(torch.nn.Linear(1, 1), tmp_path / name, "0" * 64)


def test_damaged_ganimation_checkpoints_are_read_or_refused(tmp_path):
    save_networks(tmp_path, GeneratorNetwork(17, 4, 1, "affine"))
    for name, seed in (("config.json", 5), ("generator.safetensors", 6)):
        content = (tmp_path / name).read_bytes()
        read = writing(tmp_path / name, load_generator, tmp_path)
        assert judge_all(read, mutants(content, 40, seed=seed, head=400))["refused"] >= 20
        (tmp_path / name).write_bytes(content)


def test_ganimation_configuration_that_nests_without_end_is_refused(tmp_path):
    """It was a RecursionError."""
    (tmp_path / "config.json").write_text("[" * 100_000)
    assert judge(load_generator, tmp_path) == "refused"
