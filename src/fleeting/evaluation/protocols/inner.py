"""An inner split: validation people taken from the training side of a fold, for choices that may not see the test."""

from __future__ import annotations

from ...seeds import stream
from ..people import person
from ..splits import Split, split_off
from .kfold import even_folds
from .synthetic_only import holdout

PARTS = 5


def inner_split(split: Split, seed: int) -> Split:
    """Split the training clips of a fold again: a fifth of its people (at least one) validates.

    Recorded people validate where the fold trains on recorded clips, else held-out portraits and donors. Which fifth
    depends on the seed and the fold. Synthetic clips with a validation donor are dropped and counted.

    Raises:
        DatasetError: the training side is too small to be split.
    """
    rng = stream(seed, "inner", split.fold)
    recorded = [clip for clip in split.train if clip.donor is None and clip.dataset != "synthetic"]
    made = [clip for clip in split.train if clip.donor is not None or clip.dataset == "synthetic"]
    if not recorded:
        return holdout(made, 1 / PARTS, rng, split.fold)
    parts = min(PARTS, len({person(clip) for clip in recorded}))
    folds = even_folds(recorded, parts)
    return split_off(split.fold, recorded, folds[int(rng.integers(parts))], made)
