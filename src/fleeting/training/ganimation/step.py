"""One update of the critic and one of the generator, on the pieces of a batch."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch

from ...generators.ganimation.network import CriticNetwork, GeneratorNetwork, compose
from ...seeds import derive
from ..loop import seeded
from .losses import au_error, cycle_error, gradient_penalty, hardest, mask_magnitude, mask_roughness, wasserstein
from .processes import Process
from .recipe import GeneratorRecipe, Weights

Statistics = dict[str, torch.Tensor]

PUBLISHED_WIDTH = 64


@dataclass(frozen=True, slots=True)
class Piece:
    """Images of one forward pass, on the device."""

    images: torch.Tensor
    """(b, 3, S, S) float32 in -1..1."""
    aus: torch.Tensor
    """(b, A) float32: what the images show."""
    wanted: torch.Tensor
    """(b, A) float32: what the generator shall show."""
    mix: torch.Tensor
    """(b,) float32 in 0..1, for the gradient penalty and the critic's attack."""


class Training:
    """Both networks with their optimisers, and the averaged generator."""

    def __init__(self, recipe: GeneratorRecipe, process: Process) -> None:
        table, train = recipe.network, recipe.train
        self.process, self.weights, self.decay = process, recipe.loss.weights, train.ema
        self.attack = train.critic_attack
        units = len(recipe.data.action_units)
        with seeded(derive(train.seed, "weights")):
            self.generator = GeneratorNetwork(units, table.width, table.blocks, table.norm)
            self.critic = CriticNetwork(table.image_size, units, table.critic_width)
        _widen(self.generator, table.width)
        _widen(self.critic, table.critic_width)
        # torch 2.13 on a CPU gives the generator a wrong gradient for single images in channels-last order (measured).
        single = train.batch // (process.count * train.accumulate) == 1
        self.order = torch.channels_last if train.channels_last and not single else torch.contiguous_format
        for network in (self.generator, self.critic):
            network.to(process.device, memory_format=self.order)  # type: ignore[call-overload]  # torch's stub lacks it
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        adam = torch.optim.Adam
        self.generator_optimiser = adam(self.generator.parameters(), lr=train.generator_rate, betas=train.betas)
        self.critic_optimiser = adam(self.critic.parameters(), lr=train.critic_rate, betas=train.betas)
        self.rates = (train.generator_rate, train.critic_rate)
        self.updates = 0
        """Of the generator."""
        self.amp = train.amp == "on" or (train.amp == "auto" and process.device.type == "cuda")
        self.draw = torch.compile(self.generator) if train.compile else self.generator

    def set_rate(self, factor: float) -> None:
        """Put both learning rates at a share of the recipe's."""
        for optimiser, rate in zip((self.generator_optimiser, self.critic_optimiser), self.rates, strict=True):
            for group in optimiser.param_groups:
                group["lr"] = rate * factor

    def update_critic(self, pieces: Sequence[Piece]) -> Statistics:
        """One step of the critic on all pieces together; the generator does not change."""
        self.critic_optimiser.zero_grad(set_to_none=True)
        statistics = [self._judge(piece, self.weights, 1 / len(pieces)) for piece in pieces]
        self.process.average(self.critic)
        self.critic_optimiser.step()
        return _means(statistics)

    def teach_critic(self, pieces: Sequence[Piece], share: float) -> None:
        """One step of the critic in which it learns the action units of real images, and nothing about made ones.

        Args:
            pieces: of one batch.
            share: of the recipe's attack. A critic that is attacked in full from its first step on may learn nothing.
        """
        self.critic_optimiser.zero_grad(set_to_none=True)
        for piece in pieces:
            with self._precision():
                error = au_error(self._estimated(piece, share), piece.aus)
            torch.autograd.backward(self.weights.au / len(pieces) * error)
        self.process.average(self.critic)
        self.critic_optimiser.step()

    def update_generator(self, pieces: Sequence[Piece]) -> Statistics:
        """One step of the generator on all pieces together, and of its average; the critic does not change."""
        self.generator_optimiser.zero_grad(set_to_none=True)
        self.critic.requires_grad_(False)
        statistics = [self._deceive(piece, self.weights, 1 / len(pieces)) for piece in pieces]
        self.critic.requires_grad_(True)
        self.process.average(self.generator)
        self.generator_optimiser.step()
        self.updates += 1
        # A young average would be made of random weights, so it begins with a short memory.
        kept = min(self.decay, self.updates / (self.updates + 9))
        with torch.no_grad():
            for mean, weight in zip(self.average.parameters(), self.generator.parameters(), strict=True):
                mean.lerp_(weight, 1 - kept)
        return _means(statistics)

    def _judge(self, piece: Piece, weights: Weights, share: float) -> Statistics:
        with self._precision():
            with torch.no_grad():
                fake = compose(piece.images, *self.draw(piece.images, piece.wanted))
            on_fake, _ = self.critic(fake)
            on_real, estimated = self.critic(piece.images)
            if self.attack:
                estimated = self._estimated(piece, 1.0)
            distance = wasserstein(on_fake, on_real)
            error = au_error(estimated, piece.aus)
            penalty = gradient_penalty(self.critic, piece.images, fake, piece.mix)
            loss = weights.adversarial * distance + weights.penalty * penalty + weights.au * error
        torch.autograd.backward(share * loss)
        return {"critic": loss, "distance": -distance, "penalty": penalty, "au_real": error}

    def _deceive(self, piece: Piece, weights: Weights, share: float) -> Statistics:
        with self._precision():
            colour, mask = self.draw(piece.images, piece.wanted)
            fake = compose(piece.images, colour, mask)
            verdict, estimated = self.critic(fake)
            colour_back, mask_back = self.draw(fake, piece.aus)
            restored = compose(fake, colour_back, mask_back)
            error = au_error(estimated, piece.wanted)
            cycle = cycle_error(restored, piece.images)
            magnitude = mask_magnitude(mask, weights.mask_norm) + mask_magnitude(mask_back, weights.mask_norm)
            rough = mask_roughness(mask, weights.smoothness) + mask_roughness(mask_back, weights.smoothness)
            loss = weights.au * error + weights.cycle * cycle - weights.adversarial * verdict.float().mean()
            loss = loss + weights.mask * magnitude + weights.smooth * rough
        torch.autograd.backward(share * loss)
        change = (fake.detach().float() - piece.images).abs().mean()
        kept = mask.detach().float().mean()
        return {"generator": loss, "au_fake": error, "cycle": cycle, "mask": kept, "rough": rough, "change": change}

    def _estimated(self, piece: Piece, share: float) -> torch.Tensor:
        """Action units that the critic sees in a piece's images, at their hardest where the recipe says so."""
        images = piece.images
        if self.attack:
            images = hardest(self.critic, images, piece.aus, share * self.attack * piece.mix)
        units: torch.Tensor = self.critic(images)[1]
        return units

    def _precision(self) -> AbstractContextManager[None]:
        return torch.autocast(self.process.device.type, torch.bfloat16, enabled=self.amp)


def _widen(network: torch.nn.Module, width: int) -> None:
    """Spread the first weights of a narrow network wider, so that its signals keep the size of the published one's.

    The published spread is one number for all layers; at a quarter of the width the critic's outputs would begin a
    hundred times as small, and its action units did not learn at all in 750 steps (ours).
    """
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
                layer.weight *= (PUBLISHED_WIDTH / width) ** 0.5


def _means(statistics: Sequence[Statistics]) -> Statistics:
    return {name: torch.stack([row[name].detach().float() for row in statistics]).mean() for name in statistics[0]}
