"""`samm`: SAMM (Davison et al. 2018): 159 micro-expressions at 200 fps, grey.

Its table has 13 rows of preface before the header. Frame numbers are padded to four digits in some clips and to five in
others, so that they are read as numbers. Source of the layout: the official release, as public readers use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .layout import Layout
from .recorded import Recorded

TABLES = ("SAMM_Micro_FACS_Codes_v2.xlsx", "SAMM*Micro_FACS_Codes*.xls*", "SAMM*Micro_FACS_Codes*.csv")
SUBJECT = "[0-9][0-9][0-9]"


class Samm(Recorded):
    """SAMM: 159 micro-expressions, 200 fps."""

    name = "samm"
    part = "samm"
    merge = "samm"
    spaces: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "native": ("Anger", "Contempt", "Disgust", "Fear", "Happiness", "Sadness", "Surprise", "Other"),
        "five": ("Anger", "Happiness", "Surprise", "Fear", "Disgust"),
        "five-other": ("Anger", "Contempt", "Happiness", "Surprise", "Other"),
    }
    layouts = (
        Layout("cropped", ("SAMM_CROP", "SAMM_Cropped"), TABLES, SUBJECT),
        Layout("raw", ("SAMM", "SAMM_RAW"), TABLES, SUBJECT),
    )
    columns = ("subject", "filename", "onsetframe", "apexframe", "offsetframe", "estimatedemotion")
    fps = 200.0
    access = "https://helward.mmu.ac.uk/STAFF/M.Yap/dataset.php (licence agreement by e-mail)"
