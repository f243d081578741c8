"""The facts of a sample that travel with its images, whatever the form, and what each of them means."""

from __future__ import annotations

from typing import Any

from ..types import AU_NUMBERS, LABELS
from .source import Kind

ORDER = " ".join(map(str, AU_NUMBERS))
FACTS = {
    "key": "the sample's name",
    "label": ", ".join(f"{index} {name}" for index, name in enumerate(LABELS)),
    "emotion": "the action-unit source's own word",
    "au_source": "micro, macro or expert",
    "identity": "the face; NAME+1, NAME+2 are variations of the portrait NAME",
    "donor_dataset": "the recorded clip that gave the action units, empty where there is none: its data set,",
    "donor_subject": "its subject,",
    "donor_clip": "and its clip",
    "z_onset": f"17 intensities from 0 to 1 at the onset, action units {ORDER}",
    "z_apex": "the same at the apex",
    "sides": "2 x 17: how much of each action unit the left, then the right half of the face shows",
    "seed": "what the generator drew the sample from",
    "generator": "what drew the frames",
    "generator_hash": "sha256 of its tables or weights and options",
}
"""Column -> its meaning; names and order as in the manifest."""
TRACK = "T x 17 intensities, row by row: one row per frame"
PICTURES = {
    "onset": "the frame before the movement",
    "apex": "the frame at its height",
    "frames": "the frames, in the order of time",
    "flow": "28 x 28 image of u, v and optical strain, each stretched to 0..255",
}


def facts(row: dict[str, Any], kind: Kind) -> dict[str, Any]:
    """The facts of a manifest row: `sides` in full, `track` for videos only, numbers to their four places."""
    found = {name: row[name] for name in FACTS}
    found["sides"] = row["sides"] or [1.0] * (2 * len(AU_NUMBERS))
    if kind == "videos":
        found["track"] = row["track"]
    for name, value in found.items():
        if isinstance(value, list):
            found[name] = [round(number, 4) for number in value]
    return found


def meanings(kind: Kind) -> dict[str, str]:
    """Column -> meaning of all columns of a table with images."""
    if kind == "videos":
        return FACTS | {"track": TRACK, "frames": PICTURES["frames"]}
    return FACTS | {name: PICTURES[name] for name in (("flow",) if kind == "flow" else ("onset", "apex"))}
