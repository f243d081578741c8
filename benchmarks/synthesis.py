"""Synthesis speed: samples per second of one process, and the share of the bare limit.

The bare limit is one cv2.remap and one JPEG encode per frame, nothing else, measured in the same run over frames that
the run makes. They differ, as they do in the run: one frame encoded again and again comes from warm caches and along
branches that the processor has learnt, and takes a sixth less time than any real data set allows. The share of that
higher rate is printed besides, so that nobody takes one figure for the other.
Run: python benchmarks/synthesis.py [samples per shard; 1800 as in mie-x]. Uses recipes/mie-x.toml where the mirror is,
else embedded faces.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from fleeting.action_units import create_sources
from fleeting.cli.recipe import read_recipe
from fleeting.faces import create_faces
from fleeting.files import mirror
from fleeting.generators import create_generator
from fleeting.synthesis.plan import plan_samples
from fleeting.synthesis.recipe import SynthesisRecipe
from fleeting.synthesis.worker import Job, make_shard
from fleeting.types import LABELS, Image

RECIPE = Path(__file__).parents[1] / "recipes" / "mie-x.toml"
TARGET, TARGET_FLOW = 0.40, 3000
ROUNDS = 8
IDENTITIES = 10_000

Work = tuple[int, Callable[[], object]]
"""What is timed, and how many samples one call of it makes."""


def recipe(samples: int, output: str) -> SynthesisRecipe:
    """The recipe with shards of `samples` samples."""
    if mirror() is not None:
        whole, _, _ = read_recipe(RECIPE)
    else:
        whole = SynthesisRecipe.parse({"action_units": {"sources": ["micro", "expert"]}})
    change = {"shard_size": samples, "identities": IDENTITIES, "output": output}
    return whole.model_copy(update={"synthesis": whole.synthesis.model_copy(update=change)})


def shard(samples: int, output: str, folder: Path, *, varied: bool = False) -> Work:
    """Makes `samples` samples. The first shard shows faces as they are; `varied` takes the first that shows none so."""
    made = recipe(samples, output)
    pool = create_faces(made.faces)
    plain = len(pool) * len(made.draws) * len(LABELS)
    job = Job(made.model_dump_json(), pool, folder, -(-plain // samples) if varied else 0)
    return samples, lambda: make_shard(job)


def own_frames(samples: int) -> list[Image]:
    """The frames of the first samples of the run, as the generator gives them: with motion, light and noise."""
    made = recipe(samples, "frames")
    pool, sources = create_faces(made.faces), create_sources(made.action_units)
    generator, frames = create_generator(made.generator.name, **made.generator.options), []
    for face, group in groupby(plan_samples(made, sources, 0, samples), key=lambda sample: sample.face):
        crop = pool.face(face)
        for sample in group:
            frames += list(generator.generate(crop, sample.aus, np.random.default_rng(sample.seed)))
    return frames


def bare(frames: list[Image], quality: int) -> Work:
    """One remap and one JPEG encode per frame, over all of `frames`; a sample has two."""
    height, width = frames[0].shape[:2]
    down, across = np.indices((height, width), dtype=np.float32)
    across += np.float32(0.3)
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality]
    settings += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]

    def work() -> None:
        for frame in frames:
            cv2.remap(frame, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
            cv2.imencode(".jpg", frame, settings)

    return len(frames) // 2, work


def rates(works: Sequence[Work]) -> list[float]:
    """Samples per CPU second of each: the best of rounds in which they take turns.

    Other programs only ever slow one down, and the machine's pace changes within a minute: what is compared must run
    side by side.
    """
    for _, work in works:
        work()  # tables are read and libraries warmed up
    return [max(column) for column in zip(*([timed(*work) for work in works] for _ in range(ROUNDS)), strict=True)]


def timed(samples: int, work: Callable[[], object]) -> float:
    """Samples per CPU second of one call."""
    start = time.process_time()
    work()
    return samples / (time.process_time() - start)


def main() -> None:
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 1800
    cv2.setNumThreads(1)
    with threadpool_limits(1), tempfile.TemporaryDirectory() as folder:
        own = own_frames(min(samples, 150))
        quality = recipe(samples, "frames").synthesis.quality
        works = [bare(own, quality), bare(own[:1] * len(own), quality)]
        works += [shard(samples, "frames", Path(folder) / "frames")]
        works += [shard(samples, "frames", Path(folder) / "varied", varied=True)]
        limit, single, frames, varied = rates(works)
        (flow,) = rates([shard(samples, "flow", Path(folder) / "flow")])  # its recipe is another: tools are built anew
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'':34}samples/s/core")
    print(f"{'bare limit (remap + JPEG encode)':34}{limit:10.0f}   over {len(own)} frames of the run")
    print(f"{'the same, one frame over and over':34}{single:10.0f}")
    print(f"{'frames, two of 128 x 128':34}{frames:10.0f}   {frames / limit:.0%} of the limit, target {TARGET:.0%}")
    print(f"{'':44}   {frames / single:.0%} of the rate with one frame over and over")
    print(f"{'frames of varied identities':34}{varied:10.0f}   {varied / limit:.0%} of the limit")
    print(f"{'flow images':34}{flow:10.0f}   target {TARGET_FLOW}")
    print(f"peak memory of this process {memory:.0f} MB")
    details = {"frames_per_s": frames, "bare_per_s": limit, "bare_one_frame_per_s": single}
    details |= {"frames_varied_per_s": varied, "flow_per_s": flow}
    result = {
        "benchmark": "synthesis",
        "ratio": round(frames / limit, 3),
        "against": "one remap and one JPEG encode per frame, over frames of the run, same run",
        "target": TARGET,
        "details": {
            **{name: round(value, 1) for name, value in details.items()},
            "ratio_one_frame": round(frames / single, 3),
            "peak_mb": round(memory, 1),
        },
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
