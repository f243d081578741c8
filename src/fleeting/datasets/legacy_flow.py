"""The `norm_u_v_os` files of the field: one 28 x 28 PNG per clip, and a label list.

Convention: in memory an image is (28, 28, 3) uint8 RGB = u (right +), v (down +), optical strain, each min-max scaled
to 0..255 over the image. cv2.imread of the file gives strain, v, u, as in the published files, and encoding a published
image gives the published bytes.

Two layouts hold such files:
- "folder": labels.csv beside onset_apex/FILE.png;
- "flat": all in one folder, named "SUBJECT_CLIP .png" (the blank is upstream's); "SUBJECT_CLIP_1 .png" is the
  apex-to-offset twin, which is not read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from ..errors import DatasetError, ShapeError
from ..files import atomic_write, write_text
from ..types import LABELS, Clip, Image
from .frame_files import decode_image

LABEL_LIST = "labels.csv"
IMAGES = "onset_apex"
SHAPE = (28, 28, 3)
LARGEST = 64 << 20
"""Bytes of the longest label list: half a million clips."""
COLUMNS = ("dataset", "subject", "clip", "label", "file")
Layout = Literal["folder", "flat"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a label list and its image."""

    clip: Clip
    path: Path


def decode(path: Path) -> Image:
    """Read one image: (28, 28, 3) uint8 RGB = u, v, strain.

    Raises:
        DatasetError: the file cannot be read or is no 28 x 28 colour image.
    """
    try:
        stored = decode_image(path.read_bytes(), cv2.IMREAD_UNCHANGED)
    except OSError as error:
        raise DatasetError("A flow image cannot be read.", got=str(error), where=str(path)) from error
    if stored is None or stored.shape != SHAPE or stored.dtype != np.uint8:
        got = "no readable image" if stored is None else f"{stored.shape} {stored.dtype}"
        raise DatasetError("A flow image has the wrong form.", expected=f"{SHAPE} uint8", got=got, where=str(path))
    return np.ascontiguousarray(stored[..., ::-1])


def encode(image: Image) -> bytes:
    """The PNG bytes of a (28, 28, 3) uint8 image of u, v, strain.

    Raises:
        ShapeError: shape or type differ.
    """
    if image.shape != SHAPE or image.dtype != np.uint8:
        raise ShapeError("This is no flow image.", expected=f"{SHAPE} uint8", got=f"{image.shape} {image.dtype}")
    _, data = cv2.imencode(".png", np.ascontiguousarray(image[..., ::-1]))
    png: bytes = data.tobytes()
    return png


def write(root: Path, clips: Sequence[Clip], images: Sequence[Image], layout: Layout = "folder") -> None:
    """Write images and their label list, the list last: where it stands, the data set is whole.

    Raises:
        DatasetError: numbers differ, or two clips would share a file name.
        ShapeError: an image is no flow image.
    """
    names = [file_names(clip)[0 if layout == "folder" else 1] for clip in clips]
    if len(clips) != len(images) or len(set(names)) != len(names):
        raise DatasetError(
            "Each clip needs one image and a file name of its own.",
            got=f"{len(clips)} clips, {len(images)} images, {len(set(names))} file names",
            where=str(root),
        )
    folder = root / IMAGES if layout == "folder" else root
    for name, image in zip(names, images, strict=True):
        with atomic_write(folder / name) as file:
            file.write(encode(image))
    write_label_list(root, clips, names)


def write_label_list(root: Path, clips: Sequence[Clip], names: Sequence[str]) -> None:
    """Write ROOT/labels.csv, which names each clip's image file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((c.dataset, c.subject, c.clip, c.label, name) for c, name in zip(clips, names, strict=True))
    write_text(root / LABEL_LIST, text.getvalue())


def read_label_list(root: Path) -> list[Entry]:
    """Read ROOT/labels.csv: columns subject, clip, label, and optionally dataset (else the folder's name) and file.

    Without a file column the names of both layouts are tried. A label is a class index or a class name.

    Raises:
        DatasetError: names every bad line and every missing file (the first ten and the number).
    """
    path = root / LABEL_LIST
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError(f"more than {LARGEST} bytes")
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=None), skipinitialspace=True)
        names = [name.strip() for name in reader.fieldnames or ()]
        if len(set(names)) < len(names):
            raise ValueError("two columns of one name")
        table = list(reader)
    except (OSError, ValueError, csv.Error) as error:
        raise DatasetError("The label list cannot be read.", got=str(error), where=str(path)) from error
    rows = [
        {(key or "").strip(): value.strip() for key, value in row.items() if isinstance(value, str)} for row in table
    ]
    absent = [name for name in ("subject", "clip", "label") if not rows or name not in rows[0]]
    if absent:
        got = ", ".join(rows[0]) if rows else "no rows"
        raise DatasetError("The label list lacks columns.", expected=", ".join(absent), got=got, where=str(path))
    entries: dict[str, Entry] = {}
    faults = []
    for line, row in enumerate(rows, start=2):
        try:
            entry = _entry(root, row)
        except (ValueError, OSError) as error:  # OSError: a name that is too long for a file
            faults.append(f"line {line}: {error}")
            continue
        if entry.clip.key in entries:
            faults.append(f"line {line}: {entry.clip.key} stands twice")
        entries[entry.clip.key] = entry
    if faults:
        raise DatasetError(
            f"{len(faults)} of {len(rows)} lines of the label list cannot be used.",
            got="; ".join(faults[:10]) + ("; ..." if len(faults) > 10 else ""),
            where=str(path),
            cure="correct the lines, or take them out",
        )
    return list(entries.values())


def file_names(clip: Clip) -> tuple[str, ...]:
    """The names that a clip's image may have, best first: ours, upstream's, upstream's without the blank."""
    stem = f"{clip.subject}_{clip.clip}"
    return (f"{clip.dataset}_{stem}.png", f"{stem} .png", f"{stem}.png")


def _entry(root: Path, row: dict[str, str]) -> Entry:
    label = row.get("label", "")
    index = LABELS.index(label) if label in LABELS else int(label) if label.isdecimal() else -1
    if index not in range(len(LABELS)):
        raise ValueError(f"label {label!r} is none of 0..{len(LABELS) - 1} or {', '.join(LABELS)}")
    clip = Clip(row.get("dataset") or root.resolve().name, row.get("subject", ""), row.get("clip", ""), index)
    if not clip.subject or not clip.clip:
        raise ValueError("subject or clip is empty")
    given = row.get("file", "")
    if Path(given).is_absolute() or ".." in Path(given).parts:
        raise ValueError(f"file {given!r} lies outside the data set")
    for name in (given,) if given else file_names(clip):
        for path in (root / IMAGES / name, root / name):
            if path.is_file():
                return Entry(clip, path)
    raise ValueError(f"no file {given or file_names(clip)[0]}")
