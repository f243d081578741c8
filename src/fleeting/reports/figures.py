"""The look of every plot, and a finished figure as a data URI. Nothing here opens a window."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..types import LABELS
from .pages import data_uri

CLASS_COLOURS = dict(zip(LABELS, ("#0072B2", "#D55E00", "#009E73"), strict=True))
"""One colour per class wherever classes are shown: blue, vermilion, bluish green of Okabe and Ito's set."""
INK, MUTED, LINE = "#1f2733", "#5c6673", "#d8dde3"
SEED_COLOURS = ("#1b5e7d", "#8a6d3b", "#7b5ea7", "#4d7c4a", "#a2484f", "#5c6673")
LOOK: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.axisbelow": True,
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "grid.color": LINE,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "text.color": INK,
    "legend.frameon": False,
    "svg.hashsalt": "fleeting",
    "figure.facecolor": "white",
}


@contextmanager
def look() -> Iterator[None]:
    """Draw inside this block so that all figures look alike; the caller's own settings stay."""
    with mpl.rc_context(LOOK):
        yield


def svg(figure: Figure) -> str:
    """A line drawing as an SVG data URI: sharp at any size and small."""
    buffer = io.BytesIO()
    with look():
        figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    return data_uri("image/svg+xml", buffer.getvalue())


def webp(figure: Figure, dpi: int = 130) -> str:
    """A figure made of images as a WebP data URI: a fifth of the PNG, and every browser of today shows it."""
    buffer = io.BytesIO()
    with look():
        figure.savefig(buffer, format="webp", dpi=dpi, bbox_inches="tight", pil_kwargs={"quality": 88})
    return data_uri("image/webp", buffer.getvalue())


def bare(axes: Axes) -> None:
    """Take ticks and frame away from an image panel."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
