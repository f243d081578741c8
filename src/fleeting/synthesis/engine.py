"""Runs a synthesis recipe: finds what is missing, has workers make it, and writes manifest and data card."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from .. import manifest
from ..errors import DatasetError, ManifestError
from ..executors import Executor, create_executor
from ..executors.executor import Outcomes
from ..faces import create_faces
from ..faces.pool import FacePool
from ..files import atomic_write, write_text
from ..remote import AnyPath, place
from .card import data_card
from .lock import hold
from .plan import facts, plan_samples, shard_range
from .provenance import as_run, claim, surroundings
from .recipe import SynthesisRecipe
from .shards import Record, finished_record, read_record, sweep
from .status import Monitor
from .worker import Job, Tools, load_tools, made_with, make_missing

FACES = "faces.csv"


def synthesize(
    recipe: SynthesisRecipe,
    out: AnyPath | str,
    *,
    workers: int = 1,
    executor: Executor | None = None,
    progress: bool = True,
) -> dict[str, Any]:
    """Make the data set of `recipe` at `out`, or finish what an earlier run of the same recipe left there.

    Args:
        recipe: what to make.
        out: the data set's folder, made if need be, or a place on a store such as "s3://bucket/folder".
        workers: 1 = in this process, more = a pool of processes. The bytes are the same.
        executor: where the shards are made, instead of `workers`. The bytes are the same.
        progress: show a bar with rate and remaining time on standard error.

    Returns:
        {"planned", "done", "failed", "reasons": {reason: count}, "shards", "made" (shards made now)}.

    Raises:
        OptionsError: `out` holds the data set of another recipe, or another run is writing to it.
        DatasetError: `out` cannot be written.
        FleetingError: an input of the recipe cannot be used.
    """
    executor = executor or create_executor("process" if workers > 1 else "inline", workers)
    root = place(out)
    with explained(root):
        run = _Run(recipe, root, create_faces(recipe.faces, workers), load_tools(recipe.model_dump_json()))
        with hold(root):
            return run.carry_out(executor, progress=progress)


@contextmanager
def explained(root: AnyPath) -> Iterator[None]:
    """Turn what the disk or the store of `root` says into an error with a cure."""
    try:
        yield
    except OSError as error:
        raise DatasetError(
            "The data set cannot be written or read.",
            got=f"{type(error).__name__}: {error.strerror or error}",
            where=str(error.filename or root),
            cure="see to the space and the rights there; then the same command goes on with what is missing",
        ) from error


@dataclass(frozen=True)
class _Run:
    """One run, its inputs read."""

    recipe: SynthesisRecipe
    root: AnyPath
    pool: FacePool
    tools: Tools

    def carry_out(self, executor: Executor, *, progress: bool) -> dict[str, Any]:
        recipe, root, tools = self.recipe, self.root, self.tools
        claim(root, as_run(recipe, self.pool, surroundings(tools.generator, tools.sources)))
        sweep(root)
        self._write_faces()
        with Monitor(root, recipe.planned, executor.name, executor.workers, progress) as monitor:
            missing = self._missing(monitor)
            if len(missing) == 1 and executor.name == "process":  # starting a pool takes longer than a shard
                executor = create_executor("inline")
            recipe_json, around = recipe.model_dump_json(), made_with(tools)
            # A worker may run in another folder than this process.
            jobs = (Job(recipe_json, self.pool, root.resolve(), shard, around) for shard in missing)
            bar = tqdm(total=recipe.planned, initial=monitor.seen, unit="sample", disable=not progress, file=sys.stderr)
            with bar, closing(_tell(executor.run(make_missing, jobs), monitor, bar)) as results:
                planned = manifest.write(root / manifest.NAME, self._parts(set(missing), results))
            failed = monitor.reasons.total()
            summary = {
                "planned": planned,
                "done": planned - failed,
                "failed": failed,
                "reasons": dict(monitor.reasons),
                "shards": recipe.shards,
            }
            sweep(root)  # workers that were killed on the way left drafts
            write_text(
                root / "README.md",
                data_card(recipe, root.name or root.resolve().name, self.pool, tools.sources, summary),
            )
        return {**summary, "made": len(missing)}

    def _missing(self, monitor: Monitor) -> list[int]:
        """The shards that are not finished; the others are counted."""
        missing = []
        for shard in range(self.recipe.shards):
            record = finished_record(self.root, shard)
            if record is None:
                missing.append(shard)
            else:
                monitor.add(record, kept=True)
        return missing

    def _parts(self, missing: set[int], results: Iterator[tuple[int, Record]]) -> Iterator[Iterator[dict[str, Any]]]:
        """The rows of the manifest, shard by shard, each as soon as the shard is finished.

        They are written while workers make the next shards, so that nothing is left to do when the last one is made.
        """
        early: dict[int, Record] = {}
        for shard in range(self.recipe.shards):
            while shard in missing and shard not in early:
                made, record = next(results)
                early[made] = record
            found = early.pop(shard, None) or read_record(self.root, shard)
            if found is None:
                raise ManifestError(
                    f"Shard {shard:06d} has gone while the run was under way.",
                    where=str(self.root),
                    cure="see that nothing else writes there, then run the same command again",
                )
            yield self._rows(shard, found)

    def _rows(self, shard: int, record: Record) -> Iterator[dict[str, Any]]:
        generator, span = self.tools.generator, shard_range(self.recipe, shard)
        for sample in plan_samples(self.recipe, self.tools.sources, *span):
            reason = record["failed"].get(sample.key, "")
            row = facts(sample, self.pool.identity(sample.face), generator.name, generator.digest)
            yield {**row, "status": "failed" if reason else "done", "reason": reason, "shard": shard}

    def _write_faces(self) -> None:
        """faces.csv: one row per candidate image, refused ones with their reason."""
        if not (self.root / FACES).exists():
            with atomic_write(self.root / FACES) as file:
                file.write(self.pool.index.read_bytes())


def _tell(
    results: Outcomes[Job, Record], monitor: Monitor, bar: tqdm[Any]
) -> Generator[tuple[int, Record], None, None]:
    """Pass results on as (shard, record), counted."""
    with closing(results):
        for job, record in results:
            monitor.add(record)
            bar.update(int(record["count"]) + len(record["failed"]))
            yield job.shard, record
