"""Reads the weights that two public GANimation implementations save: pickles of one network's tensors by name.

authors:   net_epoch_E_id_G.pth and _D.pth; affine norms.
replicate: E_net_gen.pth and E_net_dis.pth; plain norms, which are turned into affine ones without loss.
A pickle can run code when it is opened, so only tensors and plain containers are let through, and every name and
shape is compared with the network's before a value is used. Layouts: docs/generators.md.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ...files import sha256
from .checkpoint import (
    CONFIG,
    CheckpointError,
    build,
    digest,
    load_generator,
    refuse_oversized,
    save_networks,
)
from .network import LAYERS, CriticNetwork, GeneratorNetwork

RUNNING = ("running_mean", "running_var", "num_batches_tracked")
"""What PyTorch of 2018 saved with every norm and no instance norm uses."""


@dataclass(frozen=True)
class Layout:
    """How one public implementation names the tensors of one network."""

    implementation: str
    mark: str
    """A tensor that only this layout has."""
    names: tuple[tuple[str, str], ...]
    """Patterns of its names, and ours."""


GENERATORS = (
    Layout(
        "authors",
        "attetion_reg.0.weight",  # as they spell it
        (
            (r"main\.(\d+)\.main\.(\d+)\.(\w+)", r"trunk.\1.body.\2.\3"),
            (r"main\.(\d+)\.(\w+)", r"trunk.\1.\2"),
            (r"img_reg\.0\.weight", "colour.weight"),
            (r"attetion_reg\.0\.weight", "mask.weight"),
        ),
    ),
    Layout(
        "replicate",
        "au_top.0.weight",
        (
            (r"model\.(\d+)\.conv_block\.(\d+)\.(\w+)", r"trunk.\1.body.\2.\3"),
            (r"model\.(\d+)\.(\w+)", r"trunk.\1.\2"),
            (r"color_top\.0\.weight", "colour.weight"),
            (r"au_top\.0\.weight", "mask.weight"),
        ),
    ),
)
CRITICS = (
    Layout(
        "authors",
        "conv2.weight",
        (
            (r"main\.(\d+)\.(\w+)", r"trunk.\1.\2"),
            (r"conv1\.weight", "patches.weight"),
            (r"conv2\.weight", "units.weight"),
        ),
    ),
    Layout(
        "replicate",
        "aus_top.weight",
        (
            (r"model\.(\d+)\.(\w+)", r"trunk.\1.\2"),
            (r"dis_top\.weight", "patches.weight"),
            (r"aus_top\.weight", "units.weight"),
        ),
    ),
)


def read_generator(path: Path) -> GeneratorNetwork:
    """Read a generator: a checkpoint folder of ours, or a file of either public implementation.

    Returns:
        The network in evaluation mode on the CPU; norms of public weights are always affine.

    Raises:
        CheckpointError: the file is missing, damaged, dangerous or no such generator.
    """
    if path.is_dir():
        return load_generator(path)
    state, layout = _named(path, GENERATORS, "generator")
    sizes, first = {}, state.get("trunk.0.weight")
    if first is not None and first.dim() == 4:
        blocks = sum(re.fullmatch(r"trunk\.\d+\.body\.0\.weight", name) is not None for name in state)
        sizes = {"aus": first.shape[1] - 3, "width": first.shape[0], "blocks": blocks}
    if layout.implementation == "replicate":
        plain = build(GeneratorNetwork, {**sizes, "norm": "plain"}, state, path)
        return to_affine(plain)
    return build(GeneratorNetwork, {**sizes, "norm": "affine"}, state, path)


def read_critic(path: Path) -> CriticNetwork:
    """Read a critic from a file of either public implementation; the image size is that which its AU head implies.

    Raises:
        CheckpointError: the file is missing, damaged, dangerous or no such critic.
    """
    state, _ = _named(path, CRITICS, "critic")
    sizes, first, units = {}, state.get("trunk.0.weight"), state.get("units.weight")
    if first is not None and units is not None and first.dim() == units.dim() == 4:
        sizes = {"image_size": units.shape[2] * 2**LAYERS, "aus": units.shape[0], "width": first.shape[0]}
    return build(CriticNetwork, sizes, state, path)


def import_networks(file: Path, out: Path, critic: Path | None = None) -> tuple[GeneratorNetwork, str]:
    """Write public weights as a checkpoint of ours that states each file and its sha256.

    Returns:
        The generator and its digest.

    Raises:
        CheckpointError: a file cannot be used, or `out` holds a checkpoint already.
    """
    if (out / CONFIG).exists():
        raise CheckpointError(
            "The folder holds a checkpoint already.", where=str(out), cure="choose another --out, or delete it"
        )
    generator, judge = read_generator(file), read_critic(critic) if critic is not None else None
    sources = [path for path in (file, critic) if path is not None]
    facts = {"imported": [{"file": path.name, "sha256": sha256(path)} for path in sources if path.is_file()]}
    save_networks(out, generator, judge, facts)
    return generator, digest(generator)


def to_affine(plain: GeneratorNetwork) -> GeneratorNetwork:
    """The affine network that draws what a plain one draws: a norm takes away any bias before it, and scales by 1."""
    with torch.device("meta"):
        affine = GeneratorNetwork(plain.aus, plain.width, plain.blocks, "affine")
    kept = {name: value.clone() for name, value in plain.state_dict().items() if not name.endswith(".bias")}
    norms = {
        name: torch.full(value.shape, float(name.endswith(".weight"))) for name, value in affine.state_dict().items()
    }
    affine.load_state_dict({**norms, **kept}, assign=True)
    return affine.eval()


def _named(path: Path, layouts: tuple[Layout, ...], what: str) -> tuple[dict[str, torch.Tensor], Layout]:
    """The tensors of a public file by our names, and the layout that it has."""
    state = _unpickled(path)
    for layout in layouts:
        if layout.mark in state:
            return {_renamed(name, layout): tensor for name, tensor in state.items()}, layout
    marks = " or ".join(f"{layout.mark} ({layout.implementation})" for layout in layouts)
    other = next((layout for layout in GENERATORS + CRITICS if layout.mark in state), None)
    if other is None:
        got = f"{len(state)} tensors, first {', '.join(list(state)[:3]) or 'none'}"
    else:
        got = f"a {'critic' if other in CRITICS else 'generator'} of {other.implementation!r}"
    raise CheckpointError(
        f"The file is no public GANimation {what}.",
        expected=f"a tensor {marks}",
        got=got,
        where=str(path),
        cure="give the file ..._id_G.pth or ..._net_gen.pth as generator, ..._id_D.pth or ..._net_dis.pth as critic",
    )


def _renamed(name: str, layout: Layout) -> str:
    """Our name of a tensor; unknown ones keep theirs and are refused with the rest of the network's faults."""
    for pattern, ours in layout.names:
        if re.fullmatch(pattern, name):
            return re.sub(pattern, ours, name)
    return name


def _unpickled(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a pickle by their names without "module." of a multi-GPU run, less the running statistics."""
    refuse_oversized(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old storages are still read, and torch says that they are old
            loaded: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle may fail in any way
        raise CheckpointError(
            "The file cannot be read as weights.",
            expected="a PyTorch file of tensors by name, and nothing that runs code",
            got=f"{type(error).__name__}: {(str(error) or 'no text').splitlines()[0]}",
            where=str(path),
            cure="download it again; a file that holds more than tensors is refused, since opening it would run it",
        ) from error
    if not isinstance(loaded, dict) or not all(
        isinstance(name, str) and isinstance(tensor, torch.Tensor) for name, tensor in loaded.items()
    ):
        raise CheckpointError(
            "The file is no table of tensors.",
            expected="tensors by name, as one network's state_dict",
            got=type(loaded).__name__,
            where=str(path),
        )
    kept = {name: tensor for name, tensor in loaded.items() if not name.endswith(RUNNING)}
    state = {name.removeprefix("module."): tensor for name, tensor in kept.items()}
    if len(state) < len(kept):
        raise CheckpointError("Tensors stand with and without the prefix 'module.'.", where=str(path))
    return state
