"""Which data a run learns from and is tested on, opened as the recipe says."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..datasets import AbsentError, Dataset, open_dataset
from ..datasets.dataset import KeepsAccount, KnowsItsList
from ..datasets.recorded import Recorded
from ..datasets.synthetic import Synthetic
from ..errors import OptionsError
from ..evaluation import Protocol, Split, create_protocol
from ..evaluation.protocols.loso import COMPOSITE
from ..types import LABELS, VECTOR
from .alignment import Aligned
from .inputs import Source
from .model_input import ModelInput, StoredFlow, feature_for
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
    protocol: Protocol = field(init=False)
    """As the recipe says, or `holdout` where the test data is absent and the recipe allows that."""
    tested_on: dict[str, Any] = field(init=False)
    """dataset, recorded (bool), missing (part -> number of clips), summary (a sentence)."""
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.protocol = create_protocol(self.recipe.test.protocol, **self.recipe.test.options)
        self._pools: dict[Path, Pool] = {}
        self._test: Dataset | None = None
        self._tested: Pool | None = None
        self._further: list[Pool] | None = None
        self._wanted = ModelInput.of(self.recipe.model)
        reason = ""
        if self.protocol.name != "holdout":
            test = self.recipe.test
            try:
                self._test = open_dataset(test.dataset, test.root, test.dataset_options)
            except AbsentError as error:
                if self.recipe.test.fallback != "holdout" or not self._has_synthetic():
                    raise
                self.protocol, reason = create_protocol("holdout"), error.problem
        self.tested_on = self._describe(reason)
        if self._test is not None:
            feature_for(self.recipe.features, self._wanted, self._aligned(self._test))  # what cannot work shows now
            if self._wanted.channels == VECTOR:
                self.notes.append("Vectors have no mirror image: train.flip and test.flip change nothing.")
            self.notes += [*self.protocol.remarks(self._test.clips()), *_losses(self._test), *self._hints(self._test)]
        if reason:
            LOG.warning("%s", self.tested_on["summary"])

    def note_tested(self, count: int) -> None:
        """Say how many of the data set's clips were tested, where the protocol leaves some out."""
        offered = 0 if self._test is None else len(self._test.clips())
        if offered and count != offered:
            text = self.tested_on["summary"]
            self.tested_on["summary"] = text.replace(f"on {offered} ", f"on {count} of the {offered} ", 1)

    @property
    def classes(self) -> tuple[str, ...]:
        """What a label is an index into."""
        return LABELS if self._test is None else self._test.classes

    def folds(self, seed: int) -> Iterator[Fold]:
        """The splits of one seed, each leak-checked by its constructor."""
        synthetic = self.synthetic(seed) if self._uses_synthetic() else None
        if self._test is None:
            assert synthetic is not None
            yield from (Fold(split, synthetic, synthetic) for split in self.protocol.splits((), synthetic.clips))
            return
        tested = self._recorded()
        use_recorded = self.recipe.train.data != "synthetic"
        pool = synthetic if synthetic and not use_recorded else tested.joined(synthetic)
        extra = list(synthetic.clips) if synthetic else []
        for added in self._added():
            pool = pool.joined(added)
            extra += added.clips
        for split in self.protocol.splits(tested.clips, extra, use_recorded=use_recorded):
            yield Fold(split, pool, tested)

    def _added(self) -> list[Pool]:
        if self._further is None:
            self._further = []
            for table in self.recipe.train.add:
                dataset = open_dataset(table.dataset, table.root, table.options)
                if dataset.classes != self.classes:
                    raise OptionsError(
                        f"{dataset.name} cannot be added: its classes differ from those that are tested.",
                        expected=", ".join(self.classes),
                        got=", ".join(dataset.classes),
                        where="train.add",
                    )
                self.notes += _losses(dataset)
                self._further.append(self._pool(self._aligned(dataset)))
        return self._further

    def synthetic(self, seed: int) -> Pool:
        """The synthetic clips of a seed.

        Raises:
            OptionsError: nobody said where they are.
        """
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
            self._pools[root] = self._pool(dataset)
        return self._pools[root]

    def _uses_synthetic(self) -> bool:
        return self._test is None or self.recipe.train.data != "recorded"

    def _has_synthetic(self) -> bool:
        return bool(self.recipe.train.root) or all(seed in self.roots for seed in self.recipe.train.seeds)

    def _recorded(self) -> Pool:
        assert self._test is not None
        if self._tested is None:
            self._tested = self._pool(self._aligned(self._test))
        return self._tested

    def _aligned(self, dataset: Dataset) -> Source:
        """Recorded frames as features.align says; synthetic ones stand where their recipe put them."""
        if self.recipe.features.align == "none" or isinstance(dataset, Synthetic):
            return dataset
        return Aligned(dataset, self.recipe.features.crop)

    def _pool(self, dataset: Source) -> Pool:
        feature = feature_for(self.recipe.features, self._wanted, dataset)
        if isinstance(feature, StoredFlow) and feature.note and feature.note not in self.notes:
            self.notes.append(feature.note)
        return Pool.of(dataset, feature, self._wanted, self.workers)

    def _hints(self, dataset: Dataset) -> list[str]:
        """What the frames of a recorded data set may lack."""
        if not isinstance(dataset, Recorded) or self.recipe.features.align != "none":
            return []
        raw = [place.layout.name for place in dataset.found[:1] if "cropped" not in place.layout.name]
        return [
            f"The frames of {dataset.name} (layout {name!r}) were used whole, wherever the face is in them; "
            'features.align = "eyes" turns and crops them.'
            for name in raw
        ]

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
        missing = self._test.missing() if isinstance(self._test, KnowsItsList) else {}
        # Somebody's own folder in the same form is not an incomplete composite.
        known = any(clip.dataset in COMPOSITE for clip in clips)
        lacking = {part: len(names) for part, names in missing.items()} if known else {}
        kind = "recorded" if recorded else "synthetic"
        summary = f"Tested on {len(clips)} {kind} clips of {name}."
        if lacking:
            summary += " Not there: " + ", ".join(f"{count} clips of {part}" for part, count in lacking.items()) + "."
        return {"dataset": name, "recorded": recorded, "missing": lacking, "summary": summary}


def _losses(dataset: Dataset) -> list[str]:
    """What a recorded data set could not give or had to assume, in a sentence each."""
    if not isinstance(dataset, KeepsAccount):
        return []
    notes = [f"{dataset.name}: {len(clips)} clips: {why}." for why, clips in dataset.notes.items()]
    if dataset.faults:
        notes.append(f"{len(dataset.faults)} clips of {dataset.name} cannot be used; `fleeting doctor` names them.")
    if dataset.left_out:
        words = ", ".join(f"{count} {reason}" for reason, count in sorted(dataset.left_out.items()))
        notes.append(f"Clips of {dataset.name} that are left out: {words}.")
    return notes
