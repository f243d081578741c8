"""`4dme`: the micro-expressions of 4DME (Li et al. 2022), grey video: 267 clips.

Source of the layout: the public reader tvaranka/meb: 4DME_Labelling_Micro_release v1.xlsx with sub_ID, fold_name,
Onset, Apex, Offset, AUs, Emotion and one column for each of the five emotions; frames gray_micro/SUBJECT/CLIP/N.jpg;
the count. The emotions and that a clip can have several: the paper. Ours: a cell other than 0 in an emotion's column
means that the clip has it; 60 fps; how several emotions become one class (see `FourDme`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from .annotation import Annotation
from .annotation_table import Row
from .folders import Folders
from .layout import Found, Layout
from .recorded import Recorded

TABLES = ("4DME_Labelling_Micro_release*.xlsx",)
EMOTIONS = ("positive", "negative", "surprise", "repression", "others")


class FourDme(Recorded):
    """4DME: 267 micro-expressions.

    A clip with several emotions, written "negative+repression", has a class where all of them have the same one, here
    negative. Elsewhere, and in the native space, it has none and is left out (ours: the table names no main emotion).
    """

    name = "4dme"
    part = "4dme"
    merge = "4dme"
    spaces: ClassVar[Mapping[str, tuple[str, ...]]] = {"native": EMOTIONS}
    layouts = (
        Layout("cropped", ("gray_micro_crop",), TABLES),
        Layout("gray", ("gray_micro",), TABLES),
    )
    columns = ("subid", "foldname", "onset", "apex", "offset")
    fps = 60.0
    access = "https://www.oulu.fi/en/university/faculties-and-units (Center for Machine Vision and Signal Analysis)"

    def annotation(self, row: Row, found: Found, folders: Folders) -> Annotation:
        """Subjects and clips are called in the table as on disk."""
        subject, clip = row.name("subid"), row.name("foldname")
        return Annotation(
            subject,
            clip,
            _emotions(row),
            folders.find(found.frames, subject, clip),
            row.number("onset"),
            row.number("apex"),
            row.number("offset"),
            row.text("aus"),
            row.where,
        )

    def _label(self, row: Annotation) -> int | None:
        labels = {super(FourDme, self)._label(replace(row, emotion=word)) for word in row.emotion.split("+")}
        return labels.pop() if len(labels) == 1 else None


def _emotions(row: Row) -> str:
    """The emotions' columns, joined by "+"; where they are empty, the column Emotion."""
    marked = [emotion for emotion in EMOTIONS if row.text(emotion) not in ("", "0")]
    return "+".join(marked or re.findall(r"\w+", row.text("emotion").replace("_", " ").casefold()))
