"""The store of examined faces: cache/faces/<key>/ with images.npy, landmarks.npy and index.csv, made in one step.

The key covers the content of every candidate file, the options that shape the crops or refuse faces, and the
versions of the code behind them. A store is whole or absent: it is written beside its place and renamed.
"""

from __future__ import annotations

import hashlib
import io
import multiprocessing
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from tqdm import tqdm

from .. import files
from ..errors import FaceError
from . import detection
from .examine import COLUMNS, Examined, examine, row
from .geometry import store_frame
from .options import FacesOptions
from .source import Candidate

if TYPE_CHECKING:
    import pandas as pd

IMAGES, LANDMARKS, INDEX = "images.npy", "landmarks.npy", "index.csv"
REVISION = 1
"""Raise it when the reading, the checks or the cut change, so that old stores are not used."""

BATCH = 64
"""Files per worker in flight: bounds memory, and lets max_faces stop early."""


def prepare(candidates: Sequence[Candidate], options: FacesOptions, workers: int = 1) -> Path:
    """Examine the candidates, unless a store of them stands already, and return the store's folder.

    Raises:
        FaceError: none is usable.
        MissingExtraError: detection is needed and mediapipe is not installed.
    """
    digests = [_digest(candidate, options) for candidate in candidates]
    folder = files.cache() / "faces" / _key(candidates, digests, options)
    if (folder / INDEX).is_file():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name[:12]}."))
    try:
        _fill(draft, candidates, digests, options, workers)
        draft.chmod(0o755)
        _move(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def counts(rows: pd.DataFrame) -> dict[str, int]:
    """How many rows were accepted, and how many were not, by reason; the frequent reasons first."""
    accepted = rows["status"] == "accepted"
    return {"accepted": int(accepted.sum())} | dict(Counter(rows["reason"][~accepted]).most_common())


def _digest(candidate: Candidate, options: FacesOptions) -> str:
    """The sha256 of the file, or what is known of a file that will not be opened."""
    try:
        size = files.size(candidate.path)
        if size is None:
            return "no regular file"
        return files.sha256(candidate.path) if size <= options.max_bytes else f"{size} bytes"
    except OSError as error:
        return type(error).__name__


def _key(candidates: Sequence[Candidate], digests: Sequence[str], options: FacesOptions) -> str:
    key = hashlib.sha256(f"{REVISION} {detection.VERSION}".encode())
    shaping = options.model_dump_json(exclude={"name", "root", "licence", "variation"})
    key.update(shaping.encode())
    for candidate, digest in zip(candidates, digests, strict=True):
        key.update("\x1f".join(["", candidate.identity, candidate.file, candidate.licence, digest]).encode())
        if candidate.landmarks is not None:
            key.update(candidate.landmarks.tobytes())
    return key.hexdigest()[:32]


def _fill(
    draft: Path, candidates: Sequence[Candidate], digests: Sequence[str], options: FacesOptions, workers: int
) -> None:
    import pandas as pd

    frame, rows, landmarks = store_frame(options), [], []
    with (draft / IMAGES).open("wb") as file:
        _head(file, (0, frame.height, frame.width, 3))
        for result in _examine_all(candidates, digests, options, workers):
            rows.append(result.row)
            if result.image is not None and result.landmarks is not None:
                file.write(result.image.tobytes())
                landmarks.append(result.landmarks)
        _head(file, (len(landmarks), frame.height, frame.width, 3))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    if not landmarks:
        found = ", ".join(f"{count} {reason}" for reason, count in counts(table).items() if reason != "accepted")
        raise FaceError(
            f"None of {len(table)} files can be used as a face.",
            got=found or "no file at all",
            where=", ".join(options.roots()) or options.name,
            cure="docs/faces.md explains each reason and the option that moves its limit",
        )
    np.save(draft / LANDMARKS, np.stack(landmarks))
    files.write_text(draft / INDEX, table.to_csv(index=False, lineterminator="\n"))


def _head(file: BinaryIO, shape: tuple[int, ...]) -> None:
    """Write the .npy header at the start; numpy leaves room for the first axis to grow, so it is rewritten in place."""
    text = io.BytesIO()
    np.lib.format.write_array_header_1_0(text, {"descr": "|u1", "fortran_order": False, "shape": shape})
    file.seek(0)
    file.write(text.getvalue())


def _examine_all(
    candidates: Sequence[Candidate], digests: Sequence[str], options: FacesOptions, workers: int
) -> Iterator[Examined]:
    """The results in the order of the candidates, whatever process made them."""
    seen: dict[str, str] = {}
    wanted: list[Candidate] = []
    refused: dict[str, Examined] = {}
    for candidate, digest in zip(candidates, digests, strict=True):
        twin = seen.setdefault(digest, candidate.identity) if len(digest) == 64 else candidate.identity
        if twin == candidate.identity:
            wanted.append(candidate)
        else:
            refused[candidate.identity] = Examined(row(candidate, "rejected", "duplicate", detail=f"same as {twin}"))
    results = _results(wanted, options, workers)
    accepted = 0
    for candidate in tqdm(candidates, desc="examining faces", unit="file", disable=None, leave=False):
        if candidate.identity in refused:
            yield refused[candidate.identity]
        elif options.max_faces is not None and accepted == options.max_faces:
            yield Examined(row(candidate, "unused", "max_faces reached"))
        else:
            result = next(results)
            accepted += result.image is not None
            yield result


def _results(wanted: Sequence[Candidate], options: FacesOptions, workers: int) -> Iterator[Examined]:
    job = partial(examine, options=options)
    if workers <= 1 or len(wanted) <= 1:
        yield from map(job, wanted)
        return
    # Spawned, not forked: a fork of a process in which MediaPipe has run threads can hang.
    with ProcessPoolExecutor(min(workers, len(wanted)), multiprocessing.get_context("spawn")) as pool:
        for part in _batched(wanted, BATCH * workers):
            yield from pool.map(job, part, chunksize=4)


def _batched(items: Sequence[Candidate], count: int) -> Iterator[Sequence[Candidate]]:
    for start in range(0, len(items), count):
        yield items[start : start + count]


def _move(draft: Path, folder: Path) -> None:
    try:
        draft.rename(folder)
    except OSError:
        if not (folder / INDEX).is_file():  # else another process was first with the same content
            raise
