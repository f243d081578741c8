"""`casme2`: CASME II (Yan et al. 2014): 255 micro-expressions of 26 subjects at 200 fps.

Source of the layout: the official release; specs of the field's public readers. The composite of MEGC2019 takes 145 of
its clips: open `compmie` for those.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .layout import Layout
from .recorded import Recorded

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
