"""Onset-to-apex flow with head, light and camera on, set against the flow of recorded clips.

The recorded clips at hand are 28 x 28 images of u, v and strain, each stretched to 0..255 clip by clip, so how strong
their motion was cannot be known. Compared is what stretching leaves as it was: form, not strength.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from ...action_units import ActionUnitsOptions, AUSource, create_sources, index_of
from ...datasets import AbsentError, open_dataset
from ...faces.pool import FacePool
from ...features import optical_flows, optical_strain, stretch
from ...features.channels import shrink
from ...generators import Generator
from ...seeds import stream
from ...types import AU_NUMBERS, LABELS, AUSequence, Face, Floats, Image
from .doses import STILL
from .flow_form import COMPONENTS, Recorded, distances, statistics, varied

RECORDED = "megc2019-flow"
SIDE = 28
EYES = 10.3, 13.6
"""Row and column of the recorded images midway between the eyes (docs/log.md: found from the images, no labels)."""
CELLS_PER_IOD = SIDE / 2.43, SIDE / 2.03
"""Rows and columns of the recorded images per IOD (recipes/direct.toml)."""
SOURCES = ("micro", "expert")
"""Action-unit sources that need no data."""
TRIES = 200
"""Draws until one of the units asked for takes part."""
BLOCK = 16
"""Samples whose frames are held at once."""


@dataclass(frozen=True)
class Window:
    """The part of the face that both the recorded and the generated flow images show."""

    shape: tuple[int, int]
    """Rows and columns to which a generated flow is shrunk, so that a cell is as large as in the recorded images."""
    generated: tuple[slice, slice]
    recorded: tuple[slice, slice]
    below_eyes: Floats
    """(rows,) IOD of each row of the window below the eyes."""


def window(face: Face) -> Window:
    """Lay the image of a face over the recorded images, to whole rows and columns."""
    size = face.image.shape[:2]
    right, left = face.landmarks[36:42].mean(0), face.landmarks[42:48].mean(0)
    iod, middle = float(np.hypot(*(left - right))), ((left + right) / 2)[::-1]
    own, theirs, shape = [], [], []
    for axis in (0, 1):
        cells = max(1, round(size[axis] / iod * CELLS_PER_IOD[axis]))
        at = (float(middle[axis]) + 0.5) / size[axis] * cells - 0.5
        first, last = max(shift := round(EYES[axis] - at), 0), min(shift + cells, SIDE)
        own.append(slice(first - shift, last - shift))
        theirs.append(slice(first, last))
        shape.append(cells)
    below = (np.arange(SIDE)[theirs[0]] - EYES[0]) / CELLS_PER_IOD[0]
    return Window((shape[0], shape[1]), (own[0], own[1]), (theirs[0], theirs[1]), below.astype(np.float32))


class Realism:
    """Compares generators with the recorded clips, on the faces of one pool."""

    def __init__(self, pool: FacePool, units: Sequence[int], samples: int, seed: int, first: int = 0) -> None:
        self._pool, self._units, self._samples, self._seed, self._first = pool, units, samples, seed, first
        self._window = window(pool.face(first))
        self._parts, self._absent = _recorded(self._window)
        whole = [image for images in self._parts.values() for image in images]
        self._statistics = statistics(whole, self._window.below_eyes)
        self._form = Recorded(self._parts) if whole else None

    def recorded(self) -> dict[str, Any]:
        """What is known of the recorded clips: how many, and how far their data sets differ from each other."""
        tables = [statistics(images, self._window.below_eyes) for images in self._parts.values()]
        pairs = [distances(one, other) for one, other in combinations(tables, 2)]
        between = {name: float(np.mean([pair[name]["ks"] for pair in pairs])) for name in pairs[0]} if pairs else {}
        return {
            "clips": sum(map(len, self._parts.values())),
            "parts": {name: len(images) for name, images in self._parts.items()},
            "absent": self._absent,
            "rows": len(self._window.below_eyes),
            "between": between,
            "ks": float(np.mean(list(between.values()))) if between else None,
            "frechet": self._form.between() if self._form else None,
            "frechet_halves": self._form.halves() if self._form else None,
        }

    def compare(self, generator: Generator) -> dict[str, Any]:
        """Mean motion (IOD), and the distances from the recorded clips, None where there are none."""
        images, strengths = self._draw(generator)
        formed = varied([image for image, strength in zip(images, strengths, strict=True) if strength > STILL])
        found = {"samples": len(images), "flat": len(images) - len(formed), "motion": float(np.mean(strengths))}
        if self._form is None or len(formed) <= COMPONENTS:
            return {**found, "statistics": {}, "ks": None, "wasserstein": None, "frechet": None}
        apart = distances(statistics(formed, self._window.below_eyes), self._statistics)
        means = {name: float(np.mean([item[name] for item in apart.values()])) for name in ("ks", "wasserstein")}
        return {**found, "statistics": apart, **means, "frechet": self._form.frechet(formed)}

    def _draw(self, generator: Generator) -> tuple[list[Image], list[float]]:
        """Of each sample u, v, strain (rows, columns, 3) uint8 in the window, and the rms of the motion in IOD.

        Sample n has the n-th face, label n and the sources in turn; units that are not asked for stay at rest.
        """
        sources = list(create_sources(ActionUnitsOptions(sources=SOURCES)).values())
        images, strengths = [], []
        for start in range(0, self._samples, BLOCK):
            pairs, distances_px = [], []
            for index in range(start, min(start + BLOCK, self._samples)):
                number = self._first + index
                face = self._pool.face(number if self._pool.options.strength() > 0 else number % len(self._pool))
                rng = stream(self._seed, "expression", index)
                source = sources[index // len(LABELS) % len(sources)]
                aus = _expression(source, self._units, index, rng)
                pairs.append(generator.generate(face, aus, rng)[[0, -1]])
                eyes = face.landmarks[42:48].mean(0) - face.landmarks[36:42].mean(0)
                distances_px.append(float(np.hypot(*eyes)))
            onsets, apexes = np.stack(pairs).swapaxes(0, 1)
            flows = optical_flows(onsets, apexes)
            flows[(onsets == apexes).all((1, 2, 3))] = 0  # TV-L1 finds some hundredths of a px there
            for flow, iod in zip(flows, distances_px, strict=True):
                image = shrink(stretch(np.dstack([flow, optical_strain(flow)])), self._window.shape)
                images.append(image[self._window.generated])
                strengths.append(float(np.sqrt((flow.astype(np.float64) ** 2).sum(-1).mean())) / iod)
        return images, strengths


def _recorded(view: Window) -> tuple[dict[str, list[Image]], str]:
    """The recorded images in the window by their data set, and where there are none the reason. No labels are read."""
    try:
        dataset = open_dataset(RECORDED)
    except AbsentError as error:
        return {}, f"{error.problem} What to do: {error.cure}."
    parts: dict[str, list[Image]] = {}
    for clip in dataset.clips():
        parts.setdefault(clip.dataset, []).append(dataset.frames(clip)[0][view.recorded])
    formed = {name: varied(images) for name, images in parts.items()}
    return {name: images for name, images in formed.items() if len(images) > COMPONENTS}, ""


def _expression(source: AUSource, units: Sequence[int], index: int, rng: np.random.Generator) -> AUSequence:
    """A draw in which one of the units takes part; if none of TRIES does, the last draw: head and light alone."""
    rest = np.setdiff1d(np.arange(len(AU_NUMBERS)), [index_of(number) for number in units])
    for _ in range(TRIES):
        aus = source.sample(rng, index % len(LABELS), index)
        aus.values[:, rest] = 0
        if aus.values.any():
            break
    return aus
