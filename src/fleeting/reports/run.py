"""The report of a run: one page that somebody who was not there can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ..datasets import open_dataset
from ..errors import DatasetError, FleetingError
from ..evaluation import read_predictions
from ..options import read_toml
from ..seeds import stream
from ..types import LABELS
from .audit import audit_path
from .curves import read_training
from .figures import webp
from .flow_fields import Means, class_means
from .flow_panels import mean_panels
from .honesty import answers, other_notes, warning
from .inspect import pictures
from .json_files import read_json
from .made import describe
from .pages import write_page
from .recognition import confusion_rows, mistakes, stability, subject_plot, subject_words
from .region_map import run_regions
from .samples import select
from .tables import floor_answer, parts_html, subject_line

SAMPLES = 18
"""Samples on the contact sheet."""


def write_report(run: Path, *, data: Sequence[Path] = ()) -> Path:
    """Write run/report.html from the files of the run folder; nothing is trained or scored again.

    Args:
        run: a run folder; only results.json must be there. What else is missing is said on the page.
        data: the synthetic data sets that were trained on, one or one per seed; without any, train.root of the run's
            recipe is looked at.

    Returns:
        The page's path.

    Raises:
        DatasetError: there is no results.json, or a file of the run is damaged.
    """
    results = read_json(run / "results.json")
    if results is None:
        raise DatasetError(
            f"{run} is no run folder: it has no results.json.",
            where=str(run.resolve()),
            cure="name the folder that `fleeting train` or `fleeting evaluate` wrote",
        )
    if not isinstance(results.get("overall"), dict):
        raise DatasetError("results.json has no scores.", expected='a table "overall"', where=str(run / "results.json"))
    recipe = read_toml(run / "recipe.toml") if (run / "recipe.toml").is_file() else {}
    names = tuple(results.get("classes", LABELS))
    training = read_training(run, len(names))
    # Where results.json does not say it: a solved model leaves one row, whatever number of epochs the recipe holds.
    one_row = training is not None and training.curve is None
    solved = bool(results.get("solved", one_row and recipe.get("train", {}).get("epochs") != 1))
    return write_page(
        run / "report.html",
        "run.html.j2",
        name=run.resolve().name,
        names=names,
        floor_answer=floor_answer(results),
        results=results,
        sentence=subject_line(results),
        warning=warning(results),
        parts=Markup(parts_html(results)),
        recipe=(run / "recipe.toml").read_text(encoding="utf-8") if recipe else "",
        command=_command(recipe),
        training=training,
        solved=solved,
        questions=answers(results, recipe.get("train", {}), solved=solved),
        notes=other_notes(results),
        findings=audit_path(run) if (run / "predictions.csv").is_file() else [],
        environment=read_json(run / "environment.json"),
        **_made(recipe, data),
        **_means(recipe, results, data),
        **_recognition(run, results),
        **_regions(run, recipe.get("test", {})),
    )


def _command(recipe: Mapping[str, Any]) -> str:
    return "fleeting train recipe.toml --out AGAIN" if recipe else "fleeting evaluate predictions.csv --out AGAIN"


def _roots(recipe: Mapping[str, Any], data: Sequence[Path]) -> list[Path]:
    root = recipe.get("train", {}).get("root", "")
    return list(data) or ([Path(root)] if root else [])


def _made(recipe: Mapping[str, Any], data: Sequence[Path]) -> dict[str, Any]:
    """What was trained on, or why it cannot be shown."""
    roots = _roots(recipe, data)
    empty: dict[str, Any] = {"made": None, "pictures": None, "holds": None}
    if not roots and recipe.get("train", {}).get("data") == "recorded" and not recipe.get("pretrain", {}).get("epochs"):
        return {**empty, "made_missing": "Nothing: the run learnt from recorded clips alone."}
    if not roots:
        return {**empty, "made_missing": "No synthetic data set was named to this report."}
    try:
        selection = select(roots[0], SAMPLES, stream(0, "report"))
        shown = {
            "made": describe(roots),
            "pictures": pictures(selection, selection.one_per_class()),
            "holds": selection.holds,
        }
    except FleetingError as error:
        return {**empty, "made_missing": f"The data set cannot be shown. {error.problem}"}
    return {**shown, "made_missing": ""}


def _means(recipe: Mapping[str, Any], results: Mapping[str, Any], data: Sequence[Path]) -> dict[str, Any]:
    """Mean flow images of training and test data. Recorded clips appear as class means only, never one by one."""
    features = recipe.get("features", {})
    feature, options = features.get("name") or "flow-image", features.get("options", {})
    columns: list[Means] = []
    missing: list[str] = []
    places = [("trained on", "synthetic", str(root)) for root in _roots(recipe, data)[:1]]
    test = recipe.get("test", {})
    if tuple(results.get("classes", LABELS)) != LABELS:
        return {
            "means": None,
            "means_compared": False,
            "means_missing": ["They are drawn for the three usual classes."],
        }
    if results.get("tested_on", {}).get("recorded"):
        places.append(("tested on", results["tested_on"]["dataset"], test.get("root", "")))
    for title, name, root in places:
        read_with = test.get("dataset_options", {}) if title == "tested on" else {}
        try:
            columns.append(class_means(title, open_dataset(name, root, read_with), feature, options))
        except FleetingError as error:
            missing.append(f"The data that the run was {title} cannot be read: {error.problem}")
    if not places:
        missing.append("No data set was named to this report.")
    return {
        "means": webp(mean_panels(columns)) if columns else None,
        "means_compared": len(columns) == 2,
        "means_missing": missing,
    }


def _regions(run: Path, test: Mapping[str, Any]) -> dict[str, Any]:
    """Which regions of the face the recogniser kept, where it selects any."""
    order = test.get("dataset_options", {}).get("order", "released")
    found = run_regions(run, released=test.get("dataset") == "cdmer-lbptop" and order == "released")
    return {"regions": webp(found[0]), "regions_words": found[1]} if found else {"regions": None}


def _recognition(run: Path, results: Mapping[str, Any]) -> dict[str, Any]:
    confusion, classes = results.get("confusion"), results.get("classes", LABELS)
    found: dict[str, Any] = {
        "confusion": confusion_rows(confusion, classes) if confusion else None,
        "mistakes": mistakes(confusion, classes) if confusion else [],
        "classes": list(results.get("per_class", {}).items()),
        "subjects": None,
        "subjects_words": "",
        "stability": None,
    }
    if (run / "predictions.csv").is_file():
        table = read_predictions(run / "predictions.csv")
        found |= {
            "subjects": subject_plot(table),
            "subjects_words": subject_words(table),
            "stability": stability(table),
        }
    return found
