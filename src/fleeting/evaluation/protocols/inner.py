"""An inner split: validation people taken from the training side of a fold, for choices that may not see the test."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...seeds import stream
from ...types import Clip
from ..people import UNKNOWN, person
from ..splits import Split, split_off
from .kfold import even_folds
from .synthetic_only import holdout

PARTS = 5


def inner_split(split: Split, seed: int) -> Split:
    """Split the training clips of a fold again: a fifth of its people (at least one) validates.

    Recorded people validate where the fold trains on recorded clips, else held-out portraits and donors. Which fifth
    depends on the seed and the fold. Synthetic clips with a validation donor are dropped and counted. Where the data
    set does not say who is filmed, a fifth of the clips validates (ours).

    Raises:
        DatasetError: the training side is too small to be split.
    """
    rng = stream(seed, "inner", split.fold)
    recorded = [clip for clip in split.train if clip.donor is None and clip.dataset != "synthetic"]
    made = [clip for clip in split.train if clip.donor is not None or clip.dataset == "synthetic"]
    if not recorded:
        return holdout(made, 1 / PARTS, rng, split.fold)
    parts = min(PARTS, len({person(clip) for clip in recorded}))
    if {clip.subject for clip in recorded} == {UNKNOWN}:
        return _by_clips(split.fold, recorded, rng)
    folds = even_folds(recorded, parts)
    return split_off(split.fold, recorded, folds[int(rng.integers(parts))], made)


def _by_clips(fold: str, clips: Sequence[Clip], rng: np.random.Generator) -> Split:
    order = rng.permutation(len(clips))
    by_class = sorted(order.tolist(), key=lambda row: clips[row].label)
    held = set(by_class[int(rng.integers(PARTS)) :: PARTS])
    train, test = ([clips[row] for row in range(len(clips)) if (row in held) == side] for side in (False, True))
    return Split(fold, train, test, declared="The data set does not say who is filmed: validation is by clips.")
