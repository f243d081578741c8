"""The page of `fleeting measure-generator`: several generators side by side, from results.json alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..errors import DatasetError
from ..types import Image
from .generator_curves import dose_curves, example_frames, leakage_plot, shortened, statistics_plot
from .json_files import read_json
from .pages import write_page
from .tables import aligned, decimal, wrap
from .text_tables import TextTable

RESULTS, PAGE = "results.json", "report.html"
NOTHING = "-"
LABEL = 30
"""Letters of a generator's label in the terminal."""
KEY = (
    "follow: units whose motion rises with the intensity asked for; r: mean rank correlation with it; IOD: motion "
    "along the unit's direction, % of the eye distance; leak: share of motion energy outside its regions; same: "
    "likeness to the face given; strange: pixels that motion does not explain, at rest and at 1; form: Fréchet "
    "distance from recorded flow."
)
"""What the columns of the summary mean, for the terminal."""
Figures = Mapping[str, Any]


def write_generator_report(folder: Path) -> list[str]:
    """Write report.html beside results.json.

    Args:
        folder: where `measure_generators` left its files.

    Returns:
        The summary for the terminal, line by line.

    Raises:
        DatasetError: there is no results.json, or it is not one of measure-generator.
    """
    results = _read(folder / RESULTS)
    table = summary_table(results)
    write_page(
        folder / PAGE,
        "generator.html.j2",
        results=results,
        summary=table,
        units=[units_table(label, figures) for label, figures in results["generators"].items()],
        form=form_table(results),
        curves=dose_curves(results),
        leakage=leakage_plot(results),
        statistics=statistics_plot(results),
        frames=example_frames(_sheets(folder, results), results),
        notes=notes(results),
    )
    masks = [] if any(row[table.head.index("mask")] != NOTHING for row in table.rows) else ["mask"]
    shown = table.without("leak .2", *masks)
    lines = aligned([shown.head, *([shortened(name, LABEL), *cells] for name, *cells in shown.rows)])
    return [
        *lines,
        "",
        *wrap(KEY),
        *(line for note in notes(results) for line in wrap(note)),
        f"report: {folder / PAGE}",
    ]


def summary_table(results: Figures) -> TextTable:
    """A row per generator: means over the action units."""
    rows = []
    for label, figures in results["generators"].items():
        overall = figures["overall"]
        rows.append(
            [
                label,
                f"{overall['following']} of {overall['units']}",
                _two(overall["spearman"]),
                _iod(overall["displacement_at_0.2"]),
                _iod(overall["displacement_at_1"]),
                _percent(overall["leakage_at_0.2"]),
                _percent(overall["leakage_at_1"]),
                decimal(overall["identity_at_1"]),
                _fine(overall["artefacts_at_0"]),
                _fine(overall["artefacts_at_1"]),
                _fine(overall["saturation_at_1"]),
                _two(overall["mask_at_1"]),
                _two((figures["realism"] or {}).get("frechet")),
            ]
        )
    head = ["generator", "follow", "r", "IOD .2", "IOD 1", "leak .2", "leak 1", "same"]
    looks = ["strange 0", "strange 1", "clipped", "mask", "form"]
    return TextTable("summary", "Side by side", [*head, *looks], rows, frozenset({"generator"}))


def units_table(label: str, figures: Figures) -> TextTable:
    """A row per action unit of one generator."""
    rows = [
        [
            f"AU{number}",
            _two(unit["spearman"]),
            _ends(unit["spearman_interval"], _two),
            _iod(unit["slope"]),
            _ends(unit["slope_interval"], _iod),
            _iod(unit["displacement_at_0.2"]),
            _iod(unit["displacement_at_1"]),
            _iod(unit["motion_at_0.2"]),
            _iod(unit["motion_at_1"]),
            _percent(unit["leakage_at_0.2"]),
            _percent(unit["leakage_at_1"]),
            decimal(unit["identity_at_1"]),
            _fine(unit["artefacts_at_1"]),
            _fine(unit["artefacts_outside_at_1"]),
            _fine(unit["saturation_at_1"]),
        ]
        for number, unit in figures["action_units"].items()
    ]
    head = ["unit", "r", "95 %", "slope", "95 %", "IOD .2", "IOD 1", "region .2", "region 1", "leak .2", "leak 1"]
    return TextTable(label, label, [*head, "same", "strange 1", "outside", "clipped"], rows, frozenset({"unit"}))


def form_table(results: Figures) -> TextTable | None:
    """A row per generator and one for the recorded data sets among each other; None without expressions."""
    realisms = {label: item["realism"] for label, item in results["generators"].items() if item["realism"]}
    if not realisms:
        return None
    rows = [
        [label, f"{item['samples']:,}", f"{item['flat']:,}", _iod(item["motion"])]
        + [_two(item[name]) for name in ("ks", "wasserstein", "frechet")]
        for label, item in realisms.items()
    ]
    recorded = results["recorded"]
    if recorded["clips"]:
        parts = " against ".join(recorded["parts"])
        rows.append([f"recorded: {parts}", f"{recorded['clips']:,}", "0", NOTHING])
        rows[-1] += [_two(recorded["ks"]), NOTHING, _two(recorded["frechet"])]
        rows.append(["recorded: two halves by chance", f"{recorded['clips']:,}", "0", NOTHING, NOTHING, NOTHING])
        rows[-1].append(_two(recorded["frechet_halves"]))
    head = ["expressions of", "samples", "flat", "motion", "KS", "Wasserstein", "Fréchet"]
    return TextTable("form", "Against recorded clips", head, rows, frozenset({head[0]}))


def notes(results: Figures) -> list[str]:
    """What the reader must know, only what applies."""
    faces, recorded = results["faces"], results["recorded"]
    found = [
        f"Means over {len(results['action_units'])} action units and {faces['faces']} faces "
        f"({faces['source']}, made of {faces['images']} images, {faces['width']} x {faces['height']} px). "
        "Motion in % of the distance between the eyes (IOD)."
    ]
    for label, figures in results["generators"].items():
        if not figures["nuisance"]:
            found.append(f"{label} has no nuisance to switch off: its dose curves hold whatever it adds by itself.")
    if recorded["absent"]:
        found.append(f"Not set against recorded clips: {recorded['absent']}")
    if faces["faces"] == 1:
        found.append("One face gives no intervals.")
    return found


def _read(path: Path) -> dict[str, Any]:
    results = read_json(path)
    if results is None:
        raise DatasetError("There are no measurements to report.", where=str(path))
    if "generators" not in results:
        raise DatasetError("The results are not of measure-generator.", expected='"generators"', where=str(path))
    return results


def _sheets(folder: Path, results: Figures) -> dict[str, Image]:
    """The example sheets that are still there, by generator, (lines, columns, 3) uint8 RGB."""
    found = {}
    for label, figures in results["generators"].items():
        path = folder / figures["examples"]
        if path.is_file():
            found[label] = np.asarray(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB), np.uint8)
    return found


def _two(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}"


def _iod(value: float | None) -> str:
    """A length in IOD as a percentage of it."""
    return NOTHING if value is None else f"{100 * value:.2f}"


def _percent(value: float | None) -> str:
    return NOTHING if value is None else f"{100 * value:.0f} %"


def _fine(value: float | None) -> str:
    return NOTHING if value is None else f"{100 * value:.2f} %"


def _ends(interval: Sequence[float] | None, text: Any) -> str:
    return NOTHING if interval is None else f"{text(interval[0])} to {text(interval[1])}"
