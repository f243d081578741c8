"""What finished folds leave in the run folder: RUN/models/seed-0[/fold-1]/ where they are few, and RUN/parts.

RUN/parts/SEED-DIGEST.json stands there while the run is under way and is removed when results.json stands.

A run that was stopped goes on with the folds that are missing. The digest covers the recipe, the versions of Fleeting
and torch, the images and the clips of the fold, so that nothing of another run is taken for this one's.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from .. import files
from ..features.fitted_part import FittedPart, save_part
from ..models.model import Model
from ..models.saving import save_model
from .environment import installed
from .jobs import Probabilities
from .loop import Epoch
from .pools import Pool
from .recipe import TrainingRecipe
from .sources import Fold

LOG = logging.getLogger("fleeting")

SAVED_FOLDS = 10
"""Folds whose models are kept; a leave-one-subject-out run keeps none, for nobody uses 68 models."""
BLOCK = 256
"""Images that are hashed at a time."""


@dataclass(frozen=True)
class Outcome:
    """What a trained and tested fold leaves behind."""

    history: list[Epoch]
    chosen: dict[str, tuple[int, Probabilities]]
    """Per rule of choosing the epoch: the epoch, counted from 1, and (N, C) probabilities of the test clips."""
    parameters: int


class Parts:
    """The finished folds in a run folder."""

    def __init__(self, out: Path, recipe: TrainingRecipe) -> None:
        self._out, self._folder, self._table = out, out / "parts", recipe
        self._recipe = [recipe.digest(), installed("fleeting"), installed("torch")]
        self._pools: list[tuple[Pool, str]] = []
        self.synthetic: Pool | None = None
        """What the folds of the present seed are pre-trained on."""

    def begin(self) -> None:
        """Remove the models of an earlier run, where none is under way that goes on with its own."""
        if not self._folder.is_dir():
            shutil.rmtree(self._out / "models", ignore_errors=True)

    def read(self, seed: int, fold: Fold) -> Outcome | None:
        """What an earlier run left of a fold, if it did; with a warning None where that is damaged."""
        path = self.path(seed, fold)
        if not path.is_file():
            return None
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            chosen = {rule: (epoch, np.array(rows, np.float64)) for rule, (epoch, rows) in kept["chosen"].items()}
            return Outcome([Epoch(**row) for row in kept["history"]], chosen, kept["parameters"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            LOG.warning("%s is damaged (%s): its fold is trained again", path, error)
            return None

    def holds(self, name: str) -> bool:
        """Whether the file of this name is here."""
        return (self._folder / name).is_file()

    def write(self, seed: int, fold: Fold, outcome: Outcome) -> None:
        """Keep a fold."""
        chosen = {rule: (epoch, rows.tolist()) for rule, (epoch, rows) in outcome.chosen.items()}
        content = {
            "history": [asdict(row) for row in outcome.history],
            "chosen": chosen,
            "parameters": outcome.parameters,
        }
        files.write_text(self.path(seed, fold), json.dumps(content))

    def save(self, seed: int, fold: Fold, model: Model, folds: int, part: FittedPart | None = None) -> None:
        """Keep the model of one of `folds` folds, if these are few, and what of its descriptor was fitted."""
        if folds > SAVED_FOLDS:
            return
        name, table = fold.split.fold, self._table
        folder = self._out / "models" / f"seed-{seed}" / (f"fold-{name.replace('/', '-')}" if folds > 1 else "")
        save_model(folder, table.model.name, model, {"seed": seed, "fold": name, "epochs": table.train.epochs})
        if part is not None:
            save_part(folder, part)

    def clear(self) -> None:
        """Remove what is kept."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def path(self, seed: int, fold: Fold) -> Path:
        """Where a fold is kept; the name holds the digest."""
        split = fold.split
        sides = ["\n".join(clip.key for clip in clips) for clips in (split.train, split.test)]
        pools = [pool for pool in (fold.train, fold.test, self.synthetic) if pool is not None]
        digest = files.text_digest(*self._recipe, split.fold, *map(self._data, pools), *sides)
        return self._folder / f"{seed}-{digest[:32]}.json"

    def _data(self, pool: Pool) -> str:
        """The digest of a pool's images, labels and names, computed once."""
        for known, digest in self._pools:
            if known is pool:
                return digest
        facts = "\n".join(f"{clip.key} {clip.label}" for clip in pool.clips)
        content = hashlib.sha256()
        for start in range(0, len(pool.clips), BLOCK):  # images may be read from a file as they are asked for
            content.update(np.ascontiguousarray(pool.images[start : start + BLOCK]).tobytes())
        digest = files.text_digest(facts, content.hexdigest())
        self._pools = [*self._pools[-2:], (pool, digest)]
        return digest
