"""Measures generators side by side: dose curves first, then their expressions against recorded clips."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from collections.abc import Callable, Sequence
from itertools import combinations, islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from ...errors import FaceError
from ...faces import create_faces
from ...faces.pool import FacePool
from ...files import atomic_write, text_digest, write_text
from ...generators import GENERATORS, Generator, create_generator
from ...generators.nuisance import NO_NUISANCE
from ...types import Image
from .appearance import LEVELS, likeness
from .doses import COLUMNS, DOSES, draw, responses
from .motion import WIDTH, measured_grey
from .options import MeasurementOptions, parse_generator
from .realism import Realism
from .regions import OUTSIDE, face_map, tables_text
from .summary import summarise

MEASUREMENTS, RESULTS, EXAMPLES = "measurements.csv", "results.json", "examples"
TILE = 96
"""px: widest tile of an example sheet."""
PAIRS = 50
"""Pairs of faces that tell how alike two different people are by our measure."""
PACKAGES = ("fleeting", "numpy", "opencv-contrib-python", "torch")


def measure_generators(options: MeasurementOptions, out: Path, *, progress: bool = True) -> dict[str, Any]:
    """Measure the generators and write DIR/measurements.csv, results.json and an example sheet for each.

    Dose curves are drawn without nuisance, where the generator has options for it; what is set against recorded clips
    is drawn with it, as the generator's options say.

    Args:
        options: what to measure.
        out: the folder; it is made if need be.
        progress: show a bar on standard error.

    Returns:
        The content of results.json.

    Raises:
        OptionsError: there is no such generator, or an option of it is wrong.
        FaceError: the source has fewer faces than asked for.
        FleetingError: a generator cannot draw these faces.
    """
    named = [parse_generator(text) for text in options.generators]
    quiet = [create_generator(name, **_without_nuisance(name, settings)) for name, settings in named]
    lively = [create_generator(name, **settings) for name, settings in named]
    pool = create_faces(options.faces)
    _check(pool, options.numbers)
    steps = len(named) * (options.identities + 1)
    rows: list[dict[str, Any]] = []
    with tqdm(total=steps, unit="face", disable=not progress, file=sys.stderr) as bar:
        for label, generator in zip(options.generators, quiet, strict=True):
            for number in options.numbers:
                found = responses(generator, pool.face(number), options.action_units, options.seed)
                rows += ({"generator": label, **row} for row in found)
                bar.update()
        table = pd.DataFrame(rows, columns=list(COLUMNS))
        real, recorded = _against_recorded(options, lively, pool, bar.update)
    generators = {}
    for place, (label, generator) in enumerate(zip(options.generators, lively, strict=True)):
        sheet = f"{EXAMPLES}/{place}.png"
        _write_png(out / sheet, _examples(quiet[place], pool, options))
        generators[label] = {
            "name": generator.name,
            "digest": generator.digest,
            "digest_doses": quiet[place].digest,
            "nuisance": _has_nuisance(generator.name),
            "examples": sheet,
            **summarise(table[table["generator"] == label], options.seed),
            "realism": real[place],
        }
    results = {
        "doses": list(DOSES),
        "tolerance": LEVELS,
        "action_units": list(options.action_units),
        "generators": generators,
        "faces": _faces(pool, options),
        "recorded": recorded,
        "options": options.model_dump(mode="json"),
        "inputs": {"faces": pool.digest, "tables": text_digest(tables_text())},
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
    }
    _write(out, table, results)
    return results


def _has_nuisance(name: str) -> bool:
    return "nuisance" in GENERATORS.load(name).Options.model_fields


def _without_nuisance(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {**settings, "nuisance": NO_NUISANCE.model_dump()} if _has_nuisance(name) else settings


def _check(pool: FacePool, numbers: range) -> None:
    """Refuse more faces than there are before anything is measured."""
    if pool.options.strength() == 0 and numbers.stop > len(pool):
        raise FaceError(
            "There are fewer faces than are to be measured.",
            expected=f"at most {len(pool)}, or variation above 0",
            got=str(numbers.stop),
            cure="lower --identities, give more images, or --set faces.variation=1",
        )


def _against_recorded(
    options: MeasurementOptions, generators: Sequence[Generator], pool: FacePool, done: Callable[[], Any]
) -> tuple[list[dict[str, Any] | None], dict[str, Any]]:
    """What each generator's expressions have in common with recorded ones, and what is known of those."""
    if options.samples == 0:
        return [None] * len(generators), {"clips": 0, "absent": "Not asked for (--samples 0)."}
    realism = Realism(pool, options.action_units, options.samples, options.seed, options.first)
    found: list[dict[str, Any] | None] = []
    for generator in generators:
        found.append(realism.compare(generator))
        done()
    return found, realism.recorded()


def _faces(pool: FacePool, options: MeasurementOptions) -> dict[str, Any]:
    """Whom the figures are about, and how alike two of them are."""
    face = pool.face(options.first)
    height, width = face.image.shape[:2]
    iod = float(np.hypot(*(face.landmarks[42:48].mean(0) - face.landmarks[36:42].mean(0))))
    return {
        "source": options.faces.name,
        "faces": options.identities,
        "images": min(len(pool), options.identities),
        "width": width,
        "height": height,
        "iod": iod,
        "measured_iod": iod * WIDTH / width,
        "two_people": _two_people(pool, options.numbers),
    }


def _two_people(pool: FacePool, faces: range) -> float | None:
    """Median likeness of two different faces, those of one image left out; None where there is one image only."""
    numbers = [(one, two) for one, two in combinations(faces, 2) if one % len(pool) != two % len(pool)]
    alike = []
    for one, two in islice(numbers, 0, None, max(1, len(numbers) // PAIRS)):
        pair = pool.face(one), pool.face(two)
        first, second = (measured_grey(face.image[None])[0] for face in pair)
        scale = first.shape[1] / pair[0].image.shape[1]
        charts = [face_map((face.landmarks + 0.5) * scale - 0.5, first.shape) for face in pair]
        both = (charts[0].region != OUTSIDE) & (charts[1].region != OUTSIDE)
        alike.append(likeness(first, second, charts[0].iod, both))
    known = [value for value in alike if value is not None]
    return float(np.median(known)) if known else None


def _examples(generator: Generator, pool: FacePool, options: MeasurementOptions) -> Image:
    """A line per unit, a column per dose: the first face, tiles of at most TILE px."""
    face = pool.face(options.first)
    height, width = face.image.shape[:2]
    scale = min(1.0, TILE / width)
    size = (round(scale * width), round(scale * height))
    lines = []
    for au in options.action_units:
        frames = draw(generator, face, au, options.seed)[1:]
        lines.append(np.hstack([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames]))
    return np.vstack(lines)


def _write_png(path: Path, image: Image) -> None:
    _, data = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    with atomic_write(path) as file:
        file.write(data.tobytes())


def _write(out: Path, table: pd.DataFrame, results: dict[str, Any]) -> None:
    text = table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    write_text(out / MEASUREMENTS, text)
    write_text(out / RESULTS, json.dumps(results, indent=1) + "\n")
