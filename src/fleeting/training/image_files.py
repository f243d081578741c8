"""Images or vectors that were computed once, as files: few whole in memory (.npz), many mapped from disk (.npy)."""

from __future__ import annotations

import logging
import math
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from .. import files
from ..errors import DatasetError
from ..types import Inputs

LOG = logging.getLogger("fleeting")


def value_type(shape: tuple[int, ...]) -> np.dtype[np.uint8 | np.float32]:
    """uint8 for images (N, H, W, C), float32 for vectors (N, D)."""
    return np.dtype(np.float32) if len(shape) == 2 else np.dtype(np.uint8)


def read_images(path: Path, shape: tuple[int, ...]) -> Inputs | None:
    """The images or vectors in a file; a .npy file is mapped and not read.

    None where there is no file, or, with a warning, where it is not what it should be.
    """
    images: Inputs
    try:
        if path.suffix == ".npy":
            images = np.load(path, mmap_mode="r")
        else:
            with path.open("rb") as file, np.load(file) as stored:
                images = stored["images"]
    except FileNotFoundError:
        return None
    except Exception as error:  # noqa: BLE001  # a damaged archive may fail in any way
        LOG.warning("%s is damaged (%s): its images are computed again", path, error)
        return None
    return images if images.shape == shape and images.dtype == value_type(shape) else None


def keep_images(places: Sequence[Path], images: Inputs) -> None:
    """Write a .npz file to the first of the places that takes it; none is no fault."""
    for place in places:
        try:
            with files.atomic_write(place) as file:
                np.savez_compressed(file, images=images)
        except OSError as error:
            LOG.warning("images cannot be kept in %s: %s", place.parent, error)
        else:
            return


def map_images(places: Sequence[Path], blocks: Iterable[Inputs], shape: tuple[int, ...]) -> Inputs:
    """Write blocks one after another to a .npy file in the first place with room, and map it, read-only.

    Args:
        places: where the file may lie.
        blocks: images in order; only one is held at a time.
        shape: of all blocks together, (N, H, W, C) or (N, D).

    Raises:
        DatasetError: no place has room.
    """
    dtype = value_type(shape)
    size = math.prod(shape) * dtype.itemsize
    place = next((place for place in places if _has_room(place.parent, size)), None)
    if place is None:
        raise DatasetError(
            "The images are too many for the memory and for the disk.",
            expected=f"{size / 2**30:.1f} GiB free",
            where=" or ".join(str(place.parent) for place in places),
            cure="set FLEETING_CACHE to a folder on a larger disk, or make the model's input smaller",
        )
    with files.atomic_write(place) as file:
        np.lib.format.write_array_header_1_0(file, {"descr": dtype.str, "fortran_order": False, "shape": shape})
        for block in blocks:
            file.write(np.ascontiguousarray(block).data)
    images: Inputs = np.load(place, mmap_mode="r")
    return images


def _has_room(folder: Path, size: int) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > size
    except OSError as error:
        LOG.warning("images cannot be kept in %s: %s", folder, error)
        return False
