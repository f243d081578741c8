"""Synthesis speed: samples per second of one process, and the share of the bare limit.

The bare limit is one cv2.remap and one JPEG encode per frame, nothing else, measured in the same run on the same
faces. Run: python benchmarks/synthesis.py [samples]. Uses recipes/mie-x.toml where the mirror is, else embedded faces.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from fleeting.cli.recipe import read_recipe
from fleeting.faces import create_faces
from fleeting.files import mirror
from fleeting.generators import create_generator
from fleeting.synthesis.recipe import SynthesisRecipe
from fleeting.synthesis.worker import Job, make_shard
from fleeting.types import AUSequence

RECIPE = Path(__file__).parents[1] / "recipes" / "mie-x.toml"
TARGET, TARGET_FLOW = 0.40, 3000
ROUNDS = 3


def recipe(samples: int, output: str) -> SynthesisRecipe:
    """The recipe, cut to one shard of `samples` samples."""
    if mirror() is not None:
        whole, _, _ = read_recipe(RECIPE)
    else:
        whole = SynthesisRecipe.parse({"action_units": {"sources": ["micro", "expert"]}})
    change = {"shard_size": samples, "identities": samples, "output": output}
    return whole.model_copy(update={"synthesis": whole.synthesis.model_copy(update=change)})


def rate(samples: int, output: str, folder: Path) -> float:
    """Samples per CPU second, the best of several shards: other programs only ever slow one down."""
    made = recipe(samples, output)
    job = Job(made.model_dump_json(), create_faces(made.faces), folder, 0)
    make_shard(job)  # tables are read and libraries warmed up
    return max(samples / timed(lambda: make_shard(job)) for _ in range(ROUNDS))


def bare(samples: int) -> float:
    """Samples of two frames per CPU second with one remap and one JPEG encode per frame."""
    made = recipe(samples, "frames")
    face = create_faces(made.faces).face(0)
    neutral = AUSequence(np.zeros((1, 17), np.float32), 0, "neutral", "expert")
    frame = create_generator("warp").generate(face, neutral, np.random.default_rng(0))[0]  # noise and all
    height, width = frame.shape[:2]
    down, across = np.indices((height, width), dtype=np.float32)
    across += np.float32(0.3)
    quality = [cv2.IMWRITE_JPEG_QUALITY, made.synthesis.quality]
    quality += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]

    def frames() -> None:
        for _ in range(2 * samples):
            cv2.remap(frame, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
            cv2.imencode(".jpg", frame, quality)

    frames()
    return max(samples / timed(frames) for _ in range(ROUNDS))


def timed(work: object) -> float:
    """CPU seconds of a call."""
    start = time.process_time()
    assert callable(work)
    work()
    return time.process_time() - start


def main() -> None:
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 900
    cv2.setNumThreads(1)
    with threadpool_limits(1), tempfile.TemporaryDirectory() as folder:
        limit = bare(samples)
        frames = rate(samples, "frames", Path(folder) / "frames")
        flow = rate(samples, "flow", Path(folder) / "flow")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'':34}samples/s/core")
    print(f"{'bare limit (remap + JPEG encode)':34}{limit:10.0f}")
    print(f"{'frames, two of 128 x 128':34}{frames:10.0f}   {frames / limit:.0%} of the limit, target {TARGET:.0%}")
    print(f"{'flow images':34}{flow:10.0f}   target {TARGET_FLOW}")
    print(f"peak memory of this process {memory:.0f} MB")
    details = {"frames_per_s": frames, "bare_per_s": limit, "flow_per_s": flow, "peak_mb": memory}
    result = {
        "benchmark": "synthesis",
        "ratio": round(frames / limit, 3),
        "against": "one remap and one JPEG encode per frame, same run",
        "target": TARGET,
        "details": {name: round(value, 1) for name, value in details.items()},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
