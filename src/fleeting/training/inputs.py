"""From the clips of a data set to the images that a recogniser eats: computed once, in worker processes, and kept."""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from .. import files
from ..datasets import Dataset
from ..errors import ShapeError
from ..types import Clip, Image

SHAPE = (28, 28, 3)
CHUNK = 32
"""Clips per task: enough to hide the hand-over, few enough for a smooth progress bar."""
LOG = logging.getLogger("fleeting")


class Feature(Protocol):
    """What is needed of a feature: FlowImage has it."""

    digest: str

    def compute_many(self, clips: Sequence[Image]) -> Image:
        """N clips (T, H, W, 3) uint8 RGB -> (N, 28, 28, 3) uint8."""
        ...


def flow_images(dataset: Dataset, clips: Sequence[Clip], feature: Feature, workers: int = 1) -> npt.NDArray[np.uint8]:
    """The flow images of `clips`.

    A data set that holds flow is read as it is. Otherwise the images are kept beside the data as
    ROOT/features/DIGEST.npz, where DIGEST covers the feature, its options, the data and the list of clips; where ROOT
    cannot be written to, they are kept in the download cache.

    Args:
        dataset: where frames come from; it and `feature` must survive pickling when workers > 1.
        clips: which clips, in which order.
        feature: for example FlowImage.
        workers: processes to spawn; 1 computes here.

    Returns:
        (N, 28, 28, 3) uint8 = u, v, strain, in the order of `clips`.

    Raises:
        DatasetError, ManifestError, ShapeError: a clip cannot be read or used; the first one stops the work.
    """
    images = np.empty((len(clips), *SHAPE), np.uint8)
    if dataset.holds == "flow":
        for index, clip in enumerate(tqdm(clips, f"read {dataset.name}", unit="clip", disable=len(clips) < CHUNK)):
            images[index] = dataset.frames(clip)[0]
        return images
    digest = _digest(dataset, clips, feature)
    places = [folder / f"{digest}.npz" for folder in (dataset.root / "features", files.cache() / "features")]
    kept = next((found for place in places if (found := _read(place, images.shape)) is not None), None)
    if kept is not None:
        return kept
    done = 0
    with tqdm(total=len(clips), desc=f"flow of {dataset.name}", unit="clip") as bar:
        for block in _blocks(dataset, clips, feature, min(workers, -(-len(clips) // CHUNK))):
            images[done : done + len(block)] = block
            done += len(block)
            bar.update(len(block))
    _keep(places, images)
    return images


_worker: dict[str, Any] = {}
"""A worker's own data set and feature, put there once by `_start`."""


def _blocks(dataset: Dataset, clips: Sequence[Clip], feature: Feature, workers: int) -> Iterator[npt.NDArray[np.uint8]]:
    """The images in order, CHUNK by CHUNK; only a few chunks are under way at a time."""
    chunks = (clips[start : start + CHUNK] for start in range(0, len(clips), CHUNK))
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


def _start(dataset: Dataset, feature: Feature) -> None:
    import cv2
    import torch
    from threadpoolctl import threadpool_limits

    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    _worker.update(dataset=dataset, feature=feature, threads=threadpool_limits(1))


def _work(clips: Sequence[Clip]) -> npt.NDArray[np.uint8]:
    return _compute(_worker["dataset"], _worker["feature"], clips)


def _compute(dataset: Dataset, feature: Feature, clips: Sequence[Clip]) -> npt.NDArray[np.uint8]:
    images = feature.compute_many([dataset.frames(clip) for clip in clips])
    if images.shape[1:] != SHAPE or images.dtype != np.uint8:
        raise ShapeError(
            "The feature's images do not fit the recognisers.",
            expected=f"{SHAPE} uint8",
            got=f"{images.shape[1:]} {images.dtype}",
            cure="set features.options",
        )
    return images


def _digest(dataset: Dataset, clips: Sequence[Clip], feature: Feature) -> str:
    names = hashlib.sha256("\n".join(clip.key for clip in clips).encode()).hexdigest()
    return hashlib.sha256(f"{feature.digest} {dataset.digest()} {names}".encode()).hexdigest()[:32]


def _read(path: Path, shape: tuple[int, ...]) -> npt.NDArray[np.uint8] | None:
    """The cached images; None where there are none or the file is not what it should be."""
    try:
        with path.open("rb") as file, np.load(file) as stored:
            images: npt.NDArray[np.uint8] = stored["images"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        LOG.warning("%s is damaged (%s): its images are computed again", path, error)
        return None
    return images if images.shape == shape and images.dtype == np.uint8 else None


def _keep(places: Sequence[Path], images: npt.NDArray[np.uint8]) -> None:
    for place in places:
        try:
            with files.atomic_write(place) as file:
                np.savez_compressed(file, images=images)
        except OSError as error:
            LOG.warning("flow images cannot be kept in %s: %s", place.parent, error)
        else:
            return
