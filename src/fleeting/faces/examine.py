"""One candidate file to one row and, if it is usable, one aligned crop. Runs in the worker processes."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields
from typing import Any

from ..errors import FaceError
from ..types import Floats, Image
from .detection import detect, one_face
from .geometry import align, crop_frame, store_frame
from .options import FacesOptions
from .quality import Measures, check, measure
from .reading import read_image
from .source import Candidate

COLUMNS = ("identity", "file", "status", "reason", "detail", "licence", *(f.name for f in fields(Measures)), "sha256")
"""Columns of the index; status is "accepted", "rejected" or "unused"; sha256 is that of the stored crop's pixels."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What became of a candidate."""

    row: dict[str, Any]
    """One value per name in COLUMNS, "" where there is none."""
    image: Image | None = None
    """(side, side, 3) uint8 in the store frame; None if rejected."""
    landmarks: Floats | None = None
    """(68, 2) float32 px in `image`; None if rejected."""


def examine(candidate: Candidate, options: FacesOptions) -> Examined:
    """Read, detect, measure, check and cut one candidate; every refusal becomes a row with its reason.

    Raises:
        MissingExtraError: it needs face detection and mediapipe is not installed.
    """
    measures: dict[str, Any] = {}
    try:
        image = read_image(candidate.path, options)
        landmarks = candidate.landmarks
        if landmarks is None:
            landmarks = one_face(detect(image), options.many_faces)
        figures = measure(image, landmarks, crop_frame(options))
        measures = asdict(figures)
        check(figures, image, landmarks, options)
    except FaceError as error:
        detail = "; ".join(
            f"{name} {fact}" for name, fact in (("expected", error.expected), ("got", error.got)) if fact
        )
        return Examined(row(candidate, "rejected", error.problem, detail=detail, **measures))
    cut, points = align(image, landmarks, store_frame(options))
    digest = hashlib.sha256(cut.tobytes()).hexdigest()
    return Examined(row(candidate, "accepted", sha256=digest, **measures), cut, points)


def row(candidate: Candidate, status: str, reason: str = "", **values: Any) -> dict[str, Any]:
    """An index row for `candidate`; figures are rounded to five digits."""
    known = {"identity": candidate.identity, "file": candidate.file, "licence": candidate.licence}
    rounded = {name: float(f"{value:.5g}") if isinstance(value, float) else value for name, value in values.items()}
    return dict.fromkeys(COLUMNS, "") | known | {"status": status, "reason": reason} | rounded
