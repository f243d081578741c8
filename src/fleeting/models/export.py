"""A trained recogniser as an ONNX file, for use without torch. Needs the extra "onnx"."""

from __future__ import annotations

import copy
import importlib
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

from ..errors import MissingExtraError
from ..files import atomic_write
from .model import Model

PACKAGES = ("onnx", "onnxscript", "onnxruntime")


def export_onnx(model: Model, path: Path) -> float:
    """Write the model and run the file once beside it.

    The graph maps `images` (B, C, H, W), of recognisers of video (B, C, T, H, W), float32 in 0..255, channels as
    `model.channels` says, to `logits` (B, num_classes); B is free.
    Dropout is off and batch normalisation uses its stored figures.

    Args:
        model: any recogniser, on any device; it is not changed.
        path: the file to write; it appears when it is complete.

    Returns:
        The greatest absolute difference between the logits of torch and of onnxruntime, for three random images.

    Raises:
        MissingExtraError: onnx, onnxscript or onnxruntime is not installed.
    """
    for package in PACKAGES:
        if find_spec(package) is None:
            raise MissingExtraError("Exporting to ONNX", package, "onnx")
    still = copy.deepcopy(model).cpu().eval()
    draws = np.random.default_rng(0)
    images = torch.from_numpy(draws.uniform(0, 255, (3, *model.input_shape)).astype(np.float32))
    with _quiet():
        program = torch.onnx.export(
            still,
            (images[:2],),
            input_names=["images"],
            output_names=["logits"],
            dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
            dynamo=True,
            verbose=False,
        )
    assert program is not None  # it is None for the old exporter only
    content = program.model_proto.SerializeToString()
    with atomic_write(path) as file:
        file.write(content)
    session = importlib.import_module("onnxruntime").InferenceSession(content, providers=["CPUExecutionProvider"])
    (answers,) = session.run(["logits"], {"images": images.numpy()})
    with torch.inference_mode():
        return float(np.abs(answers - still(images).numpy()).max())


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what torch's exporter says of itself: deprecations, what it does to an LSTM, that torchvision lacks."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for category in (DeprecationWarning, FutureWarning):
                warnings.simplefilter("ignore", category)
            warnings.filterwarnings("ignore", r"The (tensor attributes|\.grad attribute)", UserWarning)
            yield
    finally:
        logger.setLevel(level)
