"""UF1 of several runs with their intervals, one line per run."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from .figures import MUTED, SEED_COLOURS, look, svg
from .standings import Standing


def interval_plot(standings: Sequence[Standing]) -> str:
    """A dot per run at its overall UF1, its 95 % interval over subjects as a line, and the floor of its clips.

    Returns:
        The figure as a data URI.
    """
    with look():
        figure = Figure(figsize=(8.2, 0.7 + 0.3 * len(standings)), layout="constrained")
        axes = figure.subplots()
        for row, standing in enumerate(standings):
            low, high = standing.overall["uf1_interval"]
            axes.plot([low, high], [row, row], color=SEED_COLOURS[0], linewidth=2, solid_capstyle="butt")
            axes.plot(standing.overall["uf1"], row, "o", color=SEED_COLOURS[0])
            floor = standing.evidence.results.get("floor", {}).get("uf1")
            if floor is not None:
                axes.plot([floor, floor], [row - 0.4, row + 0.4], color=MUTED, linewidth=1, linestyle=":")
        axes.set_yticks(range(len(standings)), [standing.name.replace("$", r"\$") for standing in standings])
        axes.set_ylim(len(standings) - 0.5, -0.5)
        axes.set_xlim(0, 1)
        axes.set_xlabel("UF1")
        axes.grid(axis="x", linewidth=0.7)
    return svg(figure)
