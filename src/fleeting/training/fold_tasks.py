"""Groups of folds as tasks of an executor: a task opens the data itself, trains its folds and keeps them in RUN/parts.

When all tasks have ended, the run finds every fold as one that was stopped there would, and goes on alike.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from ..errors import DatasetError, OptionsError
from ..executors import Executor
from .loop import choose_device
from .outcomes import Trainer
from .parts import Parts
from .recipe import TrainingRecipe
from .sources import Fold, Sources

THREADS = 1
"""Of a task. The last bits of a network that is trained by itself depend on the number of threads, so with a share of
the cores they would depend on the number of workers."""


@dataclass(frozen=True)
class FoldTask:
    """A group of folds of one seed; small enough to be sent to any machine."""

    recipe_json: str
    out: Path
    roots: tuple[tuple[int, Path], ...]
    """As `Sources.roots`."""
    seed: int
    folds: tuple[str, ...]
    kept: tuple[str, ...]
    """Name of each fold's file in RUN/parts: a digest of recipe, versions and data, which the task must find equal."""
    together: bool
    """Whether the folds are trained in one pass."""
    device: str
    """cpu or cuda, as where the run was started."""


def train_as_tasks(sources: Sources, parts: Parts, out: Path, executor: Executor) -> None:
    """Have all folds of a run trained that are not in `parts` yet.

    The data is read and its features are made here first, so that tasks find these on the disk.

    Raises:
        OptionsError: a task found other data or versions than there are here, or another device.
        DatasetError: tasks wrote to a folder that is not this one.
        FleetingError: what training or the executor raise.
    """
    tasks = [task for seed in sources.recipe.train.seeds for task in _tasks(sources, parts, out, seed, executor)]
    title, count = f"folds ({executor.name})", sum(len(task.folds) for task in tasks)
    if not tasks:
        return
    try:
        with (
            tqdm(total=count, desc=title, unit="fold") as bar,
            closing(executor.run(train_folds, tasks)) as ended,
        ):
            for task, _ in ended:
                bar.update(len(task.folds))
    finally:
        _trainer.cache_clear()  # of tasks that ran in this process
    lost = [name for task in tasks for name in task.kept if not parts.holds(name)]
    if lost:
        raise DatasetError(
            f"{len(lost)} of {count} folds were trained, but are not here.",
            where=str(out / "parts"),
            cure="put --out where all workers see it; if they do, the same command goes on with what is missing",
        )


def train_folds(task: FoldTask) -> None:
    """Train the folds of a task that are not kept yet: what an executor runs, perhaps twice over the same task.

    Bars and warnings are dropped: the process that started the run has said what there is to say about the data.

    Raises:
        OptionsError: data, versions or device here are not those of the process that started the run.
    """
    with redirect_stderr(io.StringIO()), threadpool_limits(THREADS), _torch_threads():
        trainer = _trainer(task.recipe_json, task.out, task.roots, task.seed)
        found = {fold.split.fold: fold for fold in trainer.folds}
        group = [found[name] for name in task.folds if name in found]
        _check(task, tuple(trainer.parts.path(task.seed, fold).name for fold in group))
        missing = [fold for fold in group if trainer.parts.read(task.seed, fold) is None]
        if missing:
            trainer.train(missing, together=task.together)


def _tasks(sources: Sources, parts: Parts, out: Path, seed: int, executor: Executor) -> Iterator[FoldTask]:
    """The tasks of a seed."""
    recipe = sources.recipe
    trainer = Trainer.open(sources, parts, seed)
    missing = [fold for fold in trainer.folds if parts.read(seed, fold) is None]
    groups, together = _groups(trainer, missing, executor.workers or os.cpu_count() or 1)
    for group in groups:
        yield FoldTask(
            recipe.model_dump_json(),
            out.resolve(),  # a worker may run in another folder
            tuple((number, root.resolve()) for number, root in sources.roots.items()),
            seed,
            tuple(fold.split.fold for fold in group),
            tuple(parts.path(seed, fold).name for fold in group),
            together,
            choose_device(recipe.train.device).type,
        )


def _groups(trainer: Trainer, folds: Sequence[Fold], places: int) -> tuple[list[Sequence[Fold]], bool]:
    """Folds of a seed, cut for `places` that work side by side, and whether a group is trained in one pass.

    What folds share, batches or a pre-training, is done once per group: such groups are cut only as far as every place
    gets one. Others have one fold each.
    """
    at_once, blocks = trainer.at_once(folds), trainer.alike(folds)
    most = at_once if at_once > 1 or trainer.pretraining is None else len(folds)
    groups: list[Sequence[Fold]] = []
    for block in blocks:
        size = min(most, -(-len(block) * len(blocks) // places)) or 1
        groups += [block[start : start + size] for start in range(0, len(block), size)]
    return groups, at_once > 1


@lru_cache(maxsize=1)
def _trainer(recipe_json: str, out: Path, roots: tuple[tuple[int, Path], ...], seed: int) -> Trainer:
    """What a worker opens once and uses for all its tasks of a seed."""
    recipe = TrainingRecipe.model_validate_json(recipe_json)
    return Trainer.open(Sources(recipe, dict(roots), workers=1), Parts(out, recipe), seed)


def _check(task: FoldTask, kept: tuple[str, ...]) -> None:
    """Refuse to train on what differs from what the run was started with."""
    if kept != task.kept:
        raise OptionsError(
            "A worker has other data or versions than the process that started the run.",
            got=f"folds {', '.join(task.folds)[:200]} differ",
            cure="install the same versions of Fleeting and torch, and see that test.root, train.root and the "
            "mirror (FLEETING_MIRROR) hold the same files there",
        )
    device = choose_device(TrainingRecipe.model_validate_json(task.recipe_json).train.device).type
    if device != task.device:
        raise OptionsError(
            "A worker has another device than the process that started the run.",
            expected=task.device,
            got=device,
            cure='set train.device = "cpu", or start workers that see a GPU',
        )


@contextmanager
def _torch_threads() -> Iterator[None]:
    """THREADS for torch, and what it had before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        yield
    finally:
        torch.set_num_threads(before)
