"""Flow drawn for people: single samples with arrows and colour bars, and the mean of each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..features import optical_flow, optical_strain
from ..types import LABELS, Floats
from .figures import CLASS_COLOURS, INK, bare, look
from .flow_fields import Means, centred, likeness
from .samples import Shown

ARROWS = 16
"""Arrows across a panel."""
CHANNELS = ("u (right +)", "v (down +)", "strain")


def sample_panels(shown: Sequence[Shown], *, pixels: bool) -> Figure:
    """One line per sample: the apex with arrows, then u, v and strain, one colour scale for all lines.

    Args:
        shown: the samples.
        pixels: True for frames, of which the flow is estimated with DIS, in px of the crop less its median, which is
            the shift of the head. Stored flow images (False) have lost their unit: they are shown as shares of their
            own range, and the arrows stand on the strain.
    """
    fields = [_estimate(item) if pixels else centred(item.images)[0] for item in shown]
    limit = max(float(np.quantile([np.abs(field[..., :2]).max(axis=-1) for field in fields], 0.995)), 1e-3)
    strongest = max(float(np.quantile([field[..., 2] for field in fields], 0.995)), 1e-3)
    with look():
        figure = Figure(figsize=(8.2, 2.02 * len(shown) + 0.5), layout="constrained")
        grid = figure.subplots(len(shown), 4, squeeze=False)
        for row, (item, field) in enumerate(zip(shown, fields, strict=True)):
            _arrows(grid[row, 0], item.images[-1] if pixels else None, field)
            _side(grid[row, 0], item.group)
            drawn = [_field(grid[row, 1 + channel], field, channel, limit, strongest) for channel in range(3)]
        for column, title in enumerate(("apex and motion" if pixels else "strain and motion", *CHANNELS)):
            grid[0, column].set_title(title)
        unit = ("px", "px", "px per px") if pixels else ("share of range",) * 3
        for channel in range(3):
            bar = figure.colorbar(
                drawn[channel], ax=grid[:, 1 + channel], location="bottom", shrink=0.85, aspect=18, pad=0.02
            )
            bar.set_label(unit[channel])
            bar.outline.set_visible(False)
    return figure


def mean_panels(columns: Sequence[Means]) -> Figure:
    """The mean u, v and strain image of each class (lines), data sets side by side; r compares the second to the first.

    A channel of a data set is divided by its strongest value, since clips with one outlier are weak all over.

    Args:
        columns: one or two data sets.
    """
    limits = [np.nanmax(np.abs(item.images), axis=(0, 1, 2)) for item in columns]
    alike = likeness(*columns) if len(columns) == 2 else None
    count = len(columns)
    with look():
        figure = Figure(figsize=(8.2, 5.0 if count == 2 else 7.6), layout="constrained")
        bands: Any = figure.subfigures(1, 3, wspace=0.04)
        for channel, band in enumerate(bands):
            grid = band.subplots(len(LABELS), count, squeeze=False)
            for label, name in enumerate(LABELS):
                for column, item in enumerate(columns):
                    axes = grid[label, column]
                    image = _mean(axes, item.images[label, ..., channel] / (limits[column][channel] or 1), channel, 1)
                    axes.set_xlabel(f"{item.clips[label]:,} clips", fontsize=7.5) if channel == 0 else None
                    if label == 0:
                        axes.set_title(item.title, fontsize=8.5, fontweight="normal")
                    if alike is not None and column == 1 and np.isfinite(alike[label, channel]):
                        axes.set_xlabel(_below(axes.get_xlabel(), alike[label, channel]), fontsize=7.5)
                if channel == 0:
                    grid[label, 0].set_ylabel(name, color=CLASS_COLOURS[name], fontweight="bold")
            band.suptitle(CHANNELS[channel], fontweight="bold", fontsize=9.5)
            bar = band.colorbar(image, ax=grid, location="bottom", shrink=0.8, aspect=20, pad=0.02)
            bar.outline.set_visible(False)
            bar.ax.tick_params(labelsize=7.5)
    return figure


def _below(text: str, value: float) -> str:
    return f"{text}, r = {value:.2f}" if text else f"r = {value:.2f}"


def _estimate(item: Shown) -> Floats:
    """(H, W, 3) float32: u, v in px without the shift of the head, and strain."""
    flow = optical_flow(item.images[0], item.images[-1], "dis")
    still = flow - np.median(flow, axis=(0, 1))
    return np.dstack([still, optical_strain(flow)]).astype(np.float32)


def _arrows(axes: Axes, picture: Any, field: Floats) -> None:
    """Arrows whose longest, per panel, spans two grid steps: they show direction and place, not size."""
    height, width = field.shape[:2]
    step = max(1, width // ARROWS)
    rows, columns = np.mgrid[step // 2 : height : step, step // 2 : width : step]
    u, v = field[rows, columns, 0], field[rows, columns, 1]
    length = np.hypot(u, v)
    strong = length > 0.15 * max(float(length.max()), 1e-6)
    if picture is None:
        axes.imshow(field[..., 2], cmap="Greys", vmin=0, vmax=max(float(field[..., 2].max()), 1e-6) * 1.6)
    else:
        axes.imshow(picture)
    scale = max(float(length.max()), 1e-6) / (2.2 * step)
    axes.quiver(
        columns[strong], rows[strong], u[strong], v[strong],
        angles="xy", scale_units="xy", scale=scale, color="#00e0ff" if picture is not None else INK, width=0.008,
    )  # fmt: skip
    axes.set_xlim(-0.5, width - 0.5)
    axes.set_ylim(height - 0.5, -0.5)
    bare(axes)


def _field(axes: Axes, field: Floats, channel: int, limit: float, strongest: float) -> Any:
    bare(axes)
    if channel == 2:
        return axes.imshow(field[..., 2], cmap="magma", vmin=0, vmax=strongest)
    return axes.imshow(field[..., channel], cmap="RdBu_r", vmin=-limit, vmax=limit)


def _mean(axes: Axes, values: Floats, channel: int, limit: float) -> Any:
    bare(axes)
    if channel == 2:
        return axes.imshow(values, cmap="magma", vmin=0, vmax=limit)
    return axes.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit)


def _side(axes: Axes, group: tuple[str, str]) -> None:
    label, source = group
    axes.set_ylabel(f"{label}\n{source}", color=CLASS_COLOURS[label], fontweight="bold", fontsize=8.5)
