"""The rows of measurements.csv as what one wants to know of a generator, with intervals over faces."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from ...seeds import stream
from .doses import DOSES

MICRO, FULL = 0.2, 1.0
"""The doses that stand in tables: the middle of what micro-expressions show, and the strongest there is."""
RISES = 0.8
"""Spearman correlation from which a unit counts as following its dose."""
NO_MOTION = 5e-4
"""IOD: a displacement below counts as none in ranks (.03 px at 64 px between the eyes)."""
RESAMPLES = 1000
AT_DOSES = ("leakage", "identity", "artefacts", "artefacts_outside", "saturation", "mask")

Values = npt.NDArray[np.float64]


def summarise(rows: pd.DataFrame, seed: int) -> dict[str, Any]:
    """All figures of one generator.

    Args:
        rows: the columns of doses.COLUMNS, one generator.
        seed: of the resampling of faces.

    Returns:
        {"action_units": {number: figures}, "overall": figures}. Means over faces; "..._interval" is the 95 % interval
        over faces (percentile bootstrap), None for one face; "curve" and "motion_curve" have one value per dose.
    """
    faces = rows["face"].nunique()
    drawn = stream(seed, "faces").integers(faces, size=(RESAMPLES, faces)) if faces > 1 else None
    units = {str(au): _unit(group, drawn) for au, group in rows.groupby("au", sort=False)}
    return {"action_units": units, "overall": _overall(list(units.values()))}


def spearman(motion: Values) -> Values:
    """(faces,) rank correlation of the motion (faces, doses) with the dose; 0 where nothing ever moves."""
    ranks = rankdata(np.where(np.abs(motion) < NO_MOTION, 0, motion), axis=1)
    doses = np.arange(len(DOSES)) - (len(DOSES) - 1) / 2
    ranks -= ranks.mean(1, keepdims=True)
    scale = np.sqrt((ranks**2).sum(1) * (doses**2).sum())
    correlation: Values = (ranks @ doses) / np.where(scale > 0, scale, 1)
    return correlation


def slope(motion: Values) -> Values:
    """(faces,) least-squares slope of the motion (faces, doses), IOD per unit of intensity."""
    doses = np.array(DOSES) - np.mean(DOSES)
    rise: Values = (motion @ doses) / float((doses**2).sum())
    return rise


def _unit(rows: pd.DataFrame, drawn: npt.NDArray[np.int64] | None) -> dict[str, Any]:
    displacement, motion = (_by_face(rows, name) for name in ("displacement", "region_motion"))
    figures: dict[str, Any] = {}
    moved = ~np.isnan(displacement).any(1)  # a face whose landmarks lie outside the image cannot tell
    figures["faces"] = int(moved.sum())
    for name, values in (
        ("spearman", spearman(displacement)),
        ("spearman_motion", spearman(motion)),
        ("slope", slope(displacement)),
        *((f"displacement_{_text(dose)}", displacement[:, DOSES.index(dose)]) for dose in (MICRO, FULL)),
        *((f"motion_{_text(dose)}", motion[:, DOSES.index(dose)]) for dose in (MICRO, FULL)),
    ):
        known = np.where(moved | ("motion" in name), values, np.nan)
        figures[name] = _mean(known)
        figures[f"{name}_interval"] = _interval(known, drawn)
    for name in AT_DOSES:
        values = _by_face(rows, name)
        figures |= {f"{name}_{_text(dose)}": _mean(values[:, DOSES.index(dose)]) for dose in (0.0, MICRO, FULL)}
    figures["curve"] = [_mean(column) for column in displacement.T]
    figures["curve_interval"] = [_interval(column, drawn) for column in displacement.T]
    figures["motion_curve"] = [_mean(column) for column in motion.T]
    return figures


def _overall(units: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Means over the units; a unit without a figure does not count."""
    names = [name for name, value in units[0].items() if not name.endswith(("interval", "curve", "faces"))]
    means = {name: _mean(np.array([_number(unit[name]) for unit in units])) for name in names}
    rising = [unit for unit in units if unit["spearman"] is not None and unit["spearman"] >= RISES]
    return {**means, "units": len(units), "following": len(rising)}


def _by_face(rows: pd.DataFrame, name: str) -> Values:
    """(faces, doses), NaN where it could not be told."""
    table = rows.set_index(["face", "dose"])[name].astype(float).unstack("dose")
    return table[list(DOSES)].to_numpy(np.float64)


def _mean(values: Values) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else None


def _interval(values: Values, drawn: npt.NDArray[np.int64] | None) -> list[float] | None:
    if drawn is None or (~np.isnan(values)).sum() < 2:
        return None
    picked = values[drawn]
    known = (~np.isnan(picked)).sum(1)
    means = np.nansum(picked, 1)[known > 0] / known[known > 0]
    return [float(end) for end in np.percentile(means, (2.5, 97.5))]


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _text(dose: float) -> str:
    return f"at_{dose:g}"
