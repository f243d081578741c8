"""The released descriptors of CDMER for tests: the sets C, V and N, and a model's score on a task."""

import numpy as np
import torch

from fleeting.datasets import open_dataset
from fleeting.evaluation import confusion, uf1
from fleeting.evaluation.protocols.cdmer import SETS
from fleeting.models import create_model

VOXELS = (112_360, 28_090, 7_290, 6_750, 6_250, 1_690, 1_950, 2_250)
"""In a block of 53, 27, 13 or what is left px on either side, and 10 frames; in all of them (docs/handcrafted.md)."""


def shares(vectors):
    """float32 shares of whole counts (N, D) as the float64 that the authors' files hold."""
    histograms = vectors.astype(np.float64).reshape(len(vectors), -1, 59)
    restored, found = np.zeros_like(histograms), np.zeros(histograms.shape[:2], int)
    for count in VOXELS:
        whole = np.rint(histograms * count)
        fits = (np.abs(whole / count - histograms).max(2) < 6e-8) & (whole.sum(2) == count)
        restored[fits & (found == 0)] = (whole / count)[fits & (found == 0)]
        found += fits
    assert found.all()
    return restored.reshape(vectors.shape)


class Tasks:
    """Vectors (N, D) float64 and labels of each set."""

    def __init__(self):
        dataset = open_dataset("cdmer-lbptop")
        self.sets = {}
        for letter in "CVN":
            clips = [clip for clip in dataset.clips() if clip.dataset == SETS[letter]]
            self.sets[letter] = (
                shares(np.stack([dataset.vector(clip) for clip in clips])),
                np.array([clip.label for clip in clips]),
            )

    def adapted(self, name, task, **options):
        """The model solved for a task such as "V->N"."""
        (source, labels), (target, _) = (self.sets[letter] for letter in task.split("->"))
        model = create_model(name, **options)
        if model.transductive:
            model.solve_for(source, labels, np.ones(len(labels)), target)
        else:
            model.solve(source, labels, np.ones(len(labels)), flip=False)
        return model

    def counts(self, model, task):
        """The confusion matrix on the target."""
        target, labels = self.sets[task[-1]]
        with torch.inference_mode():
            guesses = model(torch.from_numpy(target)).argmax(1).numpy()
        return confusion(labels, guesses, 3)

    def score(self, name, task, **options):
        """Mean F1 to four digits and accuracy in per cent to two, as the papers print them."""
        counts = self.counts(self.adapted(name, task, **options), task)
        return round(float(uf1(counts)), 4), round(100 * counts.trace() / counts.sum(), 2)
