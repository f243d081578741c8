"""A network for each frame, then one over time: what ELRCN and TLCNN have in common; no member of the family.

Source: ELRCN (FG 2018) trains in stages: first the frame networks, as classifiers of single frames with the label of
their clip, then, with these frozen, the temporal part on their features. TLCNN's abstract has two such steps.
Ours: the stages run side by side. The loss adds both classifications, and no gradient goes from the temporal part to
the frame networks, so each learns from what it learns from in the paper; the features change while the temporal part
learns, and the frame networks' inner dropout is on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from ..options import Options as BaseOptions
from .model import Batch, Model


class FramewiseModel(Model):
    """Base of models whose streams see frame by frame; `build` gives it its layers."""

    streams: nn.ModuleList
    """Networks that map (B T, C_k, H, W) in -1..1 to (B T, D_k)."""
    picks: Sequence[Sequence[int]]
    """For each stream the places in `channels` of the C_k channels that it sees."""
    frame_heads: nn.ModuleList
    """For each stream the classifier of single frames, used in training only."""
    temporal: nn.Module
    """Maps the joined features (B, T, sum of D_k) to logits (B, num_classes)."""

    def __init__(self, num_classes: int, options: BaseOptions, channels: Sequence[str], clip: Sequence[int]) -> None:
        """`clip` is (frames, rows, columns)."""
        super().__init__(num_classes, options)
        self.channels = tuple(channels)
        self.input_shape = (len(self.channels), *clip)

    def build(
        self, streams: Mapping[tuple[str, ...], tuple[nn.Module, int]], temporal: nn.Module, dropout: float
    ) -> None:
        """Take the layers.

        Args:
            streams: channels that a stream sees (one may come more than once) -> the stream, and its D_k.
            temporal: the part over time.
            dropout: of features before the classifiers of single frames.
        """
        self.picks = [[self.channels.index(name) for name in seen] for seen in streams]
        self.streams = nn.ModuleList(stream for stream, _ in streams.values())
        self.frame_heads = nn.ModuleList(
            nn.Sequential(nn.Dropout(dropout), nn.Linear(values, self.num_classes)) for _, values in streams.values()
        )
        self.temporal = temporal

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map clips (B, C, T, H, W) in 0..255 to logits (B, num_classes)."""
        logits: torch.Tensor = self.temporal(torch.cat(self.frame_features(images), 2))
        return logits

    def frame_features(self, images: torch.Tensor) -> list[torch.Tensor]:
        """For each stream the features (B, T, D_k) of all frames."""
        frames = images.transpose(1, 2).flatten(0, 1) / 127.5 - 1  # (B T, C, H, W)
        pairs = zip(self.streams, self.picks, strict=True)
        return [stream(frames[:, picks]).unflatten(0, (-1, images.shape[2])) for stream, picks in pairs]

    def loss(self, batch: Batch) -> torch.Tensor:
        """Cross-entropy of the clips, whose gradient stops at the features, and of all frames, one term a stream."""
        features = self.frame_features(batch.images)
        answers = self.temporal(torch.cat(features, 2).detach())
        losses = cross_entropy(answers, batch.labels, reduction="none")
        for values, head in zip(features, self.frame_heads, strict=True):
            labels = batch.labels[:, None].expand(values.shape[:2])
            losses = losses + cross_entropy(head(values).transpose(1, 2), labels, reduction="none").mean(1)
        return batch.mean(losses)


class LastState(nn.Module):
    """An LSTM of which the last state is kept."""

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        self.cells = nn.LSTM(inputs, units, batch_first=True)

    def forward(self, sequence: torch.Tensor) -> torch.Tensor:
        """(B, T, inputs) -> (B, units)."""
        states: torch.Tensor = self.cells(sequence)[0]
        return states[:, -1]
