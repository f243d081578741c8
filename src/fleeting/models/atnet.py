"""ATNet: apex frame and motion over time (ACII 2019).

Peng, Wang, Bi, Shi, Zhou, Chen: A Novel Apex-Time Network for Cross-Dataset Micro-Expression Recognition (arXiv
1904.03699).

Faithful: apex stream = pre-activation ResNet-10 on the grey apex frame, average, L2 norm; time stream = 64 flow fields
(32 frames either side of the apex), each cut into 8 x 8 blocks with mean direction (radians) and mean magnitude (px),
two LSTMs of 512 units with one bias per gate, mean over time, L2 norm; both joined, dropout .5, one linear layer. LSTM
weights normal with sd .1, the last layer's uniform within sqrt(3 / inputs) (Caffe's Xavier) and its bias .2. 8,312,773
parameters for three classes. The released features show the order (direction, magnitude), the radians, and rows of
zeros for frames that a clip does not have; their angles seldom pass 2.6, which speaks for a mean of angles.
Published (442 clips, leave-one-subject-out; rule unconfirmed, the solver keeps the last iteration): UF1 .631, UAR .613;
time stream alone .581 / .581, apex stream alone .494 / .484.
Training in the paper: trunk from ImageNet and macro-expressions; SGD, momentum .9, rate .01 divided by 10 every 10
epochs, 50 epochs, weight decay 5e-6, batch 16; training clips oversampled to the largest class; mirror, rotation,
shift of grey.
Ours: the bias of the first convolution is left out (resnet.py); flow travels as images, one grey level = .01 px, 128 =
no motion, cut off near 1.27 px per frame; any estimator (the paper: Sun et al. 2014); the units of the LSTMs follow
`width`.
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d, normalize

from .imagenet import TrunkOptions
from .model import Model
from .resnet import PreactResNet10

BLOCKS = 8
NO_MOTION, LEVELS_PER_PX = 128.0, 100.0


class SequenceLSTM(nn.Module):
    """An LSTM with one bias per gate, as in Caffe: the bias is the weight of an input that is always 1."""

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        self.cells = nn.LSTM(inputs + 1, units, bias=False, batch_first=True)
        with torch.no_grad():
            for weights in self.cells.parameters():
                weights.normal_(std=0.1)
            self.cells.get_parameter("weight_ih_l0")[:, -1] = 0

    def forward(self, sequence: torch.Tensor) -> torch.Tensor:
        """(B, T, inputs) -> outputs at all times (B, T, units)."""
        constant = sequence.new_ones(*sequence.shape[:2], 1)
        outputs: torch.Tensor = self.cells(torch.cat([sequence, constant], 2))[0]
        return outputs


class ATNet(Model):
    """Apex frame and the motion around it, a stream for each."""

    class Options(TrunkOptions):
        """Options of ATNet."""

        steps: int = Field(64, ge=1, le=4096)
        """Number of flow fields; 64 in the paper."""

    def __init__(self, num_classes: int, options: ATNet.Options) -> None:
        super().__init__(num_classes, options)
        flows = [f"flow{step + 1}.{axis}" for step in range(options.steps) for axis in "uv"]
        self.channels = ("apex.grey", *flows)
        self.input_shape = (len(self.channels), options.size, options.size)
        self.trunk = PreactResNet10(1, options.width)
        units = self.trunk.features
        self.time = nn.Sequential(SequenceLSTM(2 * BLOCKS**2, units), SequenceLSTM(units, units))
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(2 * units, num_classes)
        bound = (3 / (2 * units)) ** 0.5
        nn.init.uniform_(self.head.weight, -bound, bound)
        nn.init.constant_(self.head.bias, 0.2)
        self.options = options.apply(self.trunk)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, 1 + 2 steps, size, size) in 0..255 to logits (B, num_classes)."""
        apex = normalize(self.trunk(images[:, :1]).mean((2, 3)))
        time = normalize(self.time(block_motion(images[:, 1:])).mean(1))
        logits: torch.Tensor = self.head(self.dropout(torch.cat([apex, time], 1)))
        return logits


def block_motion(flows: torch.Tensor) -> torch.Tensor:
    """What the time stream reads of each flow field.

    Args:
        flows: (B, 2 T, H, W) in 0..255, u and v in turn: 128 + 100 px.

    Returns:
        (B, T, 128): direction in radians, -pi..pi, and magnitude in px of 8 x 8 blocks, row by row; 0 where all is 128.
    """
    motion = (flows - NO_MOTION) / LEVELS_PER_PX
    u, v = motion[:, 0::2], motion[:, 1::2]  # (B, T, H, W) each
    # ONNX has no hypot, and its atan2(0, -1) is -pi where torch's is pi; of -v, which is -0 there, both give -pi.
    polar = torch.stack([-torch.atan2(-v, u), (u**2 + v**2).sqrt()], 2)  # (B, T, 2, H, W)
    blocks = adaptive_avg_pool2d(polar.flatten(0, 1), BLOCKS)  # (B T, 2, 8, 8)
    return blocks.permute(0, 2, 3, 1).reshape(*polar.shape[:2], -1)
