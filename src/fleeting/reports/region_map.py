"""Which regions of the face a group-sparse recogniser kept: the blocks of its four grids, drawn on an embedded face.

The face is one of ours and stands for any: the descriptors that were trained on show nobody.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from safetensors import SafetensorError
from safetensors.numpy import load_file

from ..faces import FacesOptions, create_faces
from ..features.block_grid import HIERARCHY, block_count
from ..features.lbp_top import released_order
from .figures import CLASS_COLOURS, bare, look

GROUPED = ("tgsr", "rstr")
"""Recognisers with a weight per region."""
SIDE = 224
"""Of the face, px."""


def run_regions(run: Path, *, released: bool) -> tuple[Figure, str] | None:
    """The map of a run's first model, with a sentence for those who cannot see it.

    Args:
        run: the run folder.
        released: whether the descriptors were in the order of the released CDMER features, in which a group of the
            recogniser is no block: what is drawn then are the blocks that the kept numbers come from.

    Returns:
        None where the run kept no model, or one without these regions.
    """
    for config in sorted(run.glob("models/**/config.json")):
        try:
            facts: dict[str, Any] = json.loads(config.read_text(encoding="utf-8"))
            blocks = facts["options"]["regions"] if facts["model"] in GROUPED else 0
            if blocks != block_count(HIERARCHY):
                return None
            weight = load_file(config.with_name("model.safetensors"))["head.weight"]
        except (OSError, ValueError, KeyError, SafetensorError):
            return None
        groups = int((weight.reshape(len(weight), blocks, -1) != 0).any((0, 2)).sum())
        weight = weight[:, released_order()] if released else weight
        strengths = np.sqrt((weight.reshape(len(weight), blocks, -1) ** 2).sum((0, 2)))
        text = words(strengths)
        if released and groups < blocks:
            text += (
                f" They hold the {groups} groups of numbers that were kept; in the released order these are no blocks."
            )
        return region_map(strengths), text
    return None


def region_map(strengths: npt.NDArray[np.float64]) -> Figure:
    """Draw the grids side by side on the face; a kept block is the more opaque the heavier it weighs.

    Args:
        strengths: (85,) norms of the blocks' weights, 0 where a block is left out; levels 1 x 1, 2 x 2, 4 x 4, 8 x 8,
            each row by row.
    """
    face = create_faces(FacesOptions(name="embedded", size=SIDE)).face(0).image
    with look():
        figure = Figure(figsize=(8.2, 2.4), layout="constrained")
        panels = figure.subplots(1, len(HIERARCHY))
        first = 0
        for axes, (rows, columns) in zip(panels, HIERARCHY, strict=True):
            level = strengths[first : first + rows * columns].reshape(rows, columns)
            first += rows * columns
            axes.imshow(face)
            bare(axes)
            axes.set_title(f"{rows} x {columns}: {int((level > 0).sum())} of {level.size}")
            for (row, column), strength in np.ndenumerate(level):
                if strength > 0:
                    _block(axes, (row, column), (rows, columns), 0.25 + 0.45 * strength / strengths.max())
    return figure


def words(strengths: npt.NDArray[np.float64]) -> str:
    """The map in a sentence."""
    kept, first, parts = strengths > 0, 0, []
    for rows, columns in HIERARCHY:
        parts.append(f"{int(kept[first : first + rows * columns].sum())} of {rows} x {columns}")
        first += rows * columns
    if kept.all():
        return "All 85 blocks are kept: no region is selected."
    return f"{int(kept.sum())} of 85 blocks are kept: {', '.join(parts)}."


def _block(axes: Any, place: tuple[int, int], grid: tuple[int, int], opacity: float) -> None:
    height, width = SIDE / grid[0], SIDE / grid[1]
    corner = place[1] * width - 0.5, place[0] * height - 0.5
    axes.add_patch(Rectangle(corner, width, height, facecolor=CLASS_COLOURS["positive"], alpha=opacity, linewidth=0))
    axes.add_patch(Rectangle(corner, width, height, fill=False, edgecolor="white", linewidth=0.8))
