"""Where identities come from: image sources, quality checks, and a pool that makes any number of aligned faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..families import Family
from .options import FacesOptions

if TYPE_CHECKING:
    from .pool import FacePool

__all__ = ["FACES", "FacesOptions", "create_faces", "list_faces"]

FACES = Family(
    "faces",
    {
        "embedded": "fleeting.faces.embedded:EmbeddedFaces",
        "folder": "fleeting.faces.folder:FolderFaces",
        "faker-portraits": "fleeting.faces.portraits:FakerPortraits",
    },
)


def list_faces(pattern: str = "*") -> list[str]:
    """The names of the face sources that match a shell pattern, sorted."""
    return FACES.list(pattern)


def create_faces(options: FacesOptions, workers: int = 1) -> FacePool:
    """Examine every file of the source once, keep the usable faces on disk, and return the pool over them.

    Args:
        options: which source, crop geometry, thresholds and strength of the identity variation.
        workers: processes for the examination; any number gives the same pool.

    Raises:
        OptionsError: there is no source of that name, or its options contradict each other.
        DatasetError: a root is missing, or a download failed.
        FaceError: no file is usable; the text counts the reasons.
        MissingExtraError: the source needs face detection and mediapipe is not installed.
    """
    from .pool import FacePool
    from .store import prepare

    source = FACES.load(options.name)(options)
    return FacePool(prepare(source.candidates(), options, workers), options)
