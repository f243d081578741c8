"""What a camera and a living head add to every recording: drawn anew for each sample, stated in the recipe.

Without it a recogniser trained on clean motion fails on real flow. Source: ours, from the physics of heads and cameras.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from ..options import Options
from ..seeds import stream
from ..types import Floats, Image

LIDS = 16
"""Index of AU45 (blink) in types.AU_NUMBERS."""
NOISE_TILE = 512


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
    recompress: tuple[int, int] | None = None
    """Range of JPEG quality at which the recording was stored before we get it; None = it was not compressed."""


NO_NUISANCE = NuisanceOptions(
    head_shift=0, head_turn=0, tremor=0, eyes=0, one_sided=0, asymmetry=0, placement=0, light=0, noise=(0, 0)
)


@dataclass(frozen=True)
class Disturbance:
    """One sample's draw. `start` holds at the onset, `change` is added in proportion to time until the apex."""

    start: Floats
    """(2,) crop misplacement, IOD."""
    affine: Floats
    """(2, 3): dx and dy in IOD as a + b x + c y, x and y in IOD from between the eyes."""
    tremor: Floats
    """(8, 7, 2) coarse field, IOD."""
    lids: Floats
    """(2,) AU45 intensity that is added, left and right."""
    gaze: Floats
    """(2,) motion of the irises, IOD."""
    sides: Floats
    """(2, 17) factor on each half of each action unit."""
    light: Floats
    """(3,) relative brightness a + b x + c y."""
    noise: float
    """sd in grey levels."""
    quality: int | None
    """JPEG quality of the recording."""


def draw(options: NuisanceOptions, rng: np.random.Generator, *, sided: bool) -> Disturbance:
    """Draw one sample's disturbance.

    Args:
        options: the strengths.
        rng: the sample's generator; the number of draws does not depend on the options.
        sided: the action-unit source already says how much each half shows.
    """
    normal = rng.standard_normal(16 + 8 * 7 * 2).astype(np.float32)
    uniform = rng.random(9)
    turn, roll, scale = options.head_turn * normal[:4], options.head_turn * normal[4], options.head_turn * normal[5]
    shift = options.head_shift * normal[6:8]
    affine = np.array(
        [[shift[0], scale + turn[0], turn[1] - roll], [shift[1], turn[2] + roll, scale + turn[3]]], np.float32
    )
    awake = np.float32(uniform[0] < options.eyes)
    # Most lid movements between two frames are partial: the square favours small ones.
    lids = awake * np.float32((uniform[1] ** 2) * 0.5) * np.array([1.0, 0.7 + 0.3 * uniform[2]], np.float32)
    gaze = awake * 0.02 * normal[8:10]
    lids = lids * np.float32(1.0 if uniform[3] < 0.7 else -0.4)  # lids also open
    sides = np.ones((2, 17), np.float32)
    if not sided and uniform[4] < options.one_sided:
        sides[int(uniform[5] < 0.5)] = np.float32(0.5 * uniform[6])
    tilt = max(-0.9, min(0.9, options.asymmetry * float(normal[10])))
    sides *= np.array([[1 + tilt], [1 - tilt]], np.float32)
    low, high = options.recompress or (0, 0)
    return Disturbance(
        start=options.placement * normal[11:13],
        affine=affine,
        tremor=options.tremor * normal[16:].reshape(8, 7, 2),
        lids=lids,
        gaze=gaze.astype(np.float32),
        sides=sides,
        light=options.light * np.array([normal[13], 0.5 * normal[14], 0.5 * normal[15]], np.float32),
        noise=float(options.noise[0] + (options.noise[1] - options.noise[0]) * uniform[7]),
        quality=low + int(uniform[8] * (high + 1 - low)) if options.recompress else None,
    )


def record(frame: Floats, disturbance: Disturbance, rng: np.random.Generator) -> Image:
    """What the camera makes of one frame: sensor noise, rounding to 8 bits, and JPEG if the recording was compressed.

    Args:
        frame: (H, W, 3) float32 RGB, 0..255.
        disturbance: the sample's draw.
        rng: gives the place in the noise tile.
    """
    height, width = frame.shape[:2]
    tile = _noise_tile()
    top, left = (int(rng.random() * (NOISE_TILE - side % NOISE_TILE)) for side in (height, width))
    if height > NOISE_TILE or width > NOISE_TILE:
        tile = np.tile(tile, (height // NOISE_TILE + 1, width // NOISE_TILE + 1, 1))
    grain = tile[top : top + height, left : left + width]
    picture: Image = cv2.addWeighted(frame, 1.0, grain, disturbance.noise, 0.0, dtype=cv2.CV_8U)
    if disturbance.quality is not None:
        # OpenCV's codec takes BGR: in RGB it would call blue red, and keep the wrong colours' detail.
        swapped = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
        done, data = cv2.imencode(".jpg", swapped, [cv2.IMWRITE_JPEG_QUALITY, disturbance.quality])
        assert done
        picture = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return picture


@cache
def _noise_tile() -> Floats:
    """(512, 512, 3) float32 of unit noise, drawn once: taking a random window of it is 10 times faster than drawing.

    Two thirds of its variance are common to the three channels, as after demosaicking and YUV compression.
    """
    rng = stream(0, "noise tile")
    grey = rng.standard_normal((NOISE_TILE, NOISE_TILE, 1), np.float32)
    colour = rng.standard_normal((NOISE_TILE, NOISE_TILE, 3), np.float32)
    tile: Floats = np.sqrt(np.float32(2 / 3)) * grey + np.sqrt(np.float32(1 / 3)) * colour
    return tile
