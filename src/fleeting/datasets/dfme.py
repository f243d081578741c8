"""`dfme`: DFME (Zhao et al. 2024): 7,526 micro-expressions of 656 subjects at 200, 300 and 500 fps.

Source of the layout: public readers: training_full_with_AU.xlsx with Subject, Filename, OnsetFrame, ApexFrame,
OffsetFrame, Emotion; frames train_data/CLIP/00000.png, CLIP such as sub0003_01; test_A_full_with_AU.xlsx and
test_B_full_with_AU.xlsx. The counts, rates and emotions: the paper. Ours: the names of the test sets' folders; that the
action units stand in a column AU, AUs or Action Units; the word others, which no reader was seen to use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .annotation import Annotation
from .annotation_table import Row
from .folders import Folders
from .layout import Found, Layout
from .recorded import Recorded

CLIP = "sub[0-9]*"


class Dfme(Recorded):
    """DFME: 7,526 micro-expressions of 656 subjects: a training set and two test sets, which `layout` tells apart."""

    name = "dfme"
    part = "dfme"
    merge = "dfme"
    spaces: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "native": ("happiness", "anger", "contempt", "disgust", "fear", "sadness", "surprise", "others"),
        "seven": ("happiness", "anger", "contempt", "disgust", "fear", "sadness", "surprise"),
    }
    layouts = (
        Layout("train", ("train_data", "DFME_train"), ("*training_full_with_AU*.xlsx", "*training*.xlsx"), CLIP),
        Layout("test-a", ("test_A", "test_data_A", "DFME_test_A"), ("*test_A_full_with_AU*.xlsx",), CLIP),
        Layout("test-b", ("test_B", "test_data_B", "DFME_test_B"), ("*test_B_full_with_AU*.xlsx",), CLIP),
    )
    parts = True
    columns = ("subject", "filename", "onsetframe", "apexframe", "offsetframe", "emotion")
    fps = None
    access = "https://mea-lab-421.github.io (licence agreement by e-mail)"

    def annotation(self, row: Row, found: Found, folders: Folders) -> Annotation:
        """Clips are called in the table as on disk, whoever their subject is."""
        clip = row.name("filename")
        return Annotation(
            row.name("subject"),
            clip,
            row.text("emotion"),
            folders.find(found.frames, clip),
            row.number("onsetframe"),
            row.number("apexframe"),
            row.number("offsetframe"),
            next((text for column in ("au", "aus", "actionunits") if (text := row.text(column))), ""),
            row.where,
        )
