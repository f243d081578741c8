"""What `fleeting models` says of each recogniser, read off its class."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from . import MODELS
from .sketch import sketch_model


@dataclass(frozen=True, slots=True)
class Summary:
    """One recogniser with its default options, for three classes."""

    name: str
    channels: str
    """Short: "u, v, strain", "onset RGB, apex RGB", "apex.grey, 64 x (u, v)", "grey (eyes-mouth)"."""
    size: str
    """Columns x rows, px, or the values of a vector."""
    parameters: int
    licence: str
    source: str
    """First line of the file's docstring: paper and year, or that it is ours."""


def summary(name: str) -> Summary:
    """The facts of one recogniser; nothing is computed or loaded for it.

    Raises:
        OptionsError: there is no such model.
    """
    model = sketch_model(name)
    text = sys.modules[MODELS.load(name).__module__].__doc__ or ""
    source = text.strip().split("\n")[0].removesuffix(".")
    size = " x ".join(map(str, model.input_shape[:0:-1])) or f"{model.input_shape[0]:,}"
    channels = short(model.channels) + (f" ({model.face_parts.layout})" if model.face_parts else "")
    return Summary(name, channels, size, model.count_parameters(), model.licence, source)


def short(channels: Sequence[str]) -> str:
    """Channel names with each colour image and all flows of single steps as one.

    Example:
        >>> short(["apex.r", "apex.g", "apex.b", "flow1.u", "flow1.v", "flow2.u", "flow2.v"])
        'apex RGB, 2 x (u, v)'
    """
    text = ", ".join(channels)
    text = re.sub(r"(\w+)\.r, \1\.g, \1\.b", r"\1 RGB", text)
    steps = re.compile(r"flow\d+\.u, flow\d+\.v(, flow\d+\.u, flow\d+\.v)*")
    return steps.sub(lambda found: f"{found[0].count('.u')} x (u, v)", text)
