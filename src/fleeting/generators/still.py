"""The control: everything that `warp` does except the action units, so a recogniser has nothing true to learn."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from ..files import text_digest
from ..types import AUSequence, Face, Floats, Image
from .warp import WarpGenerator, WarpOptions


class StillGenerator:
    """Generator `still`: the same face, head, light and camera, no action-unit motion and no furrows."""

    name = "still"
    Options = WarpOptions

    def __init__(self, options: WarpOptions | None = None) -> None:
        self._warp = WarpGenerator(options)
        self.options = self._warp.options
        self.digest = text_digest(self.name, self._warp.digest)

    def generate(self, face: Face, aus: AUSequence, rng: np.random.Generator) -> Image:
        """(T, H, W, 3) uint8 RGB."""
        return self._warp.generate(face, _neutral(aus), rng)

    def generate_batch(
        self, faces: Sequence[Face], sequences: Sequence[AUSequence], streams: Sequence[np.random.Generator]
    ) -> list[Image]:
        """What `generate` gives for each of N samples."""
        return self._warp.generate_batch(faces, [_neutral(aus) for aus in sequences], streams)

    def motion(self, face: Face, aus: AUSequence, rng: np.random.Generator) -> Floats:
        """(T-1, H, W, 2) float32 px: the motion of head and eyes alone."""
        return self._warp.motion(face, _neutral(aus), rng)

    def motion_batch(
        self, face: Face, sequences: list[AUSequence], streams: list[np.random.Generator], size: int
    ) -> Floats:
        """(N, size, size, 2) float32 px."""
        return self._warp.motion_batch(face, [_neutral(aus) for aus in sequences], streams, size)


def _neutral(aus: AUSequence) -> AUSequence:
    return dataclasses.replace(aus, values=np.zeros_like(aus.values), sides=np.ones_like(aus.sides))
