"""One worker makes one shard: for each planned sample a face, its action units, frames, files in a tar."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from ..action_units import AUSource, create_sources
from ..errors import DatasetError, FleetingError, OptionsError
from ..faces import FacesOptions, create_faces
from ..faces.pool import FacePool
from ..generators import DrawsTogether, Generator, create_generator
from ..heap import keep_freed
from ..remote import AnyPath
from ..types import Image
from .flow_output import flow_images
from .plan import Planned, facts, plan_samples, shard_range
from .provenance import difference, surroundings
from .recipe import SynthesisRecipe
from .shards import Record, ShardWriter, finished_record

ENCODE = json.JSONEncoder(sort_keys=True).encode
BLOCK = 16
"""Identities whose frames are held at once: 14 MB in mie-x."""
FAULTS = (FleetingError, cv2.error, ValueError, ArithmeticError)
"""What may go wrong with one sample without stopping the run; it becomes a row with a reason."""
REASON = 500
"""Characters of a reason; the manifest refuses absurd ones."""


@dataclass(frozen=True)
class Job:
    """Everything a worker needs, small enough to be sent to any machine: under 3 kB."""

    recipe_json: str
    pool: FacePool
    """Holds the path of the face store, no pixels; a machine that has no such store makes it."""
    out: AnyPath
    shard: int
    made_with: str = ""
    """`made_with` of the parent, which the worker must equal; "": not checked."""


@dataclass(frozen=True)
class Tools:
    """What a worker builds once and uses for all its shards."""

    recipe: SynthesisRecipe
    sources: dict[str, AUSource]
    generator: Generator


def make_missing(job: Job) -> Record:
    """Make one shard unless it is finished: what an executor runs, perhaps twice over the same job."""
    return finished_record(job.out, job.shard) or make_shard(job)


def make_shard(job: Job) -> Record:
    """Make one shard and return its done record; the shard's files depend on the recipe and its number alone.

    Raises:
        OptionsError: the worker's versions or tables are not those of the parent.
        DatasetError: the worker's faces are not those of the parent.
    """
    cv2.setNumThreads(1)
    keep_freed()  # else each block of frames waits for 20 fresh pages a sample: 8 % of its time
    with threadpool_limits(1):
        tools = load_tools(job.recipe_json)
        if job.made_with not in ("", made_with(tools)):
            raise _other(job.made_with, made_with(tools))
        pool = _faces(job.pool.folder, job.pool.options)
        samples = plan_samples(tools.recipe, tools.sources, *shard_range(tools.recipe, job.shard))
        with ShardWriter(job.out, job.shard) as writer:
            for _, block in groupby(samples, key=lambda sample: sample.face // BLOCK):
                for sample, result in make_samples(tools, pool, list(block)):
                    if isinstance(result, str):
                        writer.fail(sample.key, result)
                    else:
                        writer.add(sample.key, result)
            return writer.record()


def make_samples(
    tools: Tools, pool: FacePool, samples: list[Planned]
) -> Iterator[tuple[Planned, dict[str, bytes] | str]]:
    """The files of each sample as they stand in the shard, KEY.json last, or the reason why there are none."""
    make = _flows if tools.recipe.synthesis.output == "flow" else _frames
    for sample, result in make(tools, pool, samples):
        if isinstance(result, str):
            yield sample, result
            continue
        record = facts(sample, pool.identity(sample.face), tools.generator.name, tools.generator.digest)
        yield sample, {**result, "json": ENCODE(record).encode()}


@lru_cache(maxsize=1)
def load_tools(recipe_json: str) -> Tools:
    """Build sources and generator of a recipe; kept, because reading AU tables takes longer than a shard's sample."""
    recipe = SynthesisRecipe.model_validate_json(recipe_json)
    generator = create_generator(recipe.generator.name, **recipe.generator.options)
    return Tools(recipe, create_sources(recipe.action_units), generator)


def made_with(tools: Tools) -> str:
    """What this process would make samples with, as JSON: versions, and the hashes of generator and tables."""
    return json.dumps(surroundings(tools.generator, tools.sources), sort_keys=True)


def _other(parent: str, worker: str) -> OptionsError:
    changed = difference(json.loads(parent), json.loads(worker))
    return OptionsError(
        "A worker would make other samples than the machine that the run was started on.",
        expected="; ".join(f"{key} = {old!r}" for key, (old, _) in changed.items()),
        got="; ".join(f"{key} = {new!r}" for key, (_, new) in changed.items()),
        where=platform.node(),
        cure="install the same versions and mount the same tables on all machines",
    )


@lru_cache(maxsize=1)
def _faces(folder: Path, options: FacesOptions) -> FacePool:
    """The pool over the store at `folder`; kept, so that its index is read once. Made again where it is not here."""
    if folder.is_dir():
        return FacePool(folder, options)
    pool = create_faces(options)
    if pool.folder.name != folder.name:  # the name is a hash of the images, the options and the code
        raise DatasetError(
            "The faces on a worker's machine are not those of the run.",
            expected=f"store {folder.name}",
            got=f"store {pool.folder.name}",
            where=platform.node(),
            cure="give all machines the same images, or one FLEETING_CACHE on a shared file system",
        )
    return pool


def _frames(tools: Tools, pool: FacePool, samples: list[Planned]) -> Iterator[tuple[Planned, dict[str, bytes] | str]]:
    """The files of each sample, or the reason why there are none."""
    # First all are drawn, then all are encoded: the processor's cache holds the code and tables of one step.
    for sample, frames in list(_drawn(tools.generator, pool, samples)):
        try:
            yield sample, frames if isinstance(frames, str) else _encode(frames, tools.recipe)
        except FAULTS as error:
            yield sample, _reason(error)


def _drawn(generator: Generator, pool: FacePool, samples: list[Planned]) -> Iterator[tuple[Planned, Image | str]]:
    """The frames of each sample, or the reason why there are none."""
    if isinstance(generator, DrawsTogether):
        try:
            drawn = _together(generator, pool, samples)
        except FAULTS:
            pass  # drawn one by one, the faulty ones show themselves
        else:
            yield from drawn
            return
    for number, group in groupby(samples, key=lambda sample: sample.face):
        try:
            face = pool.face(number)
        except FAULTS as error:
            yield from ((sample, f"face {number}: {_reason(error)}") for sample in group)
            continue
        for sample in group:
            try:
                yield sample, generator.generate(face, sample.aus, np.random.Generator(np.random.PCG64(sample.seed)))
            except FAULTS as error:
                yield sample, _reason(error)


def _together(generator: DrawsTogether, pool: FacePool, samples: list[Planned]) -> list[tuple[Planned, Image]]:
    faces = {number: pool.face(number) for number in {sample.face for sample in samples}}
    streams = [np.random.Generator(np.random.PCG64(sample.seed)) for sample in samples]
    sequences = [sample.aus for sample in samples]
    drawn = generator.generate_batch([faces[sample.face] for sample in samples], sequences, streams)
    return list(zip(samples, drawn, strict=True))


def _flows(tools: Tools, pool: FacePool, samples: list[Planned]) -> Iterator[tuple[Planned, dict[str, bytes] | str]]:
    for number, group in groupby(samples, key=lambda sample: sample.face):
        same_face = list(group)
        try:
            images = flow_images(tools.generator, pool, number, same_face)
            files = [{"flow.png": _png(image, level=0)} for image in images]
            yield from zip(same_face, files, strict=True)
        except FAULTS as error:
            yield from ((sample, _reason(error)) for sample in same_face)


def _encode(frames: Image, recipe: SynthesisRecipe) -> dict[str, bytes]:
    names = ["onset", "apex"] if len(frames) == 2 else [f"{index:02d}" for index in range(len(frames))]
    output = recipe.synthesis
    if output.format == "png":
        return {f"{name}.png": _png(frame) for name, frame in zip(names, frames, strict=True)}
    settings = [cv2.IMWRITE_JPEG_QUALITY, output.quality]
    settings += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return {f"{name}.jpg": _write(".jpg", frame, settings) for name, frame in zip(names, frames, strict=True)}


def _png(image: Image, level: int = 1) -> bytes:
    return _write(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, level])


def _write(kind: str, image: Image, settings: list[int]) -> bytes:
    done, data = cv2.imencode(kind, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), settings)
    if not done:
        raise ValueError(f"OpenCV could not encode a {kind} file of shape {image.shape}")
    encoded: bytes = data.tobytes()
    return encoded


def _reason(error: Exception) -> str:
    text = error.problem if isinstance(error, FleetingError) else f"{type(error).__name__}: {error}"
    return text.splitlines()[0][:REASON]
