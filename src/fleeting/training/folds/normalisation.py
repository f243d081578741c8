"""Batch normalisation of a fused stem from sums alone: values y of many filters, their own clips, no maps kept.

Convention: F filters of all folds side by side; `members` (B, F) is 1 for the clips that count for a filter.
"""

from __future__ import annotations

import torch


def statistics(
    sums: torch.Tensor, squares: torch.Tensor, members: torch.Tensor, places: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Number of values, mean and variance, each (F,), from the sums (B, F) of y and y^2 over the places of a clip."""
    count = members.sum(0) * places
    exact = (sums.double() * members).sum(0) / count  # a difference of squares needs the digits
    variance = ((squares.double() * members).sum(0) / count - exact**2).clamp_(min=0).float()
    return count, exact.float(), variance


def gradients(
    shifted: torch.Tensor,
    scaled: torch.Tensor,
    given: tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor],
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The gradient of the scale, and `slope` and `level`: what the statistics add to the gradient of y.

    Args:
        shifted: (F,) sum of the gradients of the normalised values, which is the gradient of the shift.
        scaled: (F,) sum of these times y.
        given: mean, 1 / standard deviation, scale and number of values, each (F,).

    Returns:
        scaled, slope, level: (F,) each; the gradient of y gets `level + slope * y` at every place of a member.
    """
    mean, steep, scale, count = given
    factor = scale * steep
    scaled = (scaled - mean * shifted) * steep
    slope = -factor * steep * scaled / count
    level = -factor * (shifted - mean * steep * scaled) / count
    return scaled, slope, level
