"""`smic-hs`, `smic-vis`, `smic-nir`, `smic-long`: SMIC (Li et al. 2013), one reader per camera and the long HS clips.

The folders say everything: no table, no apex. A clip's folder runs from onset to offset; the middle frame stands in for
the apex. All four show the same people under the same numbers. Source of the layout: the official release, as public
readers use it; that VIS and NIR are laid out like HS is an inference of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from ..evaluation.protocols.loso import COMPOSITE
from ..types import LABELS
from .annotation import Annotation, Fault
from .annotation_table import Row
from .composite_list import SMIC_CLIP, official_labels, smic_clip
from .folders import Folders
from .layout import Found, Layout
from .recorded import Recorded
from .subjects import subject_name

SUBJECT = "s[0-9]*"
PERSON = re.compile(r"s\d+")

EMOTIONS = {"ne": "negative", "po": "positive", "sur": "surprise"}
SPACES: Mapping[str, tuple[str, ...]] = {"native": ("negative", "positive", "surprise")}
ACCESS = "https://www.oulu.fi/cmvs/node/41319 (licence agreement by e-mail; the address has moved before)"


class SmicHs(Recorded):
    """SMIC HS: 164 clips of 16 subjects, 100 fps; the SMIC of the MEGC2019 composite."""

    name = "smic-hs"
    part = "smic"
    merge = "smic"
    spaces = SPACES
    layouts: ClassVar[tuple[Layout, ...]] = (
        Layout("cropped", ("SMIC_all_cropped/HS", "SMIC_cropped/HS", "SMIC_cropped"), inside=SUBJECT, cut=True),
        Layout("raw", ("SMIC_all_raw/HS", "SMIC/HS"), inside=SUBJECT, cut=True),
    )
    ignored = frozenset({"non_micro", "non-micro"})
    fps = 100.0
    access = ACCESS

    def annotations(self, found: Found, folders: Folders) -> Iterator[Annotation | Fault]:
        """Every clip folder, and for HS every clip of the composite's list that has none: it holds all 164."""
        there = list(self._walk(found.frames, found.frames, folders))
        clips = sorted((line for line in there if isinstance(line, Annotation)), key=lambda row: row.clip)
        yield from clips
        yield from (line for line in there if isinstance(line, Fault))
        known = {f"{self.part}/{row.subject}/{row.clip}" for row in clips} | {
            line.clip for line in there if isinstance(line, Fault)
        }
        for key, label in official_labels().items() if self.part in COMPOSITE else ():
            part, subject, clip = key.split("/")
            if part == self.part and key not in known:
                plain = f"s{int(subject[1:])}"
                place = found.frames / plain / "micro" / LABELS[label] / clip.replace(subject, plain, 1)
                yield Annotation(subject, clip, LABELS[label], place, where="the list of MEGC2019")

    def _walk(self, folder: Path, base: Path, folders: Folders) -> Iterator[Annotation | Fault]:
        """sN/micro/EMOTION/sN_ne_NN, or sN/EMOTION/sN_ne_NN as in re-arranged copies; all else is a fault."""
        try:
            inner = folders.inner(folder)
        except OSError as error:
            yield Fault("unreadable", self._key(folder, base), str(error.strerror), str(folder))
            return
        for name, path in inner.items():
            if SMIC_CLIP.fullmatch(name):
                yield self._clip(path, base)
            elif name == "micro" or name in SPACES["native"] or PERSON.fullmatch(name):
                yield from self._walk(path, base, folders)
            elif name not in self.ignored:
                yield Fault("unknown", self._key(path, base), "no folder of SMIC has this name", str(path))

    def _clip(self, folder: Path, base: Path) -> Annotation | Fault:
        where, clip = folder.relative_to(base), smic_clip(folder.name)
        subject, emotion = clip.split("_")[0], EMOTIONS[clip.split("_")[1]]
        people = [subject_name(self.part, part) for part in where.parts if PERSON.fullmatch(part.casefold())]
        if people != [subject] or folder.parent.name.casefold() != emotion:
            problem = f"its name says {subject} and {emotion}, its place {where.parent}"
            return Fault("unknown", f"{self.part}/{subject}/{clip}", problem, str(folder))
        return Annotation(subject, clip, emotion, folder, where=str(where))

    def _key(self, folder: Path, base: Path) -> str:
        return f"{self.part}/{folder.relative_to(base)}"


class SmicVis(SmicHs):
    """SMIC VIS: 71 clips of 8 of the subjects, 25 fps, colour."""

    name = "smic-vis"
    part = "smic-vis"
    layouts: ClassVar[tuple[Layout, ...]] = (
        Layout("cropped", ("SMIC_all_cropped/VIS",), inside=SUBJECT, cut=True),
        Layout("raw", ("SMIC_all_raw/VIS", "SMIC/VIS"), inside=SUBJECT, cut=True),
    )
    fps = 25.0


class SmicNir(SmicHs):
    """SMIC NIR: 71 clips of 8 of the subjects, 25 fps, near infra-red."""

    name = "smic-nir"
    part = "smic-nir"
    layouts: ClassVar[tuple[Layout, ...]] = (
        Layout("cropped", ("SMIC_all_cropped/NIR",), inside=SUBJECT, cut=True),
        Layout("raw", ("SMIC_all_raw/NIR", "SMIC/NIR"), inside=SUBJECT, cut=True),
    )
    fps = 25.0


class SmicLong(Recorded):
    """SMIC-E HS long: 157 clips with the frames around them; a table says where onset and offset are."""

    name = "smic-long"
    part = "smic-long"
    merge = "smic"
    spaces = SPACES
    layouts = (
        Layout(
            "long",
            ("SMIC-HS-E", "SMIC_HS_E", "SMIC-HS-E/HS"),
            ("SMIC-HS-E_annotation_2019.xlsx", "SMIC-HS-E_annotation.xlsx", "SMIC-HS-E_annotation*.xls*"),
            SUBJECT,
        ),
    )
    columns = ("subject", "filename", "onsetf", "offsetf", "emotion")
    fps = 100.0
    access = ACCESS

    def annotation(self, row: Row, found: Found, folders: Folders) -> Annotation:
        """The 2019 table has an apex; the other one has none."""
        name = row.name("filename")
        clip = smic_clip(name)
        subject = subject_name(self.part, clip.partition("_")[0])
        return Annotation(
            subject,
            clip,
            _emotion(row, clip),
            _folder(found.frames, folders, subject, name, clip),
            row.number("onsetf"),
            row.number("apexf"),
            row.number("offsetf"),
            where=row.where,
        )


def _emotion(row: Row, clip: str) -> str:
    """The table's word, spelled out; where the cell is empty the one that the clip's name holds."""
    word = row.text("emotion").casefold() or "".join(clip.split("_")[1:2])
    return EMOTIONS.get(word, word)


def _folder(base: Path, folders: Folders, subject: str, *names: str) -> Path:
    """The clip's folder, whether the copy pads the numbers or not."""
    places = [folders.find(base, person, name) for person in (subject, f"s{int(subject[1:])}") for name in names]
    return next((place for place in places if folders.there(place)), places[0])
