"""What a camera and a living head add to every recording: drawn anew for each sample, stated in the recipe.

Without it a recogniser trained on clean motion fails on real flow. Source: ours, from the physics of heads and cameras.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..options import Options
from ..seeds import stream
from ..types import AUSequence, Floats, Image

LIDS = 16
"""Index of AU45 (blink) in types.AU_NUMBERS."""
NOISE_TILE = 512
NOISE_STEPS = 30
"""Steps of the noise tile per sd; it ends at 4.2 sd."""

Quality = Annotated[int, Field(ge=1, le=100)]


class NuisanceOptions(Options):
    """How strong each disturbance is; 0 switches it off. Motions are from onset to apex, in units of the IOD."""

    head_shift: float = 0.010
    """sd of the head's translation (0.6 mm at 63 mm between the eyes)."""
    head_turn: float = 0.001
    """sd of the head's rotation in the image plane (rad), and of the scale and shear that a turn or nod shows."""
    tremor: float = 0.0005
    """sd of smooth motion that no action unit explains: breathing, pulse, tracking error."""
    eyes: float = 0.5
    """Probability that lids and gaze move on their own (spontaneous blinks and saccades)."""
    one_sided: float = 0.15
    """Probability that one half of the face shows less, where the action-unit source does not say which."""
    asymmetry: float = 0.15
    """sd of the relative difference between the halves."""
    placement: float = 0.004
    """sd of the crop's own misplacement in both frames: it gives onset and apex the same resampling blur."""
    light: float = 0.02
    """sd of the relative change of brightness between the frames, and of its slope across the face."""
    noise: tuple[float, float] = (0.3, 2.5)
    """Range of the sensor noise's sd in grey levels of 255, uniform, one value per sample."""
    recompress: tuple[Quality, Quality] | None = None
    """Range of JPEG quality at which the recording was stored before we get it; None = it was not compressed."""


NO_NUISANCE = NuisanceOptions(
    head_shift=0, head_turn=0, tremor=0, eyes=0, one_sided=0, asymmetry=0, placement=0, light=0, noise=(0, 0)
)


@dataclass(frozen=True)
class Disturbance:
    """The draws of N samples; those of one, without the first axis, are `disturbance[index]`.

    `start` and `sides` hold in all frames; what else moves or lights the face grows with time from 0 at the onset.
    """

    start: Floats
    """(N, 2) misplacement of the crop, IOD."""
    affine: Floats
    """(N, 2, 3): dx and dy in IOD as a + b x + c y, x and y in IOD from between the eyes."""
    tremor: Floats
    """(N, 8, 7, 2) coarse field, IOD."""
    lids: Floats
    """(N, 2) AU45 intensity that is added, left and right."""
    gaze: Floats
    """(N, 2) motion of the irises, IOD."""
    sides: Floats
    """(N, 2) factor on the left and the right half of each action unit."""
    light: Floats
    """(N, 3) relative brightness a + b x + c y."""
    noise: npt.NDArray[np.float64]
    """(N,) sd in grey levels."""
    quality: npt.NDArray[np.intp]
    """(N,) JPEG quality of the recording; 0 = it was not compressed."""

    def __getitem__(self, index: int) -> Disturbance:
        own: dict[str, Any] = {name: part[index] for name, part in vars(self).items()}
        return Disturbance(**own)


def states_sides(sequences: Sequence[AUSequence]) -> npt.NDArray[np.bool_]:
    """(N,) whether the source says how much each half of the face shows."""
    sides = np.array([aus.sides for aus in sequences])
    return np.asarray((sides != 1).any((1, 2)))


def draw(options: NuisanceOptions, streams: Sequence[np.random.Generator], sided: npt.ArrayLike) -> Disturbance:
    """Draw the disturbance of N samples, each from a stream of its own: none depends on its neighbours.

    Args:
        options: the strengths.
        streams: the samples' generators; the number of draws does not depend on the options.
        sided: (N,) bool, whether the action-unit source already says how much each half shows; see `states_sides`.
    """
    count = len(streams)
    normal, uniform = np.empty((count, 16 + 8 * 7 * 2)), np.empty((count, 9))
    for rng, normals, uniforms in zip(streams, normal, uniform, strict=True):
        rng.standard_normal(out=normals)
        rng.random(out=uniforms)
    *head, right, down, gaze_x, gaze_y, tilt, left, up, level, slope_x, slope_y = normal[:, :16].T
    awake, depth, second, opens, alone, half, rest, noise, quality = uniform.T
    turn = [options.head_turn * value for value in head]
    roll, scale = turn[4:]
    shift, light = options.head_shift, options.light
    affine = [shift * right, scale + turn[0], turn[1] - roll, shift * down, turn[2] + roll, scale + turn[3]]
    moved = awake < options.eyes
    # Most lid movements between two frames are partial: the square favours small ones. Lids also open.
    lid = moved * depth * depth * np.where(opens < 0.7, 0.5, -0.2)
    start = [options.placement * left, options.placement * up]
    lids = [lid, lid * (0.7 + 0.3 * second)]
    gaze = [moved * 0.02 * gaze_x, moved * 0.02 * gaze_y]
    tilt = np.maximum(-0.9, np.minimum(0.9, options.asymmetry * tilt))  # np.clip takes five times as long
    sides = [1 + tilt, 1 - tilt]
    one_sided = (alone < options.one_sided) & ~np.asarray(sided)
    for side, weaker in zip(sides, (half >= 0.5, half < 0.5), strict=True):
        side *= np.where(one_sided & weaker, 0.5 * rest, 1)
    slopes = [light * level, light * 0.5 * slope_x, light * 0.5 * slope_y]
    numbers = np.array([*start, *affine, *lids, *gaze, *sides, *slopes], np.float32).T  # one array costs less than six
    low, high = options.recompress or (0, 0)
    return Disturbance(
        start=numbers[:, :2],
        affine=numbers[:, 2:8].reshape(count, 2, 3),
        tremor=np.float32(options.tremor) * normal[:, 16:].astype(np.float32).reshape(count, 8, 7, 2),
        lids=numbers[:, 8:10],
        gaze=numbers[:, 10:12],
        sides=numbers[:, 12:14],
        light=numbers[:, 14:],
        noise=options.noise[0] + (options.noise[1] - options.noise[0]) * noise,
        quality=low + (quality * (high + 1 - low)).astype(np.intp),
    )


def record(
    frame: Floats | Image, noise: float, quality: int, rng: np.random.Generator, out: Image | None = None
) -> Image:
    """What the camera makes of one frame: sensor noise, rounding to 8 bits, and JPEG if the recording was compressed.

    Args:
        frame: (H, W, 3) float32 or uint8 RGB, 0..255.
        noise: its sd in grey levels.
        quality: of the JPEG; 0 = the recording was not compressed.
        rng: gives the place in the noise tile.
        out: (H, W, 3) uint8, takes the picture in; None: a new one does.
    """
    height, width = frame.shape[:2]
    tile = _noise_tile()
    top = int(rng.random() * (NOISE_TILE - height % NOISE_TILE))
    left = int(rng.random() * (NOISE_TILE - width % NOISE_TILE))
    if height >= NOISE_TILE or width >= NOISE_TILE:
        tile = np.tile(tile, (height // NOISE_TILE + 1, width // NOISE_TILE + 1, 1))
    grain = tile[top : top + height, left : left + width]
    weight = noise / NOISE_STEPS
    picture: Image = cv2.addWeighted(frame, 1.0, grain, weight, -128 * weight, out, dtype=cv2.CV_8U)
    if quality:
        # OpenCV's codec takes BGR: in RGB it would call blue red, and keep the wrong colours' detail.
        swapped = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
        done, data = cv2.imencode(".jpg", swapped, [cv2.IMWRITE_JPEG_QUALITY, quality])
        assert done
        picture = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB, picture)
    return picture


@cache
def _noise_tile() -> Image:
    """(512, 512, 3) uint8 noise about 128, drawn once: taking a random window of it is 10 times faster than drawing.

    Two thirds of its variance are common to the three channels, as after demosaicking and YUV compression.
    """
    rng = stream(0, "noise tile")
    grey = rng.standard_normal((NOISE_TILE, NOISE_TILE, 1), np.float32)
    colour = rng.standard_normal((NOISE_TILE, NOISE_TILE, 3), np.float32)
    unit = np.sqrt(np.float32(2 / 3)) * grey + np.sqrt(np.float32(1 / 3)) * colour
    tile: Image = np.clip(np.rint(128 + NOISE_STEPS * unit), 0, 255).astype(np.uint8)
    return tile
