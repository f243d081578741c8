"""RCN-A: Xia, Peng, Khor, Feng, Zhao, "Revealing the invisible with model and data shrinking ...", 2020.

IEEE Transactions on Image Processing, arXiv 2006.09674.
Faithful to the authors' code: a convolutional stem, one recurrent convolution block (one 3 x 3 layer used twice on the
sum of its input and its last output), adaptive average pooling to P x P, one linear layer. The attention has no weights
of its own: the classifier's weights score the pooled stem map, one map a class, and their mean multiplies the features.
Both released sizes are options: F = 32 maps, P = 5 (the example of the authors' page) and F = 64, P = 7 (their code's
default). Convolutions start from He's normal distribution by fan-out, the linear layer from one of sd .01.
Ours: channels u, v, strain and 60 x 60 px, which the sources we could open do not state; the input scaled to -1..1; a
score map without any range becomes 0, where the authors' code divides by it.
Figure expected: leave-one-subject-out on the 442 clips of MEGC2019, last epoch, UF1 .7432, UAR .7190.
Training in the paper's code: SGD, momentum .9, rate 5e-4, halved every 10 epochs; batch 64, 100 epochs (example: 20).
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d

from ..options import Options as BaseOptions
from .model import Model


class RCNA(Model):
    """Recurrent convolutional network with attention: 15,331 parameters for three classes (F 64, P 7: 55,747)."""

    input_shape = (3, 60, 60)

    class Options(BaseOptions):
        """Options of RCN-A."""

        maps: int = Field(32, gt=0)
        """F: maps of every layer; 32 or 64 in the paper's code."""
        pool: int = Field(5, gt=0, le=14)
        """P: side of the pooled maps, 5 or 7 in the paper's code."""
        dropout: float = 0.5

    def __init__(self, num_classes: int, options: RCNA.Options) -> None:
        super().__init__(num_classes, options)
        maps, self.pool = options.maps, options.pool
        self.stem = nn.Sequential(_layer(3, maps, 5, 0), nn.MaxPool2d(2), nn.Dropout(options.dropout))  # (B, F, 28, 28)
        self.enter = _layer(maps, maps, 1, 0)
        self.recur = _layer(maps, maps, 3, 1)
        self.leave = nn.Sequential(nn.MaxPool2d(2), nn.Dropout(options.dropout))  # (B, F, 14, 14)
        self.head = nn.Linear(maps * self.pool**2, num_classes)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, 3, 60, 60) = u, v, strain in 0..255 to logits (B, num_classes)."""
        stem = self.stem(images / 127.5 - 1)
        state = self.enter(stem)
        for _ in range(2):
            state = self.recur(stem + state)
        features = adaptive_avg_pool2d(self.leave(state), self.pool)  # (B, F, P, P)
        logits: torch.Tensor = self.head((features * self.attention(stem)).flatten(1))
        return logits

    def attention(self, stem: torch.Tensor) -> torch.Tensor:
        """Score places by the classifier's weights: stem (B, F, 28, 28) -> (B, 1, P, P) in 0..1."""
        pooled = adaptive_avg_pool2d(stem, self.pool)
        weights = self.head.weight.view(self.num_classes, *pooled.shape[1:])
        scores = torch.einsum("bfpq,cfpq->bcpq", pooled, weights) / pooled.shape[1]
        low, high = scores.amin((2, 3), keepdim=True), scores.amax((2, 3), keepdim=True)
        # Scores are of the order of 1e-3, so the floor must stay far below any true range.
        return ((scores - low) / (high - low).clamp_min(1e-12)).mean(1, keepdim=True)


def _layer(inputs: int, outputs: int, kernel: int, padding: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, padding=padding)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())
