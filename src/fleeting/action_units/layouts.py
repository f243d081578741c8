"""How OpenFace, py-feat and LibreFace name their action-unit columns, and on what scale the values are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..errors import ActionUnitError
from ..types import AU_NUMBERS
from .csv_files import shorten

TableFormat = Literal["auto", "openface", "pyfeat", "libreface"]

OPENFACE_TOP = 5.0
"""FACS E; OpenFace and LibreFace intensities run from 0 to 5."""

# p_rx, p_ry and p_rz of OpenFace's shape block contain "_r" too, so the whole name must match.
_OPENFACE = re.compile(r"AU([0-9]{2})_r")
_OPENFACE_PRESENCE = re.compile(r"AU([0-9]{2})_c")
_PYFEAT = re.compile(r"AU([0-9]{2})")
# One spelling per number: au_1 and au_01 in one table would be two columns of one action unit.
_LIBREFACE = re.compile(r"au_([1-9][0-9]?)_intensity")
_LIBREFACE_DETECTION = re.compile(r"au_([1-9][0-9]?)")


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns of one table hold what."""

    format: Literal["openface", "pyfeat", "libreface"]
    columns: dict[int, str]
    """AU number -> column, numbers of types.AU_NUMBERS only."""
    tops: dict[int, float]
    """AU number -> the column's value that becomes 1.0."""
    proxies: dict[int, str]
    """AU number -> column that stands in for it."""
    ignored: tuple[str, ...]
    """Action-unit columns outside the 17."""
    frame: str | None
    confidence: str | None
    success: str | None

    @property
    def missing(self) -> tuple[int, ...]:
        """The AUs that the table does not have."""
        return tuple(number for number in AU_NUMBERS if number not in self.columns)


def recognise(names: Sequence[str], wanted: TableFormat, detection_intensity: float, where: str) -> Layout:
    """Find out which extractor wrote a table and where its action units are.

    Args:
        names: the column names, stripped.
        wanted: the format that the user named, or "auto".
        detection_intensity: 0..1; the value of a LibreFace AU that is only detected, not graded (ours).
        where: the file, for the error text.

    Raises:
        ActionUnitError: no format fits, several do, or another one than `wanted`.
    """
    found = {
        "openface": _matches(_OPENFACE, names),
        "pyfeat": _matches(_PYFEAT, names),
        "libreface": _matches(_LIBREFACE, names),
    }
    fitting = [name for name, columns in found.items() if set(columns) & set(AU_NUMBERS)]
    if wanted != "auto" and wanted in fitting:
        fitting = [wanted]
    if len(fitting) != 1 or wanted not in ("auto", fitting[0]):
        raise _not_recognised(names, wanted, fitting, where)
    if fitting[0] == "openface":
        return _openface(names, found["openface"])
    if fitting[0] == "pyfeat":
        return _pyfeat(names, found["pyfeat"])
    return _libreface(names, found["libreface"], detection_intensity)


def _openface(names: Sequence[str], columns: dict[int, str]) -> Layout:
    kept, ignored = _split(columns)
    return Layout(
        format="openface",
        columns=kept,
        tops=dict.fromkeys(kept, OPENFACE_TOP),
        proxies={},
        ignored=ignored,
        frame=_first(names, "frame"),
        confidence=_first(names, "confidence"),
        success=_first(names, "success"),
    )


def _pyfeat(names: Sequence[str], columns: dict[int, str]) -> Layout:
    proxies = {45: columns[43]} if 43 in columns and 45 not in columns else {}
    kept, ignored = _split({**columns, **proxies})
    return Layout(
        format="pyfeat",
        columns=kept,
        tops=dict.fromkeys(kept, 1.0),
        proxies=proxies,
        ignored=tuple(name for name in ignored if name not in proxies.values()),
        frame=_first(names, "frame", "frame_idx"),
        confidence=_first(names, "FaceScore"),
        success=None,
    )


def _libreface(names: Sequence[str], intensities: dict[int, str], detection_intensity: float) -> Layout:
    detections = {n: name for n, name in _matches(_LIBREFACE_DETECTION, names).items() if n not in intensities}
    kept, ignored = _split({**detections, **intensities})
    tops = {n: OPENFACE_TOP if n in intensities else 1 / detection_intensity for n in kept}
    return Layout(
        format="libreface",
        columns=kept,
        tops=tops,
        proxies={n: name for n, name in detections.items() if n in kept},
        ignored=ignored,
        frame=_first(names, "frame_idx", "frame"),
        confidence=None,
        success=None,
    )


def _matches(pattern: re.Pattern[str], names: Sequence[str]) -> dict[int, str]:
    return {int(match[1]): name for name in names if (match := pattern.fullmatch(name))}


def _split(columns: dict[int, str]) -> tuple[dict[int, str], tuple[str, ...]]:
    kept = {number: columns[number] for number in AU_NUMBERS if number in columns}
    return kept, tuple(name for number, name in columns.items() if number not in kept)


def _first(names: Sequence[str], *candidates: str) -> str | None:
    return next((name for name in candidates if name in names), None)


def _not_recognised(names: Sequence[str], wanted: str, fitting: list[str], where: str) -> ActionUnitError:
    expected = "OpenFace (AU01_r), py-feat (AU01) or LibreFace (au_1_intensity) columns"
    cure = "give an action-unit table written by one of the three"
    if len(fitting) > 1:
        problem, cure = "The columns fit several formats.", f"say which: format = one of {', '.join(fitting)}"
    elif fitting:
        problem, cure = f"This is a {fitting[0]} table, not {wanted}.", f'use format = "{fitting[0]}" or "auto"'
    elif _matches(_OPENFACE_PRESENCE, names):
        problem, cure = "The table has AU presence (_c) but no intensity (_r).", "run OpenFace with -aus again"
    else:
        problem = "No action-unit column was recognised."
    return ActionUnitError(problem, expected=expected, got=shorten(names), where=where, cure=cure)
