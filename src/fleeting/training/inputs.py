"""From the clips of a data set to what a recogniser eats, images, volumes or vectors: computed once, and kept."""

from __future__ import annotations

import hashlib
import math
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeGuard, cast

import numpy as np
from tqdm import tqdm

from .. import files
from ..datasets.dataset import Holds, HoldsVectors
from ..errors import FaceError, ShapeError
from ..faces import detection
from ..features.face_parts import ClipParts
from ..remote import AnyPath
from ..types import Clip, Floats, Image, Inputs
from .image_files import keep_images, map_images, read_images, value_type

CHUNK, CHUNK_BYTES = 32, 2**25
"""Clips per task, and the bytes of their images or vectors that make it fewer: enough to hide the hand-over, few
enough for a smooth progress bar and for a memory that holds three tasks per worker."""
VOLUME = 4
"""Axes of what a recogniser of video takes of one clip: (T, rows, columns, C)."""
MAPPED_ABOVE = 2**30
"""Bytes: more than this is never held in memory as a whole, but read from a file as it is needed."""


class Source(Protocol):
    """What is needed of a data set."""

    name: str

    @property
    def root(self) -> AnyPath:
        """As Dataset.root; a data set of ours may lie on a store."""
        ...

    @property
    def holds(self) -> Holds:
        """As Dataset.holds."""
        ...

    def clips(self) -> list[Clip]:
        """As Dataset.clips."""
        ...

    def frames(self, clip: Clip) -> Image:
        """As Dataset.frames."""
        ...

    def digest(self) -> str:
        """As Dataset.digest."""
        ...


def ends_at_apex(dataset: object) -> bool:
    """Whether the last frame of every clip is its apex; only recorded data sets can be asked for more frames."""
    return bool(getattr(dataset, "ends_at_apex", True))


class Feature(Protocol):
    """What is needed of a feature: ClipImage, ClipVolume and Descriptor have it."""

    digest: str

    def compute_many(self, clips: Sequence[Any]) -> Inputs:
        """N clips (T, H, W, 3) uint8 RGB, or as stored -> (N, [T,] rows, columns, C) uint8, or (N, D) float32."""
        ...


def input_images(
    dataset: Source, clips: Sequence[Clip], feature: Feature, shape: tuple[int, ...], workers: int = 1
) -> Inputs:
    """The images or vectors of `clips`.

    They are kept beside the data as ROOT/features/DIGEST.npz, where DIGEST covers the feature, its options (channels
    and size among them), the data and the list of clips; where ROOT is a store or cannot be written to, they are kept
    in the download cache. Above MAPPED_ABOVE the file is DIGEST.npy, written chunk by chunk, and what comes back is a
    window on it. Stored flow images and vectors are quick to read and are kept again only where they are too many for
    the memory.

    Args:
        dataset: where frames come from; it and `feature` must survive pickling when workers > 1.
        clips: which clips, in which order.
        feature: for example ClipImage.
        shape: (rows, columns, C) of one image, (T, rows, columns, C) of one volume or (D,) of one vector, as the
            model takes it.
        workers: processes to spawn; 1 computes here.

    Returns:
        (N, *shape), uint8 or for vectors float32, in the order of `clips`; a numpy.memmap above MAPPED_ABOVE.

    Raises:
        DatasetError, FaceError, ManifestError, ShapeError: a clip cannot be read or used; the first one stops the work.
    """
    stored = dataset.holds != "frames"
    whole = (len(clips), *shape)
    width = value_type(whole).itemsize
    # whole clips can have hundreds of large frames, of which a volume needs those of one clip at a time
    most = 1 if len(shape) == VOLUME and not stored else CHUNK
    size = max(1, min(most, CHUNK_BYTES // (math.prod(shape) * width)))
    chunks = [clips[start : start + size] for start in range(0, len(clips), size)]
    blocks = _blocks(dataset, chunks, feature, 1 if stored else min(workers, len(chunks)))
    wanted = _checked(blocks, f"{'read' if stored else 'features of'} {dataset.name}", whole)
    mapped = math.prod(whole) * width > MAPPED_ABOVE
    if stored and not mapped:
        return _filled(wanted, whole)
    name = _digest(dataset, clips, feature) + (".npy" if mapped else ".npz")
    beside = [dataset.root / "features"] if isinstance(dataset.root, Path) else []
    places = [folder / name for folder in (*beside, files.cache() / "features")]
    kept = next((found for place in places if (found := read_images(place, whole)) is not None), None)
    if kept is not None:
        return kept
    if mapped:
        return map_images(places, wanted, whole)
    images = _filled(wanted, whole)
    keep_images(places, images)
    return images


_worker: dict[str, Any] = {}
"""A worker's own data set and feature, put there once by `_start`."""


def _blocks(dataset: Source, tasks: Sequence[Sequence[Clip]], feature: Feature, workers: int) -> Iterator[Inputs]:
    """The blocks in order, chunk by chunk; only a few chunks are under way at a time."""
    chunks = iter(tasks)
    if workers <= 1:
        yield from (_compute(dataset, feature, chunk) for chunk in chunks)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_start, initargs=(dataset, feature)) as pool:
        waiting = [pool.submit(_work, chunk) for chunk in islice(chunks, 3 * workers)]
        try:
            while waiting:
                yield waiting.pop(0).result()
                waiting += [pool.submit(_work, chunk) for chunk in islice(chunks, 1)]
        finally:
            for task in waiting:
                task.cancel()


def _start(dataset: Source, feature: Feature) -> None:
    import cv2
    import torch
    from threadpoolctl import threadpool_limits

    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    _worker.update(dataset=dataset, feature=feature, threads=threadpool_limits(1))


def _work(clips: Sequence[Clip]) -> Inputs:
    return _compute(_worker["dataset"], _worker["feature"], clips)


def _compute(dataset: Source, feature: Feature, clips: Sequence[Clip]) -> Inputs:
    read = cast(HoldsVectors, dataset).vector if dataset.holds == "vectors" else dataset.frames
    shown: list[Any] = [read(clip) for clip in clips]
    if _detects(feature):
        instead = 'model.options.landmarks = "template"'
        marks = [onset_landmarks(frames, clip.key, instead) for frames, clip in zip(shown, clips, strict=True)]
        return feature.compute_many(shown, marks)
    return feature.compute_many(shown)


def onset_landmarks(frames: Image, clip: str, instead: str) -> Floats:
    """(68, 2) px of the face in the first of the frames (T, H, W, 3); of several faces the largest counts.

    Raises:
        FaceError: it shows no face; `clip` is named, and `instead`, the setting that asks for no landmarks.
        MissingExtraError: mediapipe is not installed.
    """
    found = detection.detect(frames[0])
    if not found:
        raise FaceError(
            f"No face is found in the onset frame of {clip}.",
            got=f"a frame of {frames.shape[2]} x {frames.shape[1]} px",
            cure=f"look at the frame; leave the clip out of the data set, or set {instead}",
        )
    return found[0]


def _checked(blocks: Iterator[Inputs], title: str, whole: tuple[int, ...]) -> Iterator[Inputs]:
    """The same blocks with a progress bar, if they have the shape that the model takes."""
    with tqdm(total=whole[0], desc=title, unit="clip", disable=whole[0] < CHUNK) as bar:
        for block in blocks:
            if block.shape[1:] != whole[1:] or block.dtype != value_type(whole):
                raise ShapeError(
                    f"The feature's {'vectors' if len(whole) == 2 else 'images'} do not fit the recogniser.",
                    expected=f"{whole[1:]} {value_type(whole)}",
                    got=f"{block.shape[1:]} {block.dtype}",
                    cure="leave features.name empty, or set the size in features.options",
                )
            yield block
            bar.update(len(block))


def _filled(blocks: Iterator[Inputs], whole: tuple[int, ...]) -> Inputs:
    images = np.empty(whole, value_type(whole))
    done = 0
    for block in blocks:
        images[done : done + len(block)] = block
        done += len(block)
    return images


def _digest(dataset: Source, clips: Sequence[Clip], feature: Feature) -> str:
    names = hashlib.sha256("\n".join(clip.key for clip in clips).encode()).hexdigest()
    found = f" {detection.VERSION}" if _detects(feature) else ""
    return hashlib.sha256(f"{feature.digest} {dataset.digest()} {names}{found}".encode()).hexdigest()[:32]


def _detects(feature: Feature) -> TypeGuard[ClipParts]:
    """Whether the feature is to be given landmarks that are found in the onset frames."""
    return isinstance(feature, ClipParts) and feature.parts.landmarks == "detected"
