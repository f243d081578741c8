"""Made-up generators whose faults are known."""

import cv2
import numpy as np
import pytest

from drawn_face import drawn_face, units
from fleeting.generators import create_generator
from fleeting.generators.nuisance import NO_NUISANCE
from fleeting.types import AU_NUMBERS


class Faulty:
    """Gives what `fault(face, dose, rng)` makes of the face, row by row."""

    name = "faulty"
    digest = "0" * 64

    def __init__(self, fault):
        self.fault = fault

    def generate(self, face, aus, rng):
        return np.stack([self.fault(face, float(row.max()), rng) for row in aus.values])


def moved(number):
    """Moves another unit than it is asked for."""
    warp = create_generator("warp", nuisance=NO_NUISANCE.model_dump())
    return lambda face, dose, rng: warp.generate(face, units(number, value=dose), rng)[-1]


def noisy(face, dose, rng):
    return np.clip(face.image + dose * rng.normal(0, 60, face.image.shape), 0, 255).astype(np.uint8)


def bright(face, dose, rng):
    return np.clip(face.image * (1 + 2.0 * dose), 0, 255).astype(np.uint8)


def blurred(face, dose, rng):
    return face.image if dose == 0 else cv2.GaussianBlur(face.image, (0, 0), 12 * dose)


@pytest.fixture(scope="session")
def face():
    return drawn_face()


@pytest.fixture(scope="session")
def quiet_warp():
    return create_generator("warp", nuisance=NO_NUISANCE.model_dump())


@pytest.fixture(scope="session")
def quiet_still():
    return create_generator("still", nuisance=NO_NUISANCE.model_dump())


@pytest.fixture(scope="session")
def faulty():
    """Makes a generator of a fault: moves-AU1, noisy, bright, blurred."""
    faults = {f"moves-AU{number}": moved(number) for number in AU_NUMBERS}
    return lambda name: Faulty({**faults, "noisy": noisy, "bright": bright, "blurred": blurred}[name])
