"""DTSCNN: Peng, Wang, Chen, Liu, Fu, "Dual Temporal Scale CNN for Micro-Expression Recognition", Front. Psychol. 2017.

Faithful: flow between neighbouring frames as coloured maps of 96 rows x 112 columns, 64 and 128 of them, a stream for
each: four layers of 3-D convolutions (16, 32, 64, 128 filters) with max pooling, 1,152 values, dropout .5, linear
layer. The first layer has kernels of 8 and 16 maps and steps of 4 and 8, so that 16 remain in both. 367,728 and 371,184
parameters before the linear layers. The answer is that of the stream whose largest class probability is higher.
Figures published (CASME and CASME II in four classes, 3 folds that may share people, rule unconfirmed): accuracy .667;
streams .655 and .658. Re-run in 5 subject-wise folds for MiE-X, last epoch: MMEW .609, SAMM .516 (best epoch .711 and
.606).
Training in the paper: streams apart, SGD with momentum .9, rate 1e-4 divided by 10 every 10 epochs, batch 10; 9 crops;
classes resampled to 500 clips inside the training part; then a linear SVM on the values of each stream.
Ours: ReLU (unconfirmed); pooling rounds down (unconfirmed); the linear layers answer, no SVM; the 64 maps are the means
of neighbouring pairs of the 128, where the paper computes flow anew on 65 frames; input scaled to -1..1; any `size`.
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import nn
from torch.nn.functional import avg_pool3d, cross_entropy, log_softmax

from ..options import Options as BaseOptions
from .model import Batch, Model

MAPS = 128
"""Flow maps of a clip, which 129 frames give."""


class DTSCNN(Model):
    """Two temporal scales: 745,830 parameters for three classes."""

    channels = ("flow.r", "flow.g", "flow.b")

    class Options(BaseOptions):
        """Options of DTSCNN."""

        size: int = Field(96, ge=32)
        """Rows of the input, px; 96 in the paper. Columns are 7 / 6 of them."""

    def __init__(self, num_classes: int, options: DTSCNN.Options) -> None:
        super().__init__(num_classes, options)
        rows, columns = options.size, options.size * 7 // 6
        self.input_shape = (3, MAPS, rows, columns)
        self.coarse, self.fine = convolutions(scale=4), convolutions(scale=8)
        values = 128 * _last_side(rows) * _last_side(columns)
        self.coarse_head, self.fine_head = (
            nn.Sequential(nn.Dropout(0.5), nn.Linear(values, num_classes)) for _ in range(2)
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map clips (B, 3, 128, rows, columns) in 0..255 to logits (B, num_classes), which are log-probabilities."""
        coarse, fine = (log_softmax(answers, 1) for answers in self.answers(images))
        surer = coarse.amax(1, keepdim=True) >= fine.amax(1, keepdim=True)
        return torch.where(surer, coarse, fine)

    def answers(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The logits (B, num_classes) of the stream of 64 maps and of that of 128."""
        maps = images / 127.5 - 1
        return self.coarse_head(self.coarse(avg_pool3d(maps, (2, 1, 1)))), self.fine_head(self.fine(maps))

    def loss(self, batch: Batch) -> torch.Tensor:
        """Cross-entropy of both streams, which have no weights in common: as if they were trained apart."""
        coarse, fine = (cross_entropy(logits, batch.labels, reduction="none") for logits in self.answers(batch.images))
        return batch.mean(coarse + fine)


def convolutions(scale: int) -> nn.Sequential:
    """(B, 3, 16 scale, rows, columns) -> (B, 128 h w), h and w a 32nd of rows and columns."""
    first = nn.Conv3d(3, 16, (2 * scale, 3, 3), stride=(scale, 2, 2), padding=(scale // 2, 1, 1))
    return nn.Sequential(
        first,  # (B, 16, 16, rows / 2, columns / 2)
        nn.ReLU(),
        nn.MaxPool3d((1, 2, 2)),
        nn.Conv3d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool3d(2),
        nn.Conv3d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool3d(2),
        nn.Conv3d(64, 128, (4, 3, 3), padding=(0, 1, 1)),  # (B, 128, 1, rows / 16, columns / 16)
        nn.ReLU(),
        nn.MaxPool3d((1, 2, 2)),
        nn.Flatten(),
    )


def _last_side(side: int) -> int:
    """Side of the last maps: the first convolution rounds up, the four poolings down."""
    return (side + 1) // 2 // 16
