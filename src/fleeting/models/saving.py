"""A trained model on disk: model.safetensors (weights) beside config.json (which model, how built)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from ..errors import DatasetError
from ..files import atomic_write, write_text
from . import create_model
from .model import Model

WEIGHTS, CONFIG = "model.safetensors", "config.json"


def save_model(folder: Path, name: str, model: Model, facts: dict[str, Any] | None = None) -> None:
    """Write a model.

    Args:
        folder: where to; made if it is not there.
        name: the model's name in the family.
        model: the trained model, on any device.
        facts: more to state in config.json, for example seed and fold.
    """
    state = {key: value.detach().cpu().contiguous() for key, value in model.state_dict().items()}
    with atomic_write(folder / WEIGHTS) as file:
        file.write(save_tensors(state))
    config = {
        "model": name,
        "num_classes": model.num_classes,
        "options": model.options.model_dump(mode="json"),
        "input_shape": list(model.input_shape),
        "parameters": model.count_parameters(),
        **(facts or {}),
    }
    write_text(folder / CONFIG, json.dumps(config, indent=2) + "\n")


def load_model(folder: Path) -> Model:
    """Read what `save_model` wrote; the model is in evaluation mode.

    Raises:
        DatasetError: a file is missing or damaged, or the weights do not fit the model or are not finite.
        OptionsError: config.json names a model or an option that does not exist.
    """
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        if not isinstance(config["num_classes"], int) or config["num_classes"] < 1:
            raise ValueError(f"num_classes is {config['num_classes']!r}")
        weights = load_tensors((folder / WEIGHTS).read_bytes())
        with torch.device("meta"):  # takes no memory: damaged sizes must not ask for all of it
            _check(weights, create_model(config["model"], config["num_classes"], **config["options"]))
        model = create_model(config["model"], config["num_classes"], **config["options"])
        model.load_state_dict(weights)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, MemoryError, SafetensorError) as error:
        raise DatasetError("The model cannot be loaded.", got=str(error), where=str(folder)) from error
    return model.eval()


def _check(weights: dict[str, torch.Tensor], planned: Model) -> None:
    """ValueError where the weights are not those of the planned model, or not finite."""
    wanted = {name: tuple(value.shape) for name, value in planned.state_dict().items()}
    faults = [f"{name} is missing" for name in wanted.keys() - weights.keys()]
    for name, value in weights.items():
        if name not in wanted:
            faults.append(f"{name} is unknown")
        elif tuple(value.shape) != wanted[name]:
            faults.append(f"{name} is {tuple(value.shape)} and not {wanted[name]}")
        elif not value.isfinite().all():
            faults.append(f"{name} holds values that are not finite")
    if faults:
        raise ValueError("; ".join(sorted(faults)[:5]))
