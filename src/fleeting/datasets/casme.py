"""`casme`: CASME (Yan et al. 2013): 189 coded micro-expressions at 60 fps (the paper counts 195).

Source of the layout: the public reader tvaranka/meb: folders CASME_raw_selected and CASME_cropped_selected, subNN/CLIP/
CLIP-N.jpg (reg_CLIP-N.jpg where cropped; the first subjects' numbers are not padded, the later ones' to three digits),
columns OnsetF, ApexF1, ApexF2, OffsetF, AU, Emotion, and the count. Ours: the table's file name (meb renames it to
casme.xlsx), and that ApexF1 is the apex.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .layout import Layout
from .recorded import Recorded

TABLES = ("casme.xls*", "CASME[-_ ]*.xls*")
SUBJECT = "sub[0-9][0-9]"


class Casme(Recorded):
    """CASME: 189 micro-expressions, 60 fps."""

    name = "casme"
    part = "casme"
    merge = "casme"
    spaces: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "native": ("tense", "disgust", "repression", "surprise", "happiness", "sadness", "fear", "contempt"),
    }
    layouts = (
        Layout("cropped", ("CASME_cropped_selected", "CASME/Cropped"), TABLES, SUBJECT, cut=True),
        Layout("selected", ("CASME_raw_selected",), TABLES, SUBJECT, cut=True),
    )
    columns = ("subject", "filename", "onsetf", "apexf1", "offsetf", "emotion")
    units = "au"
    fps = 60.0
    access = "http://casme.psych.ac.cn/casme/e1 (licence agreement by e-mail)"
