"""`ck-plus`: CK+ (Lucey et al. 2010): 593 posed macro-expressions of 123 subjects, 327 of them labelled.

Source of the layout: the official release, as public readers use it: cohn-kanade-images, Emotion and FACS, each
SUBJECT/SEQUENCE. A sequence runs from neutral to the peak: its first frame is the onset, its last the apex.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from ..errors import DatasetError
from .annotation import Annotation, Fault, LeftOut, Line
from .folders import Folders, foreign
from .layout import Found, Layout, find
from .recorded import Recorded

CODES = ("neutral", "anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")
"""Emotion by its code in the release, 0 to 7."""

SUBJECT = "S[0-9]*"
IMAGES = Layout("images", ("cohn-kanade-images",), inside=SUBJECT, cut=True)
BESIDE = (IMAGES, *(Layout(kind, (kind,), inside=SUBJECT) for kind in ("Emotion", "FACS")))


class CkPlus(Recorded):
    """CK+: 327 labelled macro-expressions, 30 fps. Class k of the native space is code k; no sequence has code 0."""

    name = "ck-plus"
    part = "ck-plus"
    merge = "ck+"
    spaces: ClassVar[Mapping[str, tuple[str, ...]]] = {"native": CODES, "seven": CODES[1:]}
    layouts = (IMAGES,)
    peak = "last"
    fps = 30.0
    access = "https://www.jeffcohn.net/Resources/ (licence agreement)"

    def annotations(self, found: Found, folders: Folders) -> Iterator[Line]:
        """Every sequence that has images or an emotion; those without an emotion file are left out as unlabelled."""
        beside = {place.layout.name: place.frames for place in reversed(find(self.root, BESIDE).found)}
        if "Emotion" not in beside:
            raise DatasetError("CK+ has no folder with the emotion codes.", expected="Emotion", where=str(self.root))
        sequences: dict[tuple[str, str], tuple[str, str]] = {}
        for base in (found.frames, beside["Emotion"]):
            for person, path in folders.inner(base).items():
                try:
                    inner = folders.inner(path).items()
                except OSError as error:
                    yield Fault("unreadable", f"{self.part}/{path.name}", str(error.strerror), str(path))
                    continue
                for name, sequence in inner:
                    sequences.setdefault((person, name), (path.name, sequence.name))
        for names in sorted(sequences.values()):
            yield self._sequence(names, found, beside, folders)

    def _sequence(self, names: tuple[str, str], found: Found, beside: Mapping[str, Path], folders: Folders) -> Line:
        key = "/".join([self.part, *names])
        try:
            coded = _file(folders.find(beside["Emotion"], *names), "_emotion.txt")
            if coded is None:
                return LeftOut("unlabelled")
            facs = _file(folders.find(beside["FACS"], *names), "_facs.txt") if "FACS" in beside else None
            emotion, units = _emotion(coded), _action_units(facs) if facs else ""
        except OSError as error:
            return Fault("unreadable", key, str(error.strerror), str(error.filename))
        except DatasetError as error:
            return Fault("unknown", key, f"{error.problem} {error.got!r}", error.where)
        place = folders.find(found.frames, *names)
        return Annotation(*names, emotion, place, action_units=units, where=coded.name)


def _file(folder: Path, ending: str) -> Path | None:
    """The file with this ending; copies made on macOS have hidden twins of it."""
    try:
        files = sorted(file for file in folder.iterdir() if file.name.casefold().endswith(ending))
    except FileNotFoundError:
        return None
    return next((file for file in files if not foreign(file.name)), None)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise DatasetError("The file is no plain text.", got=error.reason, where=str(file)) from None


def _emotion(file: Path) -> str:
    """The word for a code such as 3.0000000e+00.

    Raises:
        DatasetError: it is none of the codes.
    """
    text = _text(file)
    try:
        return {float(code): word for code, word in enumerate(CODES)}[float(text)]
    except (ValueError, KeyError):
        raise DatasetError("The emotion is no code from 0 to 7.", got=text, where=str(file)) from None


def _action_units(file: Path) -> str:
    """AU numbers with the FACS letters of their intensities, such as 1B+2C+25; an ungraded one (0) has no letter.

    Raises:
        DatasetError: a line is not a pair of numbers.
    """
    units = []
    for line in filter(None, map(str.strip, _text(file).splitlines())):
        try:
            number, level = (int(float(value)) for value in line.split())
        except (ValueError, OverflowError):
            raise DatasetError("A FACS file is damaged.", expected="AU intensity", got=line, where=str(file)) from None
        units.append(f"{number}{'ABCDE'[level - 1] if 1 <= level <= 5 else ''}")
    return "+".join(units)
