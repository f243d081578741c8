"""Finished folds of a run that is under way: RUN/parts/SEED-DIGEST.json, removed when results.json stands.

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
from .environment import installed
from .jobs import Probabilities
from .loop import Epoch
from .pools import Pool
from .recipe import TrainingRecipe
from .sources import Fold

LOG = logging.getLogger("fleeting")

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
        self._folder = out / "parts"
        self._recipe = [recipe.digest(), installed("fleeting"), installed("torch")]
        self._pools: list[tuple[Pool, str]] = []
        self.synthetic: Pool | None = None
        """What the folds of the present seed are pre-trained on."""

    def read(self, seed: int, fold: Fold) -> Outcome | None:
        """What an earlier run left of a fold, if it did; with a warning None where that is damaged."""
        path = self._path(seed, fold)
        if not path.is_file():
            return None
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            chosen = {rule: (epoch, np.array(rows, np.float64)) for rule, (epoch, rows) in kept["chosen"].items()}
            return Outcome([Epoch(**row) for row in kept["history"]], chosen, kept["parameters"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            LOG.warning("%s is damaged (%s): its fold is trained again", path, error)
            return None

    def write(self, seed: int, fold: Fold, outcome: Outcome) -> None:
        """Keep a fold."""
        chosen = {rule: (epoch, rows.tolist()) for rule, (epoch, rows) in outcome.chosen.items()}
        content = {
            "history": [asdict(row) for row in outcome.history],
            "chosen": chosen,
            "parameters": outcome.parameters,
        }
        files.write_text(self._path(seed, fold), json.dumps(content))

    def clear(self) -> None:
        """Remove what is kept."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, seed: int, fold: Fold) -> Path:
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
