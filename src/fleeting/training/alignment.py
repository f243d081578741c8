"""Recorded frames turned and cropped so that the eyes stand at one place: one similarity per clip, from its onset.

The same map goes to every frame, so what moves in the face still moves afterwards, and a movement of the whole head is
left to the flow. Ours.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from ..datasets import Dataset
from ..errors import OptionsError
from ..faces import detection
from ..faces.geometry import align, crop_frame
from ..faces.options import CropOptions
from ..files import text_digest
from ..types import Clip, Image
from .inputs import ends_at_apex, onset_landmarks


class Aligned:
    """A data set with all its frames aligned; clips and labels stay."""

    holds: Literal["frames", "flow"] = "frames"

    def __init__(self, dataset: Dataset, crop: CropOptions) -> None:
        self.dataset, self.crop = dataset, crop
        self.name, self.root = dataset.name, dataset.root
        self.ends_at_apex = ends_at_apex(dataset)
        words = {"flow": "flow images", "vectors": "descriptors"}
        if dataset.holds != "frames":
            raise OptionsError(
                f'features.align = "eyes" needs frames, and {dataset.name} holds {words[dataset.holds]}.',
                cure='set features.align = "none"',
            )

    def clips(self) -> list[Clip]:
        """The clips of the data set."""
        return self.dataset.clips()

    def frames(self, clip: Clip) -> Image:
        """(T, height, width, 3) uint8 RGB: the crop of every frame.

        Raises:
            FaceError: no face is found in the onset frame.
            MissingExtraError: mediapipe is not installed.
            DatasetError: the clip cannot be read.
        """
        return align_clip(self.dataset.frames(clip), self.crop, clip.key)

    def digest(self) -> str:
        """Changes with the data, the crop and the detector."""
        return text_digest("aligned 1", detection.VERSION, self.crop.digest(), self.dataset.digest())


def align_clip(frames: Image, crop: CropOptions, clip: str) -> Image:
    """Align all frames (T, H, W, 3) uint8 by the landmarks of the first: (T, crop height, crop width, 3).

    Raises:
        FaceError: the first frame shows no face; `clip` is named.
        MissingExtraError: mediapipe is not installed.
    """
    landmarks, place = onset_landmarks(frames, clip, 'features.align = "none"'), crop_frame(crop)
    return np.stack([align(frame, landmarks, place)[0] for frame in frames])
