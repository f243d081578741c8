"""A model without memory for its weights (torch's meta device): it says its channels, size and parameters at once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from ..types import LABELS
from . import create_model
from .model import Model


def sketch_model(name: str, /, num_classes: int = len(LABELS), **options: Any) -> Model:
    """As `create_model`, for looking at and not for running.

    Raises:
        OptionsError: there is no such model, or it has no such option.
    """
    with warnings.catch_warnings(), torch.device("meta"), _Unfilled():
        warnings.filterwarnings("ignore", ".*copying from a non-meta parameter", UserWarning)  # of a file of weights
        return create_model(name, num_classes, **options)


class _Unfilled(TorchFunctionMode):
    """Leaves out normal numbers, for which torch would import its compiler: seconds for a tensor without values."""

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if function in (torch.Tensor.normal_, torch.nn.init.normal_):
            return args[0] if args else kwargs["tensor"]
        return (torch.empty if function is torch.randn else function)(*args, **kwargs)
