"""`mmew`: the micro-expressions of MMEW (Ben et al. 2021): 300 of 30 subjects at 90 fps.

Source of the layout: the official description (subject/emotion/clip) and the distributed MMEW_Final (emotion/clip), as
public readers use them; both are read. The macro-expressions are single images of the peak: without an onset they make
no clip and are not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .annotation import Annotation
from .annotation_table import Row
from .folders import Folders
from .layout import Found, Layout
from .recorded import Recorded

TABLES = ("MMEW_Micro_Exp_v2.xlsx", "MMEW_Micro_Exp*.xlsx", "MMEW_Micro_Exp*.csv")


class Mmew(Recorded):
    """MMEW: 300 micro-expressions of 30 subjects, 90 fps."""

    name = "mmew"
    part = "mmew"
    merge = "mmew"
    spaces: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "native": ("happiness", "surprise", "anger", "disgust", "fear", "sadness", "others"),
        "six": ("happiness", "surprise", "anger", "disgust", "fear", "sadness"),
    }
    layouts = (
        Layout("micro", ("Micro_Expression",), TABLES),
        Layout("subjects", ("MMEW*",), TABLES, "S[0-9][0-9]"),
    )
    columns = ("subject", "filename", "onsetframe", "apexframe", "offsetframe", "estimatedemotion")
    fps = 90.0
    access = "http://www.dpailab.com/database.html (licence agreement by e-mail)"

    def annotation(self, row: Row, found: Found, folders: Folders) -> Annotation:
        """A clip is called person-emotion-sample; its folder lies below the emotion, with or without the subject."""
        clip, emotion = row.name("filename"), row.name("estimatedemotion")
        subject = clip.partition("-")[0]
        flat = folders.find(found.frames, emotion.casefold(), clip)
        nested = folders.find(found.frames, subject, emotion.casefold(), clip)
        return Annotation(
            subject,
            clip,
            emotion,
            nested if folders.there(nested) else flat,
            row.number("onsetframe"),
            row.number("apexframe"),
            row.number("offsetframe"),
            row.text("actionunits"),
            row.where,
        )
