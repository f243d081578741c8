"""GANimation networks on disk: generator.safetensors, critic.safetensors if one is kept, and config.json beside them.

config.json states the sizes, the sha256 of each file and where the weights come from. It is written last, so a folder
with a config.json is whole. Weights that others published are read by `public_weights`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from pydantic import Field
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from ...errors import FleetingError, OptionsError
from ...files import atomic_write, unzipped, write_text
from ...options import Options
from ...types import AU_NUMBERS
from .network import CriticNetwork, GeneratorNetwork, Norm

GENERATOR, CRITIC, CONFIG = "generator.safetensors", "critic.safetensors", "config.json"
FORMAT = "fleeting ganimation 1"
LARGEST = 2 << 30
"""Bytes beyond which no file of weights is opened; the published critic, the larger network, has 180 MB."""

State = Mapping[str, torch.Tensor]
Network = TypeVar("Network", GeneratorNetwork, CriticNetwork)


class CheckpointError(FleetingError):
    """A file of weights is missing, damaged, dangerous or of no known layout."""


class GeneratorSizes(Options):
    """What builds a GeneratorNetwork; the bounds keep a forged file from asking for all memory."""

    aus: int = Field(ge=1, le=256)
    width: int = Field(ge=1, le=512)
    blocks: int = Field(ge=0, le=64)
    norm: Norm


class CriticSizes(Options):
    """What builds a CriticNetwork."""

    image_size: int = Field(ge=32, le=1024)
    aus: int = Field(ge=1, le=256)
    width: int = Field(ge=1, le=512)


def save_networks(
    folder: Path, generator: GeneratorNetwork, critic: CriticNetwork | None = None, facts: dict[str, Any] | None = None
) -> None:
    """Write the networks of one checkpoint.

    Args:
        folder: where to; made if it is not there.
        generator: on any device.
        critic: kept if training may go on from here.
        facts: more to state in config.json, for example recipe and step, or the file that was imported.
    """
    networks: dict[str, GeneratorNetwork | CriticNetwork] = {GENERATOR: generator}
    if critic is not None:
        networks[CRITIC] = critic
    (folder / CONFIG).unlink(missing_ok=True)  # an earlier one would not fit the files that are about to come
    hashes = {}
    for name, network in networks.items():
        data = save_tensors(_values(network))
        hashes[name] = hashlib.sha256(data).hexdigest()
        with atomic_write(folder / name) as file:
            file.write(data)
    config = {
        "format": FORMAT,
        "generator": {key: getattr(generator, key) for key in GeneratorSizes.model_fields},
        "critic": {key: getattr(critic, key) for key in CriticSizes.model_fields} if critic is not None else None,
        "digest": digest(generator),
        "sha256": hashes,
        "facts": facts or {},
    }
    write_text(folder / CONFIG, json.dumps(config, indent=2) + "\n")


def load_generator(folder: Path) -> GeneratorNetwork:
    """Read the generator that `save_networks` wrote, in evaluation mode on the CPU.

    Raises:
        CheckpointError: a file is missing or damaged, or the weights do not fit the sizes.
    """
    config = _config(folder)
    return build(GeneratorNetwork, config.get("generator"), _tensors(folder, GENERATOR, config), folder / GENERATOR)


def trained_units(folder: Path) -> tuple[int, ...]:
    """The numbers of the action units that the networks of `save_networks` were trained on, in their order.

    All of types.AU_NUMBERS where config.json does not say.

    Raises:
        CheckpointError: config.json is missing or damaged, or names what is no action unit.
    """
    units = tuple(_config(folder).get("facts", {}).get("action_units", AU_NUMBERS))
    if not units or not set(units) <= set(AU_NUMBERS) or len(set(units)) != len(units):
        raise CheckpointError(
            "The checkpoint names impossible action units.",
            expected=f"some of {' '.join(map(str, AU_NUMBERS))}, each once",
            got=str(units)[:80],
            where=str(folder / CONFIG),
        )
    return units


def load_critic(folder: Path) -> CriticNetwork | None:
    """Read the critic that `save_networks` wrote, or None where none was kept.

    Raises:
        CheckpointError: see `load_generator`.
    """
    config = _config(folder)
    if config.get("critic") is None:
        return None
    return build(CriticNetwork, config["critic"], _tensors(folder, CRITIC, config), folder / CRITIC)


def digest(network: torch.nn.Module) -> str:
    """The sha256 of a network's names, shapes and float32 values: the same whatever file they came from."""
    result = hashlib.sha256()
    for name, tensor in sorted(_values(network).items()):
        result.update(f"{name} {tuple(tensor.shape)}\n".encode())
        result.update(tensor.numpy().tobytes())
    return result.hexdigest()


def build(kind: type[Network], sizes: Any, state: State, where: Path) -> Network:
    """A network with the weights of `state`, in evaluation mode on the CPU.

    Args:
        kind: GeneratorNetwork or CriticNetwork.
        sizes: what its class is called with, not yet checked.
        state: its tensors by our names, not yet checked.
        where: the file, for messages.

    Raises:
        CheckpointError: a size is impossible; a tensor is missing, unknown, of another shape or kind, or not finite.
    """
    checked = GeneratorSizes if kind is GeneratorNetwork else CriticSizes
    try:
        with torch.device("meta"):  # no memory and no random numbers for weights that are replaced at once
            network = kind(**checked.parse(sizes).model_dump())
    except (OptionsError, TypeError, ValueError) as error:
        got = error.problem if isinstance(error, OptionsError) else str(error)
        raise CheckpointError("The sizes of the network are impossible.", got=got, where=str(where)) from error
    wanted = network.state_dict()
    if wanted.keys() != state.keys():
        raise CheckpointError(
            "The tensors are not those of the network.",
            expected=f"{len(wanted)} tensors; missing: {_some(wanted.keys() - state.keys())}",
            got=f"{len(state)} tensors; unknown: {_some(state.keys() - wanted.keys())}",
            where=str(where),
        )
    for name, tensor in wanted.items():
        _check(name, state[name], tensor.shape, where)
    # Copied, since tensors of a pickle may share their memory, or lie in it with gaps.
    copies = {name: tensor.detach().to(torch.float32, copy=True).contiguous() for name, tensor in state.items()}
    for name, tensor in copies.items():
        if not tensor.isfinite().all():
            raise CheckpointError("The weights hold values that are not finite.", got=name, where=str(where))
    network.load_state_dict(copies, assign=True)
    return network.eval()


def refuse_oversized(path: Path) -> None:
    """Look at a file's size before it is read; torch's files are archives, and what they grow to counts.

    Raises:
        CheckpointError: there is no such file, or it is larger than any network of ours.
    """
    try:
        size = max(path.stat().st_size, unzipped(path))
    except OSError as error:
        raise CheckpointError("There is no such file of weights.", got=str(error), where=str(path)) from error
    if size > LARGEST:
        raise CheckpointError(
            "The file is too large to hold such a network.",
            expected=f"at most {LARGEST >> 20} MiB",
            got=f"{size >> 20} MiB",
            where=str(path),
        )


def _config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(
            "The folder holds no GANimation checkpoint.",
            expected=f"{CONFIG} and {GENERATOR}, as `fleeting import-generator` and training write them",
            got=str(error),
            where=str(folder),
        ) from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        got = repr(config.get("format")) if isinstance(config, dict) else type(config).__name__
        raise CheckpointError("The checkpoint has another format.", expected=repr(FORMAT), got=got, where=str(path))
    return config


def _tensors(folder: Path, name: str, config: dict[str, Any]) -> dict[str, torch.Tensor]:
    path = folder / name
    refuse_oversized(path)
    data = path.read_bytes()
    found, hashes = hashlib.sha256(data).hexdigest(), config.get("sha256")
    stated = hashes.get(name) if isinstance(hashes, dict) else None
    if found != stated:
        raise CheckpointError(
            "The weights are not those that the checkpoint was written with.",
            expected=f"sha256 {stated}",
            got=f"sha256 {found}, {len(data)} bytes",
            where=str(path),
            cure="copy or import the checkpoint again",
        )
    try:
        return load_tensors(data)
    except (SafetensorError, ValueError, RuntimeError) as error:
        raise CheckpointError("The weights cannot be read.", got=str(error), where=str(path)) from error


def _check(name: str, tensor: torch.Tensor, shape: torch.Size, where: Path) -> None:
    """Before any value is touched: a forged tensor may claim a shape that no memory holds."""
    if tensor.shape != shape:
        raise CheckpointError(
            f"{name} has the wrong shape.", expected=str(tuple(shape)), got=str(tuple(tensor.shape)), where=str(where)
        )
    if not (tensor.is_floating_point() and tensor.layout == torch.strided and tensor.device.type == "cpu"):
        got = f"{tensor.dtype}, {tensor.layout}, {tensor.device}"
        raise CheckpointError(
            f"{name} holds no weights.", expected="floating-point values in memory", got=got, where=str(where)
        )


def _values(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.detach().to("cpu", torch.float32).contiguous() for name, value in network.state_dict().items()}


def _some(names: set[str]) -> str:
    first = ", ".join(sorted(names)[:4])
    return f"{first} and {len(names) - 4} more" if len(names) > 4 else first or "none"
