"""Runs a synthesis recipe: finds what is missing, has workers make it, then writes manifest and data card."""

from __future__ import annotations

import importlib.metadata
import multiprocessing
import sys
import tomllib
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from tqdm import tqdm

from .. import manifest
from ..errors import OptionsError
from ..faces import create_faces
from ..faces.pool import FacePool
from ..files import atomic_write, write_text
from ..options import read_toml, write_toml
from .card import data_card
from .plan import facts, plan_samples, shard_range
from .recipe import SynthesisRecipe
from .shards import is_finished, read_record
from .worker import Job, Tools, load_tools, make_shard

RECIPE = "recipe.toml"
FACES = "faces.csv"
PACKAGES = ("fleeting", "numpy", "opencv-contrib-python")
"""Packages whose versions decide the bytes of a sample."""


def synthesize(recipe: SynthesisRecipe, out: Path, *, workers: int = 1, progress: bool = True) -> dict[str, Any]:
    """Make the data set of `recipe` at `out`, or finish what an earlier run of the same recipe left there.

    Args:
        recipe: what to make.
        out: the data set's folder; it is made if need be.
        workers: 1 = in this process, more = a pool of processes. The bytes are the same.
        progress: show a bar with rate and remaining time on standard error.

    Returns:
        {"planned", "done", "failed", "reasons": {reason: count}, "shards", "made" (shards made now)}.

    Raises:
        OptionsError: `out` holds the data set of another recipe.
        FleetingError: an input of the recipe cannot be used.
    """
    pool = create_faces(recipe.faces, workers)
    tools = load_tools(recipe.model_dump_json())
    _claim(recipe, out, pool, tools)
    _write_faces(pool, out)
    missing = [shard for shard in range(recipe.shards) if not is_finished(out, shard)]
    jobs = [Job(recipe.model_dump_json(), pool, out, shard) for shard in missing]
    sizes = {shard: stop - start for shard in range(recipe.shards) for start, stop in [shard_range(recipe, shard)]}
    total, kept = recipe.planned, recipe.planned - sum(sizes[shard] for shard in missing)
    with tqdm(total=total, initial=kept, unit="sample", disable=not progress, file=sys.stderr) as bar:
        for job in _run(jobs, workers):
            bar.update(sizes[job.shard])
    summary = _finish(recipe, out, pool, tools)
    return {**summary, "made": len(missing)}


def _run(jobs: list[Job], workers: int) -> Iterator[Job]:
    """Make the shards, yielding each job as it ends; on an interruption the finished shards stay."""
    if workers <= 1 or len(jobs) <= 1:
        for job in jobs:
            make_shard(job)
            yield job
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context) as executor:
        futures = {executor.submit(make_shard, job): job for job in jobs}
        try:
            for future in as_completed(futures):
                future.result()
                yield futures.pop(future)
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            raise


def _claim(recipe: SynthesisRecipe, out: Path, pool: FacePool, tools: Tools) -> None:
    """Write recipe.toml into `out`, or check that the one there means the same data set."""
    tables = recipe.model_dump(mode="json")
    tables["inputs"] = {
        "faces": pool.digest,
        "generator": tools.generator.digest,
        **{f"action_units_{name}": source.digest for name, source in tools.sources.items()},
    }
    tables["versions"] = {
        "python": ".".join(map(str, sys.version_info[:3])),
        **{name: importlib.metadata.version(name) for name in PACKAGES},
    }
    path = out / RECIPE
    text = write_toml(tables, ["The recipe as run. `fleeting synthesize` with it finishes or checks this data set."])
    if not path.exists():
        write_text(path, text)
        return
    before, now = dict(_flat(read_toml(path))), dict(_flat(tomllib.loads(text)))
    changed = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
    if changed:
        raise OptionsError(
            f"{out} holds the data set of another recipe.",
            expected="; ".join(f"{key} = {before.get(key)!r}" for key in changed[:6]),
            got="; ".join(f"{key} = {now.get(key)!r}" for key in changed[:6]),
            where=str(path),
            cure="choose another --out, or delete that folder",
        )


def _flat(tables: dict[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in tables.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _write_faces(pool: FacePool, out: Path) -> None:
    """faces.csv: one row per candidate image, refused ones with their reason."""
    if not (out / FACES).exists():
        with atomic_write(out / FACES) as file:
            pool.rows.to_csv(file, index=False)


def _finish(recipe: SynthesisRecipe, out: Path, pool: FacePool, tools: Tools) -> dict[str, Any]:
    """Write the manifest, shard by shard, and the data card; return the counts."""
    reasons: dict[str, int] = {}

    def rows(shard: int) -> Iterator[dict[str, Any]]:
        record = read_record(out, shard)
        assert record is not None
        for sample in plan_samples(recipe, tools.sources, *shard_range(recipe, shard)):
            reason = record["failed"].get(sample.key, "")
            if reason:
                reasons[reason] = reasons.get(reason, 0) + 1
            row = facts(sample, pool.identity(sample.face), tools.generator.name, tools.generator.digest)
            yield {**row, "status": "failed" if reason else "done", "reason": reason, "shard": shard}

    planned = manifest.write(out / manifest.NAME, (rows(shard) for shard in range(recipe.shards)))
    failed = sum(reasons.values())
    summary = {
        "planned": planned,
        "done": planned - failed,
        "failed": failed,
        "reasons": reasons,
        "shards": recipe.shards,
    }
    write_text(out / "README.md", data_card(recipe, out.name, pool, tools.sources, summary))
    return summary
