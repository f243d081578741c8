"""`casme-squared`, `casme-squared-macro`: the micro- and the macro-expressions of CAS(ME)^2 (Qu et al. 2018), 30 fps.

Source of the layout: public readers. The table has no header; two more of its sheets, the naming rules, lead from its
subject numbers and stimulus names to the folders. These hold a whole video each (rawpic) or one expression
(selectedpic; seen in one reader only).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from ..errors import DatasetError
from .annotation import Annotation, LeftOut, Line
from .annotation_table import Row, lines, read_sheets
from .folders import Folders
from .layout import Found, Layout
from .recorded import Recorded

TABLES = ("CAS(ME)^2code_final*.xlsx", "code_final*.xlsx")
SUBJECT = "s[0-9][0-9]"
RULE = "namingrule"
"""How the sheets' plain names begin that lead from numbers to folders; the first other sheet is the table."""


class CasmeSquared(Recorded):
    """CAS(ME)^2: 57 micro-expressions, 30 fps."""

    name = "casme-squared"
    part = "casme-squared"
    merge = "casme_sq"
    spaces: ClassVar[Mapping[str, tuple[str, ...]]] = {"native": ("negative", "positive", "surprise", "others")}
    layouts = (
        Layout("cropped", ("rawpic_crop",), TABLES, SUBJECT),
        Layout("selected", ("selectedpic",), TABLES, SUBJECT, cut=True),
        Layout("raw", ("rawpic",), TABLES, SUBJECT),
    )
    fps = 30.0
    access = "http://casme.psych.ac.cn/casme/e3 (licence agreement by e-mail)"
    kind: ClassVar[str] = "micro-expression"
    """What the table's type column says of this reader's clips; the others are counted in `left_out`."""

    def annotations(self, found: Found, folders: Folders) -> Iterator[Line]:
        """Zero stands for what was not coded: an apex is then the middle, an offset the apex (as public readers do)."""
        assert found.table is not None
        sheets = read_sheets(found.table)
        subjects = {row.text("2"): row.text("1") for row in _rule(sheets, 1, found)}
        codes = {row.text("1"): row.text("0") for row in _rule(sheets, 2, found)}
        rows = next((rows for name, rows in sheets.items() if not name.startswith(RULE)), [])

        def annotation(row: Row) -> Annotation | LeftOut:
            kind = row.text("7").casefold()
            if kind != self.kind:
                return LeftOut(kind or "no type")
            clip, onset, apex = row.name("1"), row.number("2"), row.number("3") or None
            number = row.number("0")
            subject = subjects.get(str(number), f"s{number}")
            code = codes.get(clip.partition("_")[0], "").zfill(4)
            return Annotation(
                subject,
                clip,
                row.text("6"),
                _folder(found, folders, subject, clip, code),
                onset,
                apex,
                row.number("4") or apex or onset,
                row.text("5"),
                row.where,
            )

        return lines(self.part, rows, ("0", "1", "2", "3", "4", "6", "7"), annotation)


class CasmeSquaredMacro(CasmeSquared):
    """CAS(ME)^2: 300 macro-expressions of the same people."""

    name = "casme-squared-macro"
    kind = "macro-expression"


def _rule(sheets: Mapping[str, list[Row]], number: int, found: Found) -> list[Row]:
    """The sheet called "naming rule1" or "naming rule2"."""
    if f"{RULE}{number}" not in sheets:
        raise DatasetError(
            f"The annotation table has no sheet for naming rule {number}.",
            expected=f"naming rule{number}",
            got=", ".join(sheets),
            where=str(found.table),
        )
    return sheets[f"{RULE}{number}"]


def _folder(found: Found, folders: Folders, subject: str, clip: str, code: str) -> Path:
    """s15/15_0101disgustingteeth: after the code stands a name of the stimulus that the table does not have."""
    if found.layout.name == "selected":
        return folders.find(found.frames, subject, clip)
    person, video = folders.find(found.frames, subject), f"{subject.removeprefix('s')}_{code}"
    inner = folders.inner(person).items() if folders.there(person) else ()
    return next((path for name, path in inner if name.startswith(video)), person / video)
