"""Which data a run learns from and is tested on, opened as the recipe says."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..datasets import AbsentError, Dataset, open_dataset
from ..datasets.megc2019_flow import Megc2019Flow
from ..datasets.synthetic import Synthetic
from ..errors import OptionsError
from ..evaluation import Split, direct, holdout, k_fold, leave_one_subject_out
from ..features import FEATURES
from ..seeds import stream
from .inputs import Feature
from .pools import Pool
from .recipe import TrainingRecipe

LOG = logging.getLogger("fleeting")


@dataclass(frozen=True, slots=True)
class Fold:
    """A split with the pools that its clips are in."""

    split: Split
    train: Pool
    test: Pool


@dataclass
class Sources:
    """The data of one run; pools are made when they are first needed and shared by the seeds that use them."""

    recipe: TrainingRecipe
    roots: Mapping[int, Path]
    """Synthetic data set per training seed; train.root serves the others."""
    workers: int
    protocol: str = field(init=False)
    """As the recipe says, or "holdout" where the test data is absent and the recipe allows that."""
    tested_on: dict[str, Any] = field(init=False)
    """dataset, recorded (bool), missing (part -> number of clips), summary (a sentence)."""
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.protocol = self.recipe.test.protocol
        self._pools: dict[Path, Pool] = {}
        self._test: Dataset | None = None
        self._tested: Pool | None = None
        reason = ""
        if self.protocol != "holdout":
            try:
                self._test = open_dataset(self.recipe.test.dataset, self.recipe.test.root)
            except AbsentError as error:
                if self.recipe.test.fallback != "holdout" or not self._has_synthetic():
                    raise
                self.protocol, reason = "holdout", error.problem
        self.tested_on = self._describe(reason)
        if reason:
            LOG.warning("%s", self.tested_on["summary"])

    def folds(self, seed: int) -> Iterator[Fold]:
        """The splits of one seed, each leak-checked by its constructor."""
        options = self.recipe.test
        synthetic = self._synthetic(seed) if self._uses_synthetic() else None
        if self._test is None:
            pool = synthetic or self._synthetic(seed)
            yield Fold(holdout(pool.clips, options.holdout, stream(0, "holdout")), pool, pool)
            return
        tested = self._recorded()
        if self.protocol == "direct":
            assert synthetic is not None
            yield Fold(direct(synthetic.clips, tested.clips), synthetic, tested)
            return
        extra = synthetic.clips if synthetic else ()
        recorded = self.recipe.train.data != "synthetic"
        splits = (
            k_fold(tested.clips, options.folds, extra, recorded)
            if self.protocol == "kfold"
            else leave_one_subject_out(tested.clips, extra, recorded)
        )
        pool = tested.joined(synthetic)
        for split in splits:
            yield Fold(split, pool, tested)

    def _uses_synthetic(self) -> bool:
        return self._test is None or self.recipe.train.data != "recorded"

    def _has_synthetic(self) -> bool:
        return bool(self.recipe.train.root) or all(seed in self.roots for seed in self.recipe.train.seeds)

    def _recorded(self) -> Pool:
        assert self._test is not None
        if self._tested is None:
            self._tested = Pool.of(self._test, self._feature(), self.workers)
        return self._tested

    def _synthetic(self, seed: int) -> Pool:
        if seed not in self.roots and not self.recipe.train.root:
            raise OptionsError(
                f"There is no synthetic data set for seed {seed}.",
                expected="a folder in train.root, or one per seed",
                cure="set train.root to the folder that `fleeting synthesize` wrote",
            )
        root = self.roots[seed] if seed in self.roots else Path(self.recipe.train.root)
        if root not in self._pools:
            self._pools.clear()  # one synthetic pool in memory at a time
            dataset = Synthetic.open(str(root))
            self._note_failures(dataset)
            self._pools[root] = Pool.of(dataset, self._feature(), self.workers)
        return self._pools[root]

    def _feature(self) -> Feature:
        kind = FEATURES.load(self.recipe.features.name)
        options = kind.Options.parse(self.recipe.features.options, "features.options")
        feature: Feature = kind(options)
        return feature

    def _note_failures(self, dataset: Synthetic) -> None:
        lost = dataset.failed()
        note = f"{sum(lost.values())} synthetic samples had failed and are left out: {lost}"
        if lost and note not in self.notes:
            self.notes.append(note)

    def _describe(self, reason: str) -> dict[str, Any]:
        if self._test is None:
            why = f" NOT on recorded clips: {reason}" if reason else ""
            return {
                "dataset": "synthetic",
                "recorded": False,
                "missing": {},
                "summary": f"Tested on synthetic clips of held-out identities.{why}",
            }
        name = self._test.name
        recorded = not isinstance(self._test, Synthetic)
        clips = self._test.clips()
        missing = self._test.missing() if isinstance(self._test, Megc2019Flow) else {}
        # Somebody's own folder in the same form is not an incomplete composite.
        known = {part for part in ("casme2", "smic", "samm") if any(clip.dataset == part for clip in clips)}
        lacking = {part: len(names) for part, names in missing.items()} if known else {}
        kind = "recorded" if recorded else "synthetic"
        summary = f"Tested on {len(clips)} {kind} clips of {name}."
        if lacking:
            summary += " Not there: " + ", ".join(f"{count} clips of {part}" for part, count in lacking.items()) + "."
        return {"dataset": name, "recorded": recorded, "missing": lacking, "summary": summary}
