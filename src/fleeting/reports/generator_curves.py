"""The figures of the page of `fleeting measure-generator`, each as a data URI."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..types import Image
from .figures import LINE, MUTED, SEED_COLOURS, bare, look, svg, webp

ACROSS = 6
MARKS = "osD^vP"
SHOWN = 0.0, 0.2, 1.0
"""Doses of the example frames."""
WIDEST = 30
"""Letters of a generator's name above its frames."""
Figures = Mapping[str, Any]


def dose_curves(results: Figures) -> str:
    """A panel per action unit: displacement against intensity, a line per generator, 95 % over faces as a band."""
    doses, numbers = results["doses"], results["action_units"]
    across = min(ACROSS, len(numbers))
    down = math.ceil(len(numbers) / across)
    with look():
        figure = Figure(figsize=(max(1.75 * across, 4.4), 1.7 * down + 0.5), layout="constrained")
        grid = figure.subplots(down, across, squeeze=False, sharex=True)
        for place, axes in enumerate(grid.flat):
            if place >= len(numbers):
                axes.set_visible(False)
                continue
            axes.set_title(f"AU{numbers[place]}")
            axes.axhline(0, color=MUTED, linewidth=0.8, linestyle=":")
            lines = [
                _curve(axes, doses, item["action_units"][str(numbers[place])], index)
                for index, item in enumerate(results["generators"].values())
            ]
            axes.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
            axes.tick_params(labelsize=7.5, labelbottom=place + across >= len(numbers))
            axes.grid(axis="y", linewidth=0.6)
        figure.supxlabel("intensity asked for", fontsize=9)
        figure.supylabel("motion, % IOD", fontsize=9)
        names = [_plain(label) for label in results["generators"]]
        figure.legend(lines, names, loc="outside upper left", ncols=min(len(names), 3), fontsize=8.5)
    return svg(figure)


def leakage_plot(results: Figures) -> str | None:
    """Per action unit the share of the motion outside its regions, at .2 (open) and 1 (full); None if nothing moves."""
    numbers = results["action_units"]
    with look():
        figure = Figure(figsize=(8.2, 2.7), layout="constrained")
        axes = figure.subplots()
        shown = False
        count = len(results["generators"])
        for index, (label, item) in enumerate(results["generators"].items()):
            units = [item["action_units"][str(number)] for number in numbers]
            places = np.arange(len(numbers)) + (index - (count - 1) / 2) * 0.6 / max(count, 2)
            low, high = (
                np.array([math.nan if (share := unit[name]) is None else 100 * share for unit in units])
                for name in ("leakage_at_0.2", "leakage_at_1")
            )
            if np.isnan(low).all() and np.isnan(high).all():
                continue
            shown = True
            colour, mark = _style(index)
            axes.vlines(places, low, high, color=colour, linewidth=1)
            axes.plot(places, low, mark, color=colour, markerfacecolor="white", markersize=4.5)
            axes.plot(places, high, mark, color=colour, markersize=4.5, label=_plain(label))
        if not shown:
            return None
        axes.set_xticks(range(len(numbers)), [f"AU{number}" for number in numbers], fontsize=8)
        axes.set_ylabel("outside the regions, %")
        axes.set_ylim(0, max(10.0, axes.get_ylim()[1]))
        axes.set_xlim(-0.6, len(numbers) - 0.4)
        axes.grid(axis="y", linewidth=0.7)
        axes.legend(loc="upper right", fontsize=8.5)
    return svg(figure)


def statistics_plot(results: Figures) -> str | None:
    """Per statistic the distance of each generator from the recorded clips; None without recorded clips."""
    realisms = {
        label: item["realism"]["statistics"]
        for label, item in results["generators"].items()
        if item["realism"] and item["realism"]["statistics"]
    }
    if not realisms:
        return None
    names = list(next(iter(realisms.values())))
    between = results["recorded"]["between"]
    with look():
        figure = Figure(figsize=(8.2, 0.9 + 0.22 * len(names)), layout="constrained")
        axes = figure.subplots()
        rows = np.arange(len(names))
        if between:
            axes.barh(
                rows, [between[name] for name in names], color=LINE, height=0.8, label="recorded among each other"
            )
        for index, label in enumerate(results["generators"]):
            if label in realisms:
                colour, mark = _style(index)
                values = [realisms[label][name]["ks"] for name in names]
                axes.plot(values, rows, mark, color=colour, markersize=5, label=_plain(label))
        axes.set_yticks(rows, names, fontsize=8)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlim(0, 1)
        axes.set_xlabel("Kolmogorov-Smirnov distance from the recorded clips (0 alike, 1 apart)")
        axes.grid(axis="x", linewidth=0.7)
        axes.legend(loc="lower right", fontsize=8.5)
    return svg(figure)


def example_frames(sheets: Mapping[str, Image], results: Figures) -> str | None:
    """A line per action unit, three columns per generator: neutral, .2 and 1; None without sheets.

    Args:
        sheets: per generator (lines, columns, 3) uint8 RGB, a line of tiles per unit, a column per dose.
        results: the content of results.json.
    """
    if not sheets:
        return None
    doses, numbers = results["doses"], results["action_units"]
    columns = [doses.index(dose) for dose in SHOWN]
    with look():
        figure = Figure(figsize=(2.4 * len(sheets) + 0.4, 0.8 * len(numbers) + 0.5), layout="constrained")
        for axes, (label, sheet) in zip(figure.subplots(1, len(sheets), squeeze=False)[0], sheets.items(), strict=True):
            high, wide = sheet.shape[0] // len(numbers), sheet.shape[1] // len(doses)
            axes.imshow(np.hstack([sheet[:, column * wide : (column + 1) * wide] for column in columns]))
            bare(axes)
            axes.set_title(_plain(shortened(label)), fontsize=8)
            axes.set_xticks([(place + 0.5) * wide for place in range(len(SHOWN))], [f"{dose:g}" for dose in SHOWN])
            axes.set_yticks([(place + 0.5) * high for place in range(len(numbers))], [f"AU{n}" for n in numbers])
            axes.tick_params(length=0, labelsize=7.5)
    return webp(figure)


def _curve(axes: Axes, doses: list[float], unit: Figures, index: int) -> Line2D:
    values = np.array([math.nan if value is None else 100 * value for value in unit["curve"]])
    colour, mark = _style(index)
    (line,) = axes.plot(doses, values, marker=mark, color=colour, linewidth=1.4, markersize=3)
    ends = [interval or (math.nan, math.nan) for interval in unit["curve_interval"]]
    low, high = 100 * np.array(ends, np.float64).T
    if not np.isnan(low).all():
        axes.fill_between(doses, low, high, color=colour, alpha=0.18, linewidth=0)
    return line


def _style(index: int) -> tuple[str, str]:
    return SEED_COLOURS[index % len(SEED_COLOURS)], MARKS[index % len(MARKS)]


def shortened(text: str, widest: int = WIDEST) -> str:
    """A label of at most `widest` letters: its middle goes, since weights are told apart by their folders' ends.

    Example:
        >>> shortened("ganimation:weights=runs/first/generator", 24)
        'ganimation:…st/generator'
    """
    if len(text) <= widest:
        return text
    return f"{text[: widest // 2 - 1]}…{text[widest // 2 - widest :]}"


def _plain(text: str) -> str:
    return text.replace("$", r"\$")
