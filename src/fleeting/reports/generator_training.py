"""The report of a generator's training: losses, mask, response of each action unit, alarms and sample sheets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from ..errors import DatasetError
from ..training.ganimation.alarms import CYCLE, MASK_CLOSED, MASK_OPEN, RESPONSE, Row, alarms
from ..training.ganimation.history import NAME, read_history
from .figures import INK, MUTED, SEED_COLOURS, look, svg
from .json_files import read_json
from .pages import data_uri, write_page

PANELS = (
    ("Critic", "loss", ("critic", "distance", "penalty")),
    ("Action units in the critic's eyes", "mean squared error", ("au_real", "au_fake")),
    ("The way back", "mean absolute error, of -1..1", ("cycle",)),
    ("Mask", "mean, 1 keeps the input", ("mask",)),
)
"""Title, unit and columns of each panel."""
LIMITS = {"cycle": (CYCLE,), "mask": (MASK_OPEN, MASK_CLOSED)}


def write_training_report(run: Path) -> Path:
    """Write run/report.html from the files of a training, finished or not.

    Raises:
        DatasetError: there is no history, or a file is damaged.
    """
    rows = read_history(run / NAME)
    if not rows:
        raise DatasetError(
            f"{run} holds no training of a generator.",
            expected=f"a folder with {NAME}, as `fleeting train-generator` writes it",
            where=str(run.resolve()),
        )
    config = read_json(run / "generator" / "config.json")
    steps = int(config["facts"]["steps"]) if config else int(rows[-1]["step"])
    sheets = sorted((run / "sheets").glob("*.png"))
    shown = [sheets[0], sheets[-1]] if len(sheets) > 1 else sheets
    recipe = run / "recipe.toml"
    return write_page(
        run / "report.html",
        "generator_training.html.j2",
        name=run.resolve().name,
        last=rows[-1],
        steps=steps,
        found=alarms(rows, steps),
        losses=svg(_losses(rows)),
        responses=svg(_responses(rows)),
        response_limit=RESPONSE,
        units=[(name.removeprefix("response_"), rows[0][name], rows[-1][name]) for name in _units(rows)],
        sheets=[(int(path.stem), data_uri("image/png", path.read_bytes())) for path in shown],
        recipe=recipe.read_text(encoding="utf-8") if recipe.is_file() else "",
        config=config,
        environment=read_json(run / "environment.json"),
    )


def _units(rows: Sequence[Row]) -> list[str]:
    return [name for name in rows[0] if name.startswith("response_")]


def _losses(rows: Sequence[Row]) -> Figure:
    steps = [row["step"] for row in rows]
    with look():
        figure = Figure(figsize=(8.2, 4.8), layout="constrained")
        for axes, (title, unit, columns) in zip(figure.subplots(2, 2).flat, PANELS, strict=True):
            for column, colour in zip(columns, SEED_COLOURS, strict=False):
                axes.plot(steps, [row[column] for row in rows], color=colour, linewidth=1.4, label=column)
            for limit in LIMITS.get(columns[0], ()):
                axes.axhline(limit, color=MUTED, linewidth=1, linestyle=":")
            axes.set(title=title, xlabel="step", ylabel=unit)
            axes.grid(axis="y", linewidth=0.7)
            if len(columns) > 1:
                axes.legend(fontsize=8)
    return figure


def _responses(rows: Sequence[Row]) -> Figure:
    steps, names = [row["step"] for row in rows], _units(rows)
    colours = mpl.colormaps["viridis"]
    with look():
        figure = Figure(figsize=(8.2, 3.0), layout="constrained")
        axes = figure.subplots()
        for index, name in enumerate(names):
            label = f"AU{name.removeprefix('response_')}"
            colour = colours(0.9 * index / max(len(names) - 1, 1))
            axes.plot(steps, [row[name] for row in rows], color=colour, linewidth=1.4, label=label)
        axes.axhline(RESPONSE, color=INK, linewidth=1, linestyle=":")
        axes.set(title="Change of the output when a unit goes from 0 to 1", xlabel="step", ylabel="grey levels")
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", linewidth=0.7)
        axes.legend(fontsize=8, ncols=math.ceil(len(names) / 6))
    return figure
