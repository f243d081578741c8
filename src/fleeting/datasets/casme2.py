"""`casme2`: CASME II (Yan et al. 2014): 255 micro-expressions of 26 subjects at 200 fps.

Source of the layout: the official release; specs of the field's public readers. The composite of MEGC2019 takes 145 of
its clips: open `compmie` for those.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .annotation import Annotation
from .annotation_table import Row
from .folders import Folders
from .layout import Found, Layout
from .recorded import Recorded
from .subjects import subject_name

TABLES = ("CASME2-coding-*.xlsx", "CASME2*.xls*", "CASME2*.csv")


class Casme2(Recorded):
    """CASME II: 255 micro-expressions of 26 subjects, 200 fps."""

    name = "casme2"
    part = "casme2"
    merge = "casme2"
    spaces: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "native": ("happiness", "surprise", "disgust", "repression", "others", "sadness", "fear"),
        "five": ("happiness", "surprise", "disgust", "repression", "others"),
    }
    merges: ClassVar[Mapping[str, Mapping[str, int]]] = {
        "cdmer": {"disgust": 0, "sadness": 0, "fear": 0, "happiness": 1, "surprise": 2}
    }
    layouts = (
        Layout("cropped", ("Cropped",), TABLES, "sub*", cut=True),
        Layout("selected", ("CASME2_RAW_selected",), TABLES, "sub*", cut=True),
        Layout("raw", ("CASME2-RAW", "CASME2_RAW"), TABLES, "sub*"),
    )
    columns = ("subject", "filename", "onsetframe", "apexframe", "offsetframe", "estimatedemotion")
    fps = 200.0
    access = "http://casme.psych.ac.cn (licence agreement by e-mail)"

    def annotation(self, row: Row, found: Found, folders: Folders) -> Annotation:
        """Subjects stand in the table as numbers and on disk as sub01."""
        subject = subject_name(self.part, row.text("subject"))
        clip = row.name("filename")
        return Annotation(
            subject,
            clip,
            row.text("estimatedemotion"),
            folders.find(found.frames, subject, clip),
            row.number("onsetframe"),
            row.number("apexframe"),
            row.number("offsetframe"),
            row.text("actionunits"),
            row.where,
        )
