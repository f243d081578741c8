"""Identity variation, the tone: skin, light and camera, as curves per channel, a colour matrix and a soft light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..types import Floats, Image
from .geometry import Doubles

GREY = np.array([0.299, 0.587, 0.114])
"""Weights of R, G, B in brightness (ITU-R BT.601)."""

LEVELS = np.clip(np.arange(256) / 255.0, 0.5 / 255, 1 - 0.5 / 255)

LIMITS = (0.22, 0.68)
"""The mean level of a face stays between these, unless the base face lies outside already."""


@dataclass(frozen=True, slots=True)
class Tone:
    """The drawn tone of one identity."""

    curve: Floats
    """(256, 1, 3) float32: level in, level out 0..255, per channel."""
    colours: Floats
    """(3, 3) float32: mixes R, G, B (saturation)."""
    light: tuple[float, float]
    """Log gain per eye distance to the right and downwards, levelling off at the sides."""

    def apply(self, image: Image, xs: Doubles, ys: Doubles) -> Image:
        """The image (H, W, 3) uint8 in this tone; `xs` (W,) and `ys` (H,) are its columns and rows in face units."""
        toned = cv2.transform(cv2.LUT(image, self.curve), self.colours)
        across, down = (
            np.exp(slope * np.tanh(places) - 0.6 * abs(slope))
            for slope, places in zip(self.light, (xs, ys), strict=True)
        )
        gain = cv2.cvtColor(np.outer(down, across).astype(np.float32), cv2.COLOR_GRAY2RGB)
        lit: Image = cv2.multiply(toned, gain, dtype=cv2.CV_8U)  # rounds and clips
        return lit


def draw_tone(level: float, strength: float, rng: np.random.Generator) -> Tone:
    """Draw the tone of one identity; the spreads are in docs/faces.md.

    Levels are moved in log-odds, where black and white stay where they are: a brighter tone cannot burn out skin.

    Args:
        level: mean level of the base face, 0..1; the varied one stays inside LIMITS.
        strength: multiplies every spread.
        rng: consumed by one draw of eight normals.
    """
    spreads = (0.25, 0.10, 0.08, 0.025, 0.35, 0.10, 0.13, 0.06)
    draws = strength * np.array(spreads) * np.clip(rng.standard_normal(len(spreads)), -2, 2)
    exposure, contrast, warmth, green, skin, saturation, side, above = map(float, draws)
    now = _log_odds(np.clip(level, 0.02, 0.98))
    low, high = (float(_log_odds(np.array(limit)) - now) for limit in LIMITS)
    whole = float(np.clip(exposure - skin, min(low, 0), max(high, 0)))
    # A darker skin reflects less of every colour and of blue least; light skin the other way round.
    shifts = whole + np.array([warmth + 0.15 * skin, green, -warmth - 0.15 * skin])
    steepness = np.exp(contrast)
    # The steepness turns the line about the face's own level, so that contrast does not change the brightness.
    odds = now + steepness * (_log_odds(LEVELS)[:, None] - now) + shifts
    curve = 255 / (1 + np.exp(-odds))
    # Log-odds pull dark channels apart: take back the saturation that darkening adds.
    keep = np.exp(saturation + 0.3 * min(whole, 0))
    colours = keep * np.eye(3) + (1 - keep) * GREY
    return Tone(curve[:, None].astype(np.float32), colours.astype(np.float32), (side, above))


def _log_odds(levels: Doubles) -> Doubles:
    odds: Doubles = np.log(levels / (1 - levels))
    return odds
