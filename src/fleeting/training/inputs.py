"""From the clips of a data set to the images that a recogniser eats: computed once, in worker processes, and kept."""

from __future__ import annotations

import hashlib
import math
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from tqdm import tqdm

from .. import files
from ..errors import ShapeError
from ..types import Clip, Image
from .image_files import Images, keep_images, map_images, read_images

CHUNK, CHUNK_BYTES = 32, 2**25
"""Clips per task, and the bytes of their images that make it fewer: enough to hide the hand-over, few enough for a
smooth progress bar and for a memory that holds three tasks per worker."""
MAPPED_ABOVE = 2**30
"""Bytes: more images than this are never held in memory as a whole, but read from a file as they are needed."""


class Source(Protocol):
    """What is needed of a data set."""

    name: str
    root: Path

    @property
    def holds(self) -> Literal["frames", "flow"]:
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


class Feature(Protocol):
    """What is needed of a feature: ClipImage has it."""

    digest: str
    channels: tuple[str, ...]

    def compute_many(self, clips: Sequence[Image]) -> Image:
        """N clips (T, H, W, 3) uint8 RGB -> (N, rows, columns, C) uint8."""
        ...


def input_images(
    dataset: Source, clips: Sequence[Clip], feature: Feature, shape: tuple[int, int, int], workers: int = 1
) -> Images:
    """The images of `clips`.

    They are kept beside the data as ROOT/features/DIGEST.npz, where DIGEST covers the feature, its options (channels
    and size among them), the data and the list of clips; where ROOT cannot be written to, they are kept in the download
    cache. Above MAPPED_ABOVE the file is DIGEST.npy, written chunk by chunk, and what comes back is a window on it.
    Stored flow images are quick to read and are kept again only where they are too many for the memory.

    Args:
        dataset: where frames come from; it and `feature` must survive pickling when workers > 1.
        clips: which clips, in which order.
        feature: for example ClipImage.
        shape: (rows, columns, C) of one image, as the model takes it.
        workers: processes to spawn; 1 computes here.

    Returns:
        (N, rows, columns, C) uint8 in the order of `clips`; a numpy.memmap above MAPPED_ABOVE.

    Raises:
        DatasetError, FaceError, ManifestError, ShapeError: a clip cannot be read or used; the first one stops the work.
    """
    stored = dataset.holds == "flow"
    whole = (len(clips), *shape)
    size = max(1, min(CHUNK, CHUNK_BYTES // math.prod(shape)))
    chunks = [clips[start : start + size] for start in range(0, len(clips), size)]
    blocks = _blocks(dataset, chunks, feature, 1 if stored else min(workers, len(chunks)))
    wanted = _checked(blocks, f"{'read' if stored else 'features of'} {dataset.name}", whole)
    mapped = math.prod(whole) > MAPPED_ABOVE
    if stored and not mapped:
        return _filled(wanted, whole)
    name = _digest(dataset, clips, feature) + (".npy" if mapped else ".npz")
    places = [folder / name for folder in (dataset.root / "features", files.cache() / "features")]
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


def _blocks(dataset: Source, tasks: Sequence[Sequence[Clip]], feature: Feature, workers: int) -> Iterator[Images]:
    """The images in order, chunk by chunk; only a few chunks are under way at a time."""
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


def _work(clips: Sequence[Clip]) -> Images:
    return _compute(_worker["dataset"], _worker["feature"], clips)


def _compute(dataset: Source, feature: Feature, clips: Sequence[Clip]) -> Images:
    return feature.compute_many([dataset.frames(clip) for clip in clips])


def _checked(blocks: Iterator[Images], title: str, whole: tuple[int, ...]) -> Iterator[Images]:
    """The same blocks with a progress bar, if they have the shape that the model takes."""
    with tqdm(total=whole[0], desc=title, unit="clip", disable=whole[0] < CHUNK) as bar:
        for block in blocks:
            if block.shape[1:] != whole[1:] or block.dtype != np.uint8:
                raise ShapeError(
                    "The feature's images do not fit the recogniser.",
                    expected=f"{whole[1:]} uint8",
                    got=f"{block.shape[1:]} {block.dtype}",
                    cure="leave features.name empty, or set the size in features.options",
                )
            yield block
            bar.update(len(block))


def _filled(blocks: Iterator[Images], whole: tuple[int, ...]) -> Images:
    images = np.empty(whole, np.uint8)
    done = 0
    for block in blocks:
        images[done : done + len(block)] = block
        done += len(block)
    return images


def _digest(dataset: Source, clips: Sequence[Clip], feature: Feature) -> str:
    names = hashlib.sha256("\n".join(clip.key for clip in clips).encode()).hexdigest()
    return hashlib.sha256(f"{feature.digest} {dataset.digest()} {names}".encode()).hexdigest()[:32]
