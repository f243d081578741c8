"""ELRCN, spatial and temporal enrichment: Khor, See, Phan, Lin, "Enriched Long-term Recurrent ...", FG 2018.

Faithful to the authors' code: a clip is brought to 10 frames by TIM, which give 9 flow images (u, v, magnitude), 9
images of optical strain and 9 grey frames of 224 x 224 px. `elrcn-se` stacks them as channels of one VGG-16, `elrcn-te`
has a VGG-16 for flow, one for strain and one for grey, each map copied to three channels, and joins their features.
Features (4,096 per network) are the second fully connected layer's; LSTM of 3,000 units, last state, 128 units with
ReLU, linear layer. A trunk with three channels has 134,260,544 parameters, with four 134,261,120, with five
134,261,696.
Figures published (leave-one-subject-out, no peeking; F1 is the harmonic mean of mean precision and mean recall):
CASME II in five classes, temporal enrichment: accuracy .524, F1 .500, UAR .440. Spatial enrichment: unconfirmed.
Training in the paper's code: two stages (framewise.py), Adam 1e-5 with decay 1e-6, batch 32, 10 and 40 epochs, or batch
1 and 100 each (which one made the table is unconfirmed), the first stage stopped early by its training loss; VGG-Face
weights in the temporal enrichment, spatial enrichment from scratch; no augmentation, no class weights.
Ours: random weights, or ImageNet's from a file; the stages run side by side; softmax at the end, where the authors'
code has a sigmoid; torch's two biases per gate of the LSTM; input scaled to -1..1; flow, strain and grey by default in
both; `trunk = "small"`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from torch import nn

from .framewise import FramewiseModel, LastState
from .imagenet import WeightOptions
from .vgg import SMALL, VGG, VGG_16

FLOW_IMAGE, STRAIN, GREY = ("u", "v", "magnitude"), ("strain",), ("grey",)
INPUTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "flow": (FLOW_IMAGE,),
    "flow-strain": (FLOW_IMAGE, STRAIN),
    "flow-strain-grey": (FLOW_IMAGE, STRAIN, GREY),
}
TRUNKS = {"vgg-16": (VGG_16, 3000), "small": (SMALL, 512)}
"""Sizes of a trunk, and units of the LSTM behind it."""
DENSE = 128


class ELRCN(FramewiseModel):
    """What both kinds of enrichment share."""

    class Options(WeightOptions):
        """Options of ELRCN; `weights` are of VGG-16 and start every trunk."""

        inputs: Literal["flow", "flow-strain", "flow-strain-grey"] = "flow-strain-grey"
        """What a clip is enriched with: flow alone, and strain, and grey frames."""
        trunk: Literal["vgg-16", "small"] = "vgg-16"
        """The paper's networks, or small ones for CPUs with an LSTM of 512 units (ours)."""
        size: int = Field(224, ge=32, multiple_of=32)
        """Side of the square input, px; 224 in the paper."""
        frames: int = Field(9, ge=1)
        """Images of each kind in a clip; 9 in the paper, from 10 frames."""

    def __init__(self, num_classes: int, options: ELRCN.Options) -> None:
        kinds = INPUTS[options.inputs]
        channels = tuple(name for kind in kinds for name in kind)
        super().__init__(num_classes, options, channels, (options.frames, options.size, options.size))
        sizes, units = TRUNKS[options.trunk]
        seen = self.stream_channels(kinds)
        temporal = nn.Sequential(
            LastState(len(seen) * sizes.units, units),
            nn.Linear(units, DENSE),
            nn.ReLU(),
            nn.Linear(DENSE, num_classes),
        )
        streams = {names: (VGG(len(names), options.size, sizes), sizes.units) for names in seen}
        self.build(streams, temporal, dropout=0.5)
        self.options = options.apply(*self.streams)

    @staticmethod
    def stream_channels(kinds: tuple[tuple[str, ...], ...]) -> list[tuple[str, ...]]:
        """The channels that each network sees, of the kinds of image in a clip."""
        raise NotImplementedError


class ELRCNSE(ELRCN):
    """One network for all kinds of image: 219,834,502 parameters for three classes."""

    @staticmethod
    def stream_channels(kinds: tuple[tuple[str, ...], ...]) -> list[tuple[str, ...]]:
        """All of them."""
        return [tuple(name for kind in kinds for name in kind)]


class ELRCNTE(ELRCN):
    """A network for each kind of image, which sees three channels: 586,683,020 parameters for three classes."""

    @staticmethod
    def stream_channels(kinds: tuple[tuple[str, ...], ...]) -> list[tuple[str, ...]]:
        """Those of one kind, a single one three times."""
        return [kind * (3 // len(kind)) for kind in kinds]
