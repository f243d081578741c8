"""The trained generator: GANimation draws every frame of a sequence, onset included, and a camera records it.

Source: the networks as network.py says; ours: camera and head (recording.py), batches, padding of odd sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

import numpy as np
import torch
from pydantic import Field
from torch.nn.functional import pad

from ...errors import OptionsError
from ...files import locate, text_digest
from ...options import Options
from ...types import AU_NUMBERS, AUSequence, Face, Floats, Image
from ..nuisance import Disturbance, NuisanceOptions, draw, states_sides
from .checkpoint import CheckpointError, digest, trained_units
from .network import compose
from .public_weights import read_generator
from .recording import asked, recorded


class GanimationOptions(Options):
    """Options of the generator `ganimation`."""

    weights: str
    """A checkpoint folder of ours, or a public file ..._id_G.pth or ..._net_gen.pth; "mirror:PATH" is allowed."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where frames are drawn; auto = on a GPU if there is one. The digest says which it was: their last bits differ."""
    batch: int = Field(64, ge=1)
    """Frames drawn at once on a GPU. A CPU draws one at a time, so that no frame's bytes depend on its neighbours."""
    saturate: bool = False
    """Steepen the mask about .5, for weights that were trained so; see `compose`."""
    nuisance: NuisanceOptions = NuisanceOptions()
    """What head, light and camera add."""


class GanimationGenerator:
    """Generator `ganimation`: a trained network draws the frames; see Generator for the method."""

    name = "ganimation"
    Options = GanimationOptions

    def __init__(self, options: GanimationOptions) -> None:
        self.options = options
        path = locate(options.weights)
        network = read_generator(path)
        units = trained_units(path) if path.is_dir() else AU_NUMBERS
        if network.aus != len(units):
            raise CheckpointError(
                "The generator was trained for other action units.",
                expected=f"{len(units)}: {' '.join(map(str, units))}",
                got=f"{network.aus}",
                where=str(path),
                cure=""
                if path.is_dir()
                else "train such a network with `fleeting train-generator`, which notes its units",
            )
        self._columns = [AU_NUMBERS.index(unit) for unit in units]
        self._device = _device(options.device)
        drawn = (options.nuisance.digest(), str(options.saturate))
        self.digest = text_digest(f"{self.name} 1", digest(network), self._device, str(units), *drawn)
        # Half precision on a GPU, for speed. bfloat16 has an eighth of its resolution and errs by .6 grey levels in
        # the mean (docs/generators.md): too much for motions of a fraction of a pixel.
        self._type = torch.float16 if self._device == "cuda" else torch.float32
        self._network = network.to(self._device, self._type)

    def generate(self, face: Face, aus: AUSequence, rng: np.random.Generator) -> Image:
        """(T, H, W, 3) uint8 RGB, H and W those of the face."""
        return self.generate_batch([face], [aus], [rng])[0]

    def generate_batch(
        self, faces: Sequence[Face], sequences: Sequence[AUSequence], streams: Sequence[np.random.Generator]
    ) -> list[Image]:
        """What `generate` gives for each of N samples; see DrawsTogether."""
        drawn = self._draw(sequences, streams)
        disturbances = [drawn[index] for index in range(len(streams))]
        rows = [asked(aus, disturbance) for aus, disturbance in zip(sequences, disturbances, strict=True)]
        frames = self._frames([(face.image, row) for face, sample in zip(faces, rows, strict=True) for row in sample])
        return [
            recorded(np.stack([next(frames)[0] for _ in sample]), face, disturbance, rng)
            for face, sample, disturbance, rng in zip(faces, rows, disturbances, streams, strict=True)
        ]

    def mask(self, face: Face, aus: AUSequence, rng: np.random.Generator) -> Floats:
        """(T, H, W) float32: how much of each pixel of the face is kept, 1 = all; see KnowsMask."""
        disturbance = self._draw([aus], [rng])[0]
        return np.stack([mask for _, mask in self._frames([(face.image, row) for row in asked(aus, disturbance)])])

    def _draw(self, sequences: Sequence[AUSequence], streams: Sequence[np.random.Generator]) -> Disturbance:
        return draw(self.options.nuisance, streams, states_sides(sequences))

    def _frames(self, wanted: Sequence[tuple[Image, Floats]]) -> Iterator[tuple[Floats, Floats]]:
        """For each image (H, W, 3) and row of 17 units the frame (H, W, 3) float32, 0..255, and its mask (H, W)."""
        at_once = self.options.batch if self._device == "cuda" else 1
        for _, alike in groupby(wanted, key=lambda frame: frame[0].shape):
            images, rows = zip(*alike, strict=True)
            for start in range(0, len(rows), at_once):
                several = slice(start, start + at_once)
                yield from zip(*self._drawn(np.stack(images[several]), np.stack(rows[several])), strict=True)

    @torch.inference_mode()
    def _drawn(self, images: Image, rows: Floats) -> tuple[Floats, Floats]:
        """(N, H, W, 3) uint8 and (N, 17) -> frames (N, H, W, 3) float32, 0..255, and masks (N, H, W)."""
        height, width = images.shape[1:3]
        given = torch.from_numpy(images).to(self._device).permute(0, 3, 1, 2).float() / 127.5 - 1
        given = pad(given, (0, -width % 4, 0, -height % 4), mode="reflect")
        units = torch.from_numpy(rows[:, self._columns]).to(self._device, self._type)
        colour, mask = self._network(given.to(self._type), units)
        made = compose(given, colour.float(), mask.float(), saturate=self.options.saturate)
        pixels = ((made + 1) * 127.5).permute(0, 2, 3, 1)[:, :height, :width]
        return pixels.contiguous().cpu().numpy(), mask[:, 0, :height, :width].float().cpu().numpy()


def _device(wanted: str) -> str:
    if wanted == "cuda" and not torch.cuda.is_available():
        raise OptionsError("There is no CUDA device.", got=wanted, where="generator.options.device", cure="use 'auto'")
    return "cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu"
