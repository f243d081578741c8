"""A made-up face that is exactly symmetric, for tests that say where a motion must be."""

import cv2
import numpy as np

from fleeting.types import AU_NUMBERS, AUSequence, Face

IOD = 44.0
# The subject's right half (left in the image), in IOD from the point between the eyes, x right, y down.
JAW = [(-1.05 * np.cos(np.pi * i / 16), 0.05 + 1.5 * np.sin(np.pi * i / 16)) for i in range(9)]
BROW = [(-0.85, -0.28), (-0.70, -0.36), (-0.54, -0.38), (-0.38, -0.36), (-0.22, -0.32)]
NOSE = [(0, 0.02), (0, 0.20), (0, 0.38), (0, 0.55), (-0.22, 0.62), (-0.11, 0.66), (0, 0.68)]
EYE = [(-0.72, 0), (-0.60, -0.07), (-0.40, -0.07), (-0.28, 0), (-0.40, 0.07), (-0.60, 0.07)]
LIPS = {48: (-0.40, 1.0), 49: (-0.25, 0.93), 50: (-0.09, 0.90), 51: (0, 0.92), 57: (0, 1.13), 58: (-0.09, 1.12)}
LIPS |= {59: (-0.25, 1.08), 60: (-0.33, 1.0), 61: (-0.12, 0.985), 62: (0, 0.99), 66: (0, 1.02), 67: (-0.12, 1.015)}
HALF = dict(enumerate(JAW)) | dict(enumerate(BROW, 17)) | dict(enumerate(NOSE, 27)) | dict(enumerate(EYE, 36)) | LIPS
TWINS = {i: 16 - i for i in range(8)} | {17: 26, 18: 25, 19: 24, 20: 23, 21: 22, 31: 35, 32: 34}
TWINS |= {
    36: 45,
    37: 44,
    38: 43,
    39: 42,
    40: 47,
    41: 46,
    48: 54,
    49: 53,
    50: 52,
    58: 56,
    59: 55,
    60: 64,
    61: 63,
    67: 65,
}


def landmarks(width=128, eye_line=45.0, iod=IOD):
    """(68, 2) float32 px, mirror-symmetric about the middle of an image of that width."""
    points = np.zeros((68, 2))
    for index, (x, y) in HALF.items():
        points[index] = x, y
        points[TWINS.get(index, index)] = -x if index in TWINS else x, y
    return (points * iod + [(width - 1) / 2, eye_line]).astype(np.float32)


def texture(height=128, width=128, channels=3, seed=0):
    """Uint8 blurred noise around mid grey: something that flow can hold on to."""
    noise = np.random.default_rng(seed).standard_normal((height, width, channels)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.0).reshape(height, width, channels)
    return np.clip(128 + 250 * smooth, 0, 255).astype(np.uint8)


def drawn_face(height=128, width=128, image=None):
    """A Face with the symmetric landmarks on a texture."""
    picture = texture(height, width) if image is None else image
    return Face("drawn/0", picture, landmarks(width), "CC0", "drawn_face.py")


def units(*numbers, value=0.3, frames=2, sides=None):
    """An AUSequence from neutral, by equal steps, to `value` of the named units."""
    values = np.zeros((frames, len(AU_NUMBERS)), np.float32)
    for number in numbers:
        values[:, AU_NUMBERS.index(number)] = np.linspace(0, value, frames)
    both = np.ones((2, len(AU_NUMBERS)), np.float32) if sides is None else np.repeat(np.array(sides)[:, None], 17, 1)
    return AUSequence(values, 0, "test", "expert", sides=both.astype(np.float32))
