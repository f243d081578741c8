"""The dose-response of a generator: each action unit alone at rising intensity, and what its frames show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...action_units import index_of
from ...errors import ShapeError
from ...generators import Generator, KnowsMask
from ...seeds import stream
from ...types import AU_NUMBERS, AUSequence, Face, Floats, Image
from .appearance import clipped, kept_face, likeness, unexplained
from .motion import ladder, measured_grey
from .regions import FaceMap, Mask, face_map

DOSES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
"""Intensities at the apex; 0 is the floor: a second frame of the neutral face."""
STILL = 1e-4
"""IOD: below this root mean square there is no motion to divide among regions (.006 px at 64 px between the eyes)."""
COLUMNS = (
    "generator", "face", "au", "dose", "displacement", "region_motion", "leakage", "identity", "artefacts",
    "artefacts_outside", "saturation", "mask",
)  # fmt: skip
"""Of measurements.csv. Motion in IOD, the others 0..1 (identity -1..1); empty = cannot be told."""


@dataclass(frozen=True)
class Asked:
    """What a generator drew for one face and unit."""

    au: int
    grey: Image
    """(T, h, w) uint8: onset, then DOSES, at the measured width."""
    saturation: Floats
    """(T,)."""
    mask: Floats | None
    """(T,) mean of the mask."""


def dose_sequence(au: int) -> AUSequence:
    """Neutral onset, then one row per dose of one unit."""
    values = np.zeros((1 + len(DOSES), len(AU_NUMBERS)), np.float32)
    values[1:, index_of(au)] = DOSES
    return AUSequence(values, 0, f"AU{au}", "expert")


def draw(generator: Generator, face: Face, au: int, seed: int) -> Image:
    """(1 + doses, H, W, 3) uint8; the stream depends on face and unit alone, so all generators get the same.

    Raises:
        ShapeError: the generator gives something else.
    """
    frames = generator.generate(face, dose_sequence(au), stream(seed, "dose", face.identity, au))
    expected = (1 + len(DOSES), *face.image.shape)
    if frames.shape != expected or frames.dtype != np.uint8:
        raise ShapeError(
            f"The generator {generator.name!r} does not give one frame per row, in the size of the face.",
            expected=f"{expected} uint8",
            got=f"{frames.shape} {frames.dtype}",
        )
    return frames


def responses(generator: Generator, face: Face, units: Sequence[int], seed: int) -> Iterator[dict[str, Any]]:
    """The rows of one face: for each unit and dose the measures of COLUMNS, without the generator's label."""
    asked = [_ask(generator, face, au, seed) for au in units]
    given = measured_grey(face.image[None])[0]
    places = _places(face, given.shape)
    chart = face_map(places, given.shape)
    reaches = {au: chart.reach(au) for au in units}
    probes = {au: chart.probe(au) for au in units}
    for step, (flows, backs) in enumerate(ladder(np.stack([item.grey for item in asked])), start=1):
        for item, flow, back in zip(asked, flows, backs, strict=True):
            reach, probe = reaches[item.au], probes[item.au]
            strange, judged = unexplained(given, back, flow)
            yield {
                "face": face.identity,
                "au": item.au,
                "dose": DOSES[step - 1],
                "displacement": None if probe is None else float(np.sum(probe * flow, dtype=np.float64)),
                **_energy(flow, reach, chart),
                "identity": likeness(given, back, chart.iod, kept_face(chart, reach)),
                "artefacts": _share(strange, judged),
                "artefacts_outside": _share(strange, judged & ~reach),
                "saturation": float(item.saturation[step]),
                "mask": None if item.mask is None else float(item.mask[step]),
            }


def _ask(generator: Generator, face: Face, au: int, seed: int) -> Asked:
    frames = draw(generator, face, au, seed)
    mask = None
    if isinstance(generator, KnowsMask):
        masks = generator.mask(face, dose_sequence(au), stream(seed, "dose", face.identity, au))
        mask = masks.mean((1, 2))
    return Asked(au, measured_grey(frames), clipped(frames, face.image), mask)


def _places(face: Face, shape: tuple[int, ...]) -> Floats:
    """The landmarks in an image of another size, (68, 2) float32 px."""
    height, width = face.image.shape[:2]
    scale = np.array([shape[1] / width, shape[0] / height], np.float32)
    places: Floats = (face.landmarks + 0.5) * scale - 0.5
    return places


def _energy(flow: Floats, reach: Mask, chart: FaceMap) -> dict[str, float | None]:
    """Root mean square of the motion in the unit's regions (IOD), and the share of all energy outside them."""
    square = (flow.astype(np.float64) ** 2).sum(-1) / chart.iod**2
    inside, everywhere = float(square[reach].sum()), float(square.sum())
    still = everywhere / square.size < STILL**2
    motion = (inside / max(int(reach.sum()), 1)) ** 0.5
    return {"region_motion": motion, "leakage": None if still else 1 - inside / everywhere}


def _share(some: Mask, of: Mask) -> float | None:
    return float((some & of).sum() / of.sum()) if of.any() else None
