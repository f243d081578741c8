"""The state of a training in one file, so that it is whole or absent: weights, both optimisers, the average, the step.

There is no random state in it: every draw is a function of seed and step (order.py).
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as save_tensors

from ...errors import DatasetError, OptionsError
from ...files import atomic_write
from .recipe import GeneratorRecipe
from .step import Training

NAME = "state/training.safetensors"
Tensors = dict[str, torch.Tensor]


def identity(recipe: GeneratorRecipe) -> str:
    """Digest of what must not change between a training and its continuation."""
    data = recipe.data.model_copy(update={"root": "", "aus": "", "readers": 1, "sheets": None})
    train = recipe.train.model_copy(update={"device": "auto", "compile": False, "accumulate": 1, "tensorboard": False})
    return recipe.model_copy(update={"data": data, "train": train}).digest()


def save_state(out: Path, training: Training, recipe: GeneratorRecipe, step: int) -> None:
    """Write the state after `step` steps."""
    facts = {"step": step, "updates": training.updates, "recipe": identity(recipe)}
    content = save_tensors(_tensors(training), {"fleeting": json.dumps(facts)})
    with atomic_write(out / NAME) as file:
        file.write(content)


def load_state(out: Path, training: Training, recipe: GeneratorRecipe) -> int:
    """Put a training back where it was; return its step, 0 where there is no state.

    Raises:
        OptionsError: the folder holds the training of another recipe.
        DatasetError: the file is damaged.
    """
    path = out / NAME
    if not path.is_file():
        return 0
    try:
        with safe_open(path, "pt") as file:
            facts = json.loads(file.metadata()["fleeting"])
            known, step, updates = facts["recipe"], int(facts["step"]), int(facts["updates"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it is no dict
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise DatasetError("The state of the training is damaged.", got=str(error), where=str(path)) from error
    if known != identity(recipe):
        raise OptionsError(
            "The folder holds the training of another recipe.",
            where=str(out),
            cure="name another folder with --out, or the recipe that it was begun with",
        )
    try:
        for name, network in _networks(training).items():
            network.load_state_dict(_under(tensors, name))
        for name, optimiser in _optimisers(training).items():
            _restore(optimiser, _under(tensors, name))
    except (RuntimeError, ValueError, KeyError) as error:
        raise DatasetError("The state of the training is damaged.", got=str(error), where=str(path)) from error
    training.updates = updates
    return step


def _networks(training: Training) -> dict[str, torch.nn.Module]:
    return {"generator": training.generator, "critic": training.critic, "average": training.average}


def _optimisers(training: Training) -> dict[str, torch.optim.Optimizer]:
    return {"generator_adam": training.generator_optimiser, "critic_adam": training.critic_optimiser}


def _tensors(training: Training) -> Tensors:
    found: Tensors = {}
    for name, network in _networks(training).items():
        found |= {f"{name}/{key}": value for key, value in network.state_dict().items()}
    for name, optimiser in _optimisers(training).items():
        for place, values in optimiser.state_dict()["state"].items():
            found |= {f"{name}/{place}/{key}": value for key, value in values.items()}
    return {key: value.detach().cpu().contiguous() for key, value in found.items()}


def _under(tensors: Tensors, name: str) -> Tensors:
    return {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}


def _restore(optimiser: torch.optim.Optimizer, tensors: Tensors) -> None:
    state: dict[int, Tensors] = {}
    for key, value in tensors.items():
        place, _, name = key.partition("/")
        state.setdefault(int(place), {})[name] = value
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
