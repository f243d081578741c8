"""How much a choice on the test clips is worth: a random guesser that is allowed its best of many epochs per subject.

`python -m fleeting.cli.guesser OUT` writes its run folder as such a paper would; `fleeting audit OUT` shows the fault.
Source: ours.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ...seeds import stream
from ...types import LABELS, Clip
from ..people import person

EPOCHS = 200


def guess(clips: Sequence[Clip], epochs: int = EPOCHS, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions of a guesser that draws a class for every clip in every "epoch", and keeps each fold's best epoch.

    Args:
        clips: the tested clips; a fold is a person.
        epochs: how many draws it may choose from; 1 is an honest guesser.
        seed: of the draws.

    Returns:
        predictions: seed, fold, dataset, subject, clip, label, prediction.
        folds: seed, fold, epoch_last: the epoch that was kept, ties to the later.
    """
    rng = stream(seed, "guesser")
    labels = np.array([clip.label for clip in clips])
    drawn = rng.integers(len(LABELS), size=(epochs, len(clips)))
    folds = np.array([person(clip) for clip in clips])
    kept, chosen = np.empty(len(clips), np.int64), []
    for fold in dict.fromkeys(folds):
        rows = np.flatnonzero(folds == fold)
        right = (drawn[:, rows] == labels[rows]).sum(1)
        epoch = int(np.flatnonzero(right == right.max())[-1])
        kept[rows] = drawn[epoch, rows]
        chosen.append({"seed": seed, "fold": fold, "epoch_last": epoch + 1})
    table = pd.DataFrame(
        {
            "seed": seed,
            "fold": folds,
            "dataset": [clip.dataset for clip in clips],
            "subject": [clip.subject for clip in clips],
            "clip": [clip.clip for clip in clips],
            "label": labels,
            "prediction": kept,
        }
    )
    return table, pd.DataFrame(chosen)
