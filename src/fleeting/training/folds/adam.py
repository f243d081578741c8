"""Adam for a stack of folds: torch.optim.Adam, fold by fold, with folds that sit a step out."""

from __future__ import annotations

from collections.abc import Mapping

import torch

BETAS = (0.9, 0.999)
EPS = 1e-8


class StackedAdam:
    """Adam with L2 weight decay on tensors (G, ...), one fold per first index.

    Source: Kingma and Ba, ICLR 2015, algorithm 1, with the defaults and the place of eps of torch.optim.Adam.
    """

    def __init__(self, weights: Mapping[str, torch.Tensor], folds: int, rate: float, decay: float) -> None:
        self.weights, self.rate, self.decay = weights, rate, decay
        self._first = {name: torch.zeros_like(weight) for name, weight in weights.items()}
        self._second = {name: torch.zeros_like(weight) for name, weight in weights.items()}
        device = next(iter(weights.values())).device
        self._steps = torch.zeros(folds, dtype=torch.float64, device=device)

    @torch.no_grad()
    def step(self, gradients: Mapping[str, torch.Tensor], active: torch.Tensor) -> None:
        """One step of the folds with `active` (G,) true; the others keep weights, moments and step count."""
        self._steps += active
        counts = self._steps.clamp(min=1)
        size = (self.rate / (1 - BETAS[0] ** counts)).float()
        root = (1 - BETAS[1] ** counts).sqrt().float()
        everyone = bool(active.all())
        for name, weight in self.weights.items():
            shape = (-1,) + (1,) * (weight.ndim - 1)
            gradient = gradients[name]
            if self.decay:
                gradient = gradient + self.decay * weight
            first = torch.lerp(self._first[name], gradient, 1 - BETAS[0])
            second = (BETAS[1] * self._second[name]).addcmul_(gradient, gradient, value=1 - BETAS[1])
            change = first / (second.sqrt() / root.view(shape) + EPS) * size.view(shape)
            if not everyone:
                acts = active.view(shape)
                first = torch.where(acts, first, self._first[name])
                second = torch.where(acts, second, self._second[name])
                change = torch.where(acts, change, 0)
            self._first[name], self._second[name] = first, second
            weight -= change
