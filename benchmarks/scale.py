"""How synthesis grows: from one process to two, from a pool to Ray, from 5,000 planned samples to 500,000.

- Efficiency: wall time of a pool of one process over twice that of a pool of two, starting them included.
- Ray: wall time on a Ray that runs already with two cores, over the pool of two. Starting Ray is stated by itself.
- Memory: peak of a parent that plans, tracks and lists 5,000 and 500,000 samples. No shard is made: what makes them is
  another process, and half a million would take minutes.
- Cost per sample: CPU time of one process over counts that grow; the inputs are read before.
Run: python benchmarks/scale.py [--full], on Linux. --full takes the 45,000 samples of mie-x in shards of 1,800, as it
does, for efficiency and Ray, instead of 9,000 in shards of 450.
The machine must be quiet and have two cores: wall times are compared.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fleeting.executors import Executor, create_executor
from fleeting.files import size
from fleeting.synthesis import synthesize
from fleeting.synthesis.plan import shard_range
from fleeting.synthesis.recipe import SynthesisRecipe
from fleeting.synthesis.worker import Job

TARGET, TARGET_RAY, TARGET_MEMORY = 0.85, 0.15, 1.1
SAMPLES, FULL = 9_000, 45_000
SHARDS = {SAMPLES: 450, FULL: 1_800}
"""Samples per shard."""
COUNTS = (900, 3_600, 14_400)
PLANNED = (5_000, 500_000)
PER_IDENTITY = 9


def recipe(samples: int) -> SynthesisRecipe:
    """About `samples` samples like those of mie-x, from what comes with the package."""
    tables = {
        "synthesis": {
            "identities": -(-samples // PER_IDENTITY),
            "per_class": {"expert": 3},
            "shard_size": SHARDS.get(samples, 450),
        },
        "action_units": {"sources": ["expert"]},
    }
    return SynthesisRecipe.parse(tables)


def wall(samples: int, out: Path, executor: Executor) -> float:
    """Seconds of a run."""
    start = time.perf_counter()
    synthesize(recipe(samples), out, executor=executor, progress=False)
    return time.perf_counter() - start


@contextmanager
def running_ray() -> Iterator[tuple[str, float]]:
    """Address of a Ray of two cores on this machine, and the seconds that it took to start."""
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_raylet_start_wait_time_s": "120"}
    subprocess.run(
        [Path(sys.executable).with_name("ray"), "get-auth-token", "--generate"], capture_output=True, check=True
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["start", "--head", "--block", f"--port={port}", "--num-cpus=2", "--include-dashboard=false"]
    start = time.perf_counter()
    ray = subprocess.Popen([Path(sys.executable).with_name("ray"), *words], stdout=subprocess.PIPE, text=True)
    try:
        assert ray.stdout is not None
        if not any("Ray runtime started" in line for line in ray.stdout):
            sys.exit("ray start failed")
        yield f"127.0.0.1:{port}", time.perf_counter() - start
    finally:
        ray.terminate()
        ray.wait()


class Told:
    """Says of every shard that it was made."""

    name, workers = "told", 1

    def __init__(self, recipe: SynthesisRecipe) -> None:
        self.recipe = recipe

    def run(self, task: Callable[[Any], Any], jobs: Iterable[Job]) -> Iterator[tuple[Job, Any]]:
        """See `Executor.run`."""
        for job in jobs:
            start, stop = shard_range(self.recipe, job.shard)
            yield job, {"count": stop - start, "sha256": "", "bytes": 0, "failed": {}}


def peak() -> float:
    """Most memory that this process has held, MB; getrusage would count what its parent held when it was started."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def plan_only(samples: int, out: Path) -> None:
    """What the parent does in a run of `samples`; prints its figures as JSON. Runs in a process of its own."""
    start = time.process_time()
    planned = recipe(samples)
    synthesize(planned, out, executor=Told(planned), progress=False)
    figures = {
        "peak_mb": peak(),
        "ms_per_sample": 1000 * (time.process_time() - start) / samples,
        "manifest_bytes_per_sample": (size(out / "manifest.parquet") or 0) / samples,
    }
    print(json.dumps(figures))


def parents(folder: Path) -> dict[int, dict[str, float]]:
    """Peak memory and CPU time of a parent by count."""
    found = {}
    for samples in PLANNED:
        words = [sys.executable, __file__, "plan", str(samples), str(folder / f"plan-{samples}")]
        found[samples] = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    return found


def costs(folder: Path) -> dict[int, float]:
    """CPU milliseconds per sample of one process by count."""
    found = {}
    for count in (COUNTS[0], *COUNTS):  # the first time reads tables and warms libraries up
        start = time.process_time()
        synthesize(recipe(count), folder / f"cost-{count}-{len(found)}", progress=False)
        found[count] = 1000 * (time.process_time() - start) / count
    return found


def main() -> None:
    samples = FULL if "--full" in sys.argv else SAMPLES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cost = costs(folder)
        single = wall(samples, folder / "one", create_executor("process", 1))
        double = wall(samples, folder / "two", create_executor("process", 2))
        with running_ray() as (address, started):
            start = time.perf_counter()
            list(create_executor("ray", 2, {"address": address}).run(abs, [-1]))
            joined = time.perf_counter() - start
            ray = wall(samples, folder / "ray", create_executor("ray", 2, {"address": address}))
        parent = parents(folder)
        weight = sum(path.stat().st_size for path in (folder / "two").rglob("*.tar")) / samples
    efficiency, overhead = single / 2 / double, ray / double - 1
    few, many = (parent[count] for count in PLANNED)
    growth = many["peak_mb"] / few["peak_mb"]
    print(f"{samples} samples")
    print(f"one process      {single:7.1f} s")
    print(f"two processes    {double:7.1f} s   efficiency {efficiency:.0%}, target {TARGET:.0%}")
    print(f"Ray, two cores   {ray:7.1f} s   {overhead:+.0%} over the pool, target +{TARGET_RAY:.0%}", end="")
    print(f"; {started:.1f} s to start it, {joined:.1f} s of each run to join it")
    for count, milliseconds in cost.items():
        print(f"{count:9,} samples  {milliseconds:.3f} ms CPU per sample")
    for count in PLANNED:
        print(f"{count:9,} planned  {parent[count]['peak_mb']:.0f} MB in the parent, ", end="")
        print(f"{parent[count]['ms_per_sample']:.3f} ms per sample")
    print(f"parent memory x {growth:.2f}, target {TARGET_MEMORY}; {weight:.0f} bytes of shards per sample")
    details = {
        "samples": samples, "one_s": single, "two_s": double, "ray_s": ray, "ray_overhead": overhead,
        "ray_overhead_target": TARGET_RAY, "ray_start_s": started, "ray_join_s": joined, "memory_growth": growth,
        "memory_growth_target": TARGET_MEMORY, "shard_bytes_per_sample": weight,
        "manifest_bytes_per_sample": many["manifest_bytes_per_sample"], "parent_ms_per_sample": many["ms_per_sample"],
        **{f"parent_mb_{count}": parent[count]["peak_mb"] for count in PLANNED},
        **{f"ms_per_sample_{count}": value for count, value in cost.items()},
    }  # fmt: skip
    result = {
        "benchmark": "scale",
        "ratio": round(efficiency, 3),
        "against": "two processes over twice the rate of one, starting them included, same run",
        "target": TARGET,
        "details": {key: round(value, 4) for key, value in details.items()},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    if sys.argv[1:2] == ["plan"]:
        plan_only(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
