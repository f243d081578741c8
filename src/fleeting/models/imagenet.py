"""Weights from ImageNet for a trunk: from a file of the user's, checked by its hash. No weights travel with Fleeting.

Ours: the rule for inputs other than RGB, and that a trained model remembers the file's hash but not its path.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import torch
from pydantic import Field
from safetensors.torch import load as load_tensors
from torch import nn

from ..errors import DatasetError, OptionsError
from ..files import locate, sha256
from ..options import Options as BaseOptions
from .model import FLOW

Tensors = dict[str, torch.Tensor]
LAST_LAYER = ("fc.", "classifier.6.")
FIRST_LAYER = ("conv1.weight", "features.0.weight")
"""Of the files, ResNet's and VGG's."""


class WeightOptions(BaseOptions):
    """Options of every model with a trunk that may start from weights."""

    weights: str = ""
    """File of ImageNet weights to start from (.pth or .safetensors in torchvision's layout); "" starts at random."""
    weights_sha256: str = ""
    """The file's sha256. It stays with the trained model as a record of what it started from; the path does not."""

    def apply(self, *trunks: nn.Module) -> WeightOptions:
        """Load `weights` into the trunks, if any are named.

        Returns:
            The options without the path: a trained model must load where the ImageNet file is not.
        """
        if self.weights:
            for trunk in trunks:
                load_imagenet(trunk, locate(self.weights), self.weights_sha256)
        return self.model_copy(update={"weights": ""})


class TrunkOptions(WeightOptions):
    """Options of every model with a ResNet trunk."""

    size: int = Field(224, ge=32, le=4096)
    """Side of the square input, px. The papers' is 224; anything smaller is a reduced setting for CPUs."""
    width: int = Field(64, ge=4, le=1024)
    """Filters of the first stage (the last has 8 times as many). The papers' is 64; smaller is a reduced setting."""


class PictureOptions(TrunkOptions):
    """Options of a network that looks at one picture of a clip."""

    sees: Literal["published", "flow"] = "published"
    """What the picture shows: what the paper's does, or the stored flow image (u, v, strain), so that the network can
    be tried on data sets without frames. Ours; the figures of the paper cannot be expected."""

    def channels(self, published: tuple[str, ...]) -> tuple[str, ...]:
        """The channels of the picture, where the paper's are `published`."""
        return FLOW if self.sees == "flow" else published


def load_imagenet(trunk: nn.Module, path: Path, digest: str) -> None:
    """Copy the weights of a file into a trunk.

    The last layer of the file, `fc` or of a VGG `classifier.6`, is ignored. A trunk whose input is not RGB gets, for
    each of its C channels, the mean over the file's three colours times 3 / C in the first convolution (so a grey image
    copied into all channels gives what it gave in RGB), and the plain mean in the normalisation of the input.

    Args:
        trunk: ResNet18, PreactResNet10 or VGG.
        path: a .safetensors file, or a torch file that holds a state dict and nothing else, in torchvision's layout.
        digest: the file's expected hex sha256.

    Raises:
        OptionsError: no digest is given.
        DatasetError: the file's hash is another, it cannot be read, or names or shapes do not fit.
    """
    try:
        found = sha256(path)
    except OSError as error:
        raise DatasetError("The weights cannot be read.", got=str(error), where=str(path)) from error
    if not digest:
        raise OptionsError(
            "Weights need a sha256 beside their path.",
            got=f"{path.name} with sha256 {found}",
            cure="compare it with the publisher's, then set weights_sha256",
        )
    if found != digest.lower():
        raise DatasetError(
            "The weights are not the expected file.", expected=f"sha256 {digest}", got=found, where=str(path)
        )
    wanted = trunk.state_dict()
    state = {key: value for key, value in _read(path).items() if not key.startswith(LAST_LAYER)}
    state = {key: _to_channels(key, value, wanted) for key, value in state.items()}
    faults = _misfits(wanted, state)
    if faults:
        raise DatasetError(
            f"The weights do not fit {type(trunk).__name__}.",
            got="; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else ""),
            where=str(path),
            cure="give a file of this network in torchvision's layout, and leave its size as published",
        )
    trunk.load_state_dict(state, strict=False)  # files of torch 0.3 and older have no num_batches_tracked


def _read(path: Path) -> Tensors:
    try:
        if path.suffix == ".safetensors":
            return load_tensors(path.read_bytes())
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle may fail in any way
        got = f"{type(error).__name__}: {(str(error) or 'no text').splitlines()[0]}"
        raise DatasetError("The weights cannot be read.", got=got, where=str(path)) from error
    if not isinstance(state, dict) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items()
    ):
        raise DatasetError(
            "The file holds something other than a state dict.", expected="name -> tensor", where=str(path)
        )
    return dict(state)


def _to_channels(key: str, value: torch.Tensor, wanted: Tensors) -> torch.Tensor:
    """`value` for the trunk's number of input channels, where the file's is 3."""
    if key not in wanted or value.shape == wanted[key].shape:
        return value
    if key in FIRST_LAYER and value.ndim == 4 and value.shape[1] == 3:
        channels = wanted[key].shape[1]
        return value.mean(1, keepdim=True).repeat(1, channels, 1, 1) * (3 / channels)
    if key.startswith("bn0.") and value.shape == (3,):
        return value.mean().repeat(len(wanted[key]))
    return value


def _misfits(wanted: Tensors, state: Tensors) -> list[str]:
    optional = {key for key in wanted if key.endswith("num_batches_tracked")}
    faults = [f"{key} is missing" for key in wanted if key not in state and key not in optional]
    faults += [f"{key} is unknown" for key in state if key not in wanted]
    faults += [
        f"{key} is {tuple(value.shape)} instead of {tuple(wanted[key].shape)}"
        for key, value in state.items()
        if key in wanted and value.shape != wanted[key].shape
    ]
    return faults
