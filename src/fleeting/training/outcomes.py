"""From folds to outcomes: every fold is trained and tested, together where that is quicker, else one by one."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from tqdm import tqdm

from ..evaluation import Split, inner_split
from ..features.fitted_part import FittedPart
from ..models import create_model
from ..models.model import Model, SolvedModel
from ..seeds import derive
from ..types import VECTOR, Clip
from .folds.plan import Plan, plan
from .folds.together import train_together
from .jobs import Job, Trained, train_alone
from .loop import Clips, choose_device, seeded
from .model_input import ModelInput
from .parts import Outcome, Parts
from .pools import Pool
from .pretraining import Pretraining, rates
from .recipe import TrainingRecipe
from .schedule import Rows
from .selection import inner_epoch, oracle_epoch, oracle_options
from .sources import Fold, Sources

LOG = logging.getLogger("fleeting")
PART = "descriptor"
"""The fitted step of training.csv: a codebook or projection that belongs to the descriptor."""


class Trainer:
    """Trains the folds of one seed, which all draw from one pool.

    Args:
        recipe: of the run.
        seed: of the training.
        folds: all of them.
        classes: number of classes.
        parts: where finished folds are kept.
        synthetic: the clips to pre-train on, where the recipe asks for that.
    """

    def __init__(
        self,
        recipe: TrainingRecipe,
        seed: int,
        folds: Sequence[Fold],
        classes: int,
        parts: Parts,
        synthetic: Pool | None = None,
    ) -> None:
        self.recipe, self.seed, self.folds, self.parts = recipe, seed, folds, parts
        self.classes = classes
        pool = folds[0].train
        labels = np.array([clip.label for clip in pool.clips], np.int64)
        tested = {clip.dataset for clip in folds[0].test.clips}
        other = np.array([clip.dataset not in tested for clip in pool.clips], np.int64)
        model = self.build()
        self.clips = Clips(pool.images, labels, model.channels, other)
        self._rates = rates(model, recipe)
        self.solved = model if isinstance(model, SolvedModel) else None
        """The unsolved model, where it is one that is solved."""
        self._chooses = self.solved is None or bool(self.solved.grid)
        self._validates = "inner" in recipe.test.also and self._chooses
        """Whether every fold is trained a second time, without its validation people."""
        self._inner: dict[str, Split] = {}
        self._rows = {clip.key: row for row, clip in enumerate(pool.clips)}
        self.pretraining = Pretraining(recipe, seed, synthetic, self.build) if synthetic else None

    @classmethod
    def open(cls, sources: Sources, parts: Parts, seed: int) -> Trainer:
        """The trainer of all folds of a seed."""
        folds = list(sources.folds(seed))
        parts.synthetic = sources.synthetic(seed) if sources.recipe.pretrain.epochs else None
        return cls(sources.recipe, seed, folds, len(sources.classes), parts, parts.synthetic)

    def build(self) -> Model:
        """The untrained model; every fold of a seed starts from the same weights."""
        with seeded(derive(self.seed, "weights")):
            return create_model(self.recipe.model.name, num_classes=self.classes, **self._options())

    def _options(self) -> dict[str, Any]:
        """The recipe's options of the model, and the length of the vectors where it takes such."""
        table, pool = self.recipe.model, self.folds[0].train
        if ModelInput.of(table).channels != VECTOR:
            return table.options
        part = self._part()
        return {"dimension": part.length if part else pool.images.shape[1], **table.options}

    def _part(self) -> FittedPart | None:
        """A new part to fit on the training clips of a fold, where the feature has one."""
        feature = self.folds[0].train.feature
        return feature.fitted_part(self.seed) if feature else None

    @property
    def fitted_steps(self) -> tuple[str, ...]:
        """What every fold fits on its training clips before the classifier."""
        part = () if self._part() is None else (PART,)
        return (*part, *(self.solved.fitted_steps if self.solved else ()))

    def chosen_options(self, number: int) -> str:
        """The options behind answer `number` (from 1) of a solved model: of a point of its grid, or the recipe's."""
        assert self.solved is not None
        points = [point for point, _ in self.solved.variants()]
        own = {name: getattr(self.solved.options, name) for name in self.solved.grid}
        point = points[number - 1] if number <= len(points) else own
        return ", ".join(f"{name}={value}" for name, value in point.items())

    def outcomes(self) -> Iterator[tuple[Fold, Outcome]]:
        """Every fold in order with what it left behind."""
        kept = {fold.split.fold: found for fold in self.folds if (found := self.parts.read(self.seed, fold))}
        if kept:
            LOG.info("seed %s: %s of %s folds are finished", self.seed, len(kept), len(self.folds))
        missing = [fold for fold in self.folds if fold.split.fold not in kept]
        made = self._train(missing)
        for fold in self.folds:
            yield fold, kept[fold.split.fold] if fold.split.fold in kept else next(made)

    def _train(self, folds: Sequence[Fold]) -> Iterator[Outcome]:
        jobs = {fold.split.fold: self._jobs(fold) for fold in folds}
        size = self.at_once(folds)
        groups = [block[start : start + size] for block in self.alike(folds) for start in range(0, len(block), size)]
        many = len(self.folds) > 1
        for group in tqdm(groups, f"seed {self.seed}", unit="fold", disable=not many or size > 1):
            yield from self._group(group, jobs, together=size > 1, many=many)

    def train(self, group: Sequence[Fold], *, together: bool) -> None:
        """Train a group of the folds and keep them in `parts`."""
        jobs = {fold.split.fold: self._jobs(fold) for fold in group}
        for _ in self._group(group, jobs, together=together, many=len(self.folds) > 1):
            pass

    def at_once(self, folds: Sequence[Fold]) -> int:
        """How many of the folds are trained together; 1: one after the other."""
        each = 1 + self._validates
        device = choose_device(self.recipe.train.device)
        # A stack has one learning rate for all weights.
        alone = self._rates or self.clips.channels == VECTOR
        chosen = Plan(1, "") if alone else plan(self.build(), len(folds), each, self.recipe.train, device)
        if chosen.reason:
            LOG.info("%s", chosen.reason)
        return max(1, chosen.jobs // each)

    def _group(
        self, group: Sequence[Fold], jobs: dict[str, list[Job]], *, together: bool, many: bool
    ) -> Iterator[Outcome]:
        wanted = [job for fold in group for job in jobs[fold.split.fold]]
        options, seed = self.recipe.train, self.seed
        if together:
            bar = f"seed {seed}, {len(group)} folds"
            trained = iter(train_together(self._start(group[0]), self.clips, wanted, options, seed, bar))
        else:
            bar = "" if many else f"seed {seed}"
            trained = (
                train_alone(self._start(fold), self.clips, job, options, seed, rates=self._rates, bar=bar)
                for fold in group
                for job in jobs[fold.split.fold]
            )
        for fold in group:
            outcome = self._outcome(fold, [next(trained) for _ in jobs[fold.split.fold]])
            self.parts.write(seed, fold, outcome)
            yield outcome

    def _start(self, fold: Fold) -> Model:
        """The model that the fold's own training begins with."""
        return self.pretraining.start(fold) if self.pretraining else self.build()

    def inner(self, fold: Fold) -> Split:
        """The fold's training clips, split for the inner rule."""
        name = fold.split.fold
        if name not in self._inner:
            self._inner[name] = inner_split(fold.split, self.seed)
        return self._inner[name]

    def alike(self, folds: Sequence[Fold]) -> list[list[Fold]]:
        """Runs of folds that begin with the same weights."""
        pretraining = self.pretraining
        if pretraining is None:
            return [list(folds)]
        return [list(block) for _, block in groupby(folds, key=pretraining.key)]

    def _jobs(self, fold: Fold) -> list[Job]:
        """The fold's own training, and for the inner rule one without the validation people."""
        test = self.recipe.test
        images = fold.test.take(fold.split.test)[0]
        every = bool(test.also) and self._chooses
        jobs = [Job(self._places(fold.split.train), images, every, test.flip, self._part())]
        if self._validates:
            split = self.inner(fold)
            validated = fold.train.take(split.test)[0]
            jobs.append(Job(self._places(split.train), validated, True, test.flip, self._part()))
        return jobs

    def _outcome(self, fold: Fold, trained: Sequence[Trained]) -> Outcome:
        main, rules = trained[0], self.recipe.test.also
        labels = np.array([clip.label for clip in fold.split.test], np.int64)
        chosen = {"last": (len(main.answers) if self.solved else len(main.history), main.answers[-1])}
        if len(trained) > 1:
            validated = np.array([clip.label for clip in self.inner(fold).test], np.int64)
            best = inner_epoch(trained[1].answers, validated)
            chosen["inner"] = (best + 1, main.answers[best])
        model = main.model()
        if "oracle" in rules and self._chooses:
            best = (oracle_options if self.solved else oracle_epoch)(main.answers, labels)
            chosen["oracle"] = (best + 1, main.answers[best])
        self.parts.save(self.seed, fold, model, len(self.folds), main.part)
        return Outcome(main.history, chosen, model.count_parameters())

    def _places(self, clips: Sequence[Clip]) -> Rows:
        return np.array([self._rows[clip.key] for clip in clips], np.int64)
