"""`casme3-a` and `casme3-c`: the labelled parts of CAS(ME)^3 (Li et al. 2023), 30 fps.

Source of the layouts: public readers. Part A: one folder per expression (Part_A_ME_clip), or per subject and video
letter (ME_A), where one reader has the second and later expressions of a video in folders a2, a3; the second table
release, the first one had wrong labels. Part C: one folder per expression (ME_C) or per subject (RGB_Depth/part_C).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from .annotation import Annotation, Line
from .annotation_table import Row, lines, read_rows
from .folders import Folders
from .layout import Found, Layout
from .recorded import Recorded
from .subjects import subject_name

TABLES_A = ("cas(me)3_part_A_ME_label_JpgIndex_v2*.xls*",)
TABLES_C = ("CAS(ME)3_part_C_ME*.xlsx",)


class Casme3A(Recorded):
    """CAS(ME)^3 part A: 860 micro-expressions while watching videos, 30 fps."""

    name = "casme3-a"
    part = "casme3-a"
    merge = "casme3_partA"
    spaces: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "native": ("happy", "surprise", "sad", "disgust", "fear", "anger", "others"),
        "six": ("happy", "surprise", "sad", "disgust", "fear", "anger"),
    }
    layouts = (
        Layout("clips", ("Part_A_ME_clip/frame",), TABLES_A, "spNO.*", cut=True),
        Layout("cropped", ("ME_A_cropped",), TABLES_A, "spNO.*"),
        Layout("selected", ("ME_A",), TABLES_A, "spNO.*"),
    )
    columns = ("subject", "filename", "onset", "apex", "offset", "emotion")
    ignored = frozenset({"depth"})
    fps = 30.0
    access = "http://casme.psych.ac.cn/casme/e4 (licence agreement by e-mail)"

    def annotations(self, found: Found, folders: Folders) -> Iterator[Line]:
        """A video can hold several expressions: the clip is called LETTER_ONSET, as in Part_A_ME_clip."""
        assert found.table is not None
        seen = Counter[tuple[str, str]]()

        def annotation(row: Row) -> Annotation:
            subject, letter = row.name("subject"), row.name("filename")
            seen[subject, letter] += 1
            return Annotation(
                subject,
                f"{letter}_{row.number('onset')}",
                row.text("emotion"),
                _folder_a(found, folders, row, seen[subject, letter]),
                row.number("onset"),
                row.number("apex"),
                row.number("offset"),
                row.text("au"),
                row.where,
            )

        return lines(self.part, read_rows(found.table, self.columns), self.columns, annotation)


class Casme3C(Recorded):
    """CAS(ME)^3 part C: 165 micro-expressions in a mock crime, 30 fps; no apex is annotated."""

    name = "casme3-c"
    part = "casme3-c"
    merge = "casme3_partC"
    spaces: ClassVar[Mapping[str, tuple[str, ...]]] = {"native": ("negative", "positive", "surprise", "others")}
    layouts = (
        Layout("cropped", ("ME_C_cropped",), TABLES_C, "[0-9][0-9]"),
        Layout("selected", ("ME_C",), TABLES_C, "[0-9][0-9]"),
        Layout("raw", ("part_C/part_C", "RGB_Depth/part_C"), TABLES_C, "[0-9][0-9]"),
    )
    columns = ("sub", "count", "onset", "offset", "emotion")
    ignored = Casme3A.ignored
    fps = 30.0
    access = Casme3A.access

    def annotation(self, row: Row, found: Found, folders: Folders) -> Annotation:
        """Subjects stand in the table as numbers and on disk as 01; a subject's only video is called a."""
        subject, clip = subject_name(self.part, row.text("sub")), row.name("count")
        return Annotation(
            subject,
            clip,
            row.text("emotion"),
            folders.find(found.frames, subject, "a" if found.layout.name == "raw" else clip, "color"),
            row.number("onset"),
            None,
            row.number("offset"),
            row.text("au"),
            row.where,
        )


def _folder_a(found: Found, folders: Folders, row: Row, nth: int) -> Path:
    """Where the `nth` expression of a video lies."""
    subject, letter = row.text("subject"), row.text("filename")
    if found.layout.name == "clips":
        return folders.find(found.frames, f"{subject}_{letter}_{row.number('onset')}")
    own = folders.find(found.frames, subject, f"{letter}{nth}")
    return folders.find(own if nth > 1 and folders.there(own) else folders.find(found.frames, subject, letter), "color")
