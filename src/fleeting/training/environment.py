"""What a run depended on besides its recipe."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = ("numpy", "scipy", "scikit-learn", "opencv-contrib-python", "pandas", "torch")


def environment(device: str) -> dict[str, Any]:
    """Versions, machine, threads and device, ready for environment.json."""
    import torch

    facts: dict[str, Any] = {
        "fleeting": installed("fleeting"),
        "python": platform.python_version(),
        "packages": {name: installed(name) for name in PACKAGES},
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "device": device,
    }
    if device == "cuda":
        facts["gpu"] = torch.cuda.get_device_name()
    return facts


def installed(package: str) -> str:
    """The version of an installed package, or "not installed"."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
