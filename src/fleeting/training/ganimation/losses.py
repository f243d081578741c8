"""The losses of GANimation, each a scalar over a batch. Weights and presets stand in recipe.py.

Source: Pumarola et al., "GANimation", ECCV 2018, section 5; norms are means where recipe.py says so.
"""

from __future__ import annotations

import torch

from ...generators.ganimation.network import CriticNetwork
from .recipe import MaskNorm, Smoothness


def wasserstein(fake: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """What the critic minimises: mean verdict on made patches less that on real ones.

    Source: Arjovsky et al. 2017, equation 2, over patches as in the paper.
    """
    return fake.float().mean() - real.float().mean()


def gradient_penalty(critic: CriticNetwork, real: torch.Tensor, fake: torch.Tensor, mix: torch.Tensor) -> torch.Tensor:
    """Mean of (|gradient of the verdict| - 1)^2 on the lines between real and made images.

    The verdict on an image is the sum over its patches (ours; the paper does not say).

    Args:
        critic: its weights get gradients through the penalty.
        real: (B, 3, S, S).
        fake: (B, 3, S, S).
        mix: (B,) in 0..1, the share of the real image.

    Source: Gulrajani et al. 2017, equation 3.
    """
    share = mix[:, None, None, None].to(real.dtype)
    between = (share * real + (1 - share) * fake).detach().requires_grad_()
    verdict = critic(between)[0].float().sum()
    (slope,) = torch.autograd.grad(verdict, between, create_graph=True)
    lengths: torch.Tensor = slope.float().flatten(1).norm(dim=1)
    return (lengths - 1).square().mean()


def au_error(estimated: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Mean squared error over images and action units. Source: the paper's conditional loss, as a mean."""
    return (estimated.float() - wanted).square().mean()


def hardest(critic: CriticNetwork, images: torch.Tensor, aus: torch.Tensor, reach: torch.Tensor) -> torch.Tensor:
    """Images changed in the way that worsens the critic's action units most, for the critic to learn on.

    A critic that was not taught so can be talked into a unit by dots that no eye sees, and a generator finds them. One
    that was asks for a change of the face itself.

    Args:
        critic: its weights get no gradient here.
        images: (B, 3, S, S).
        aus: (B, A), what they show.
        reach: (B,) by how much to change each, as the length of the change as a vector.

    Source: Goodfellow et al. 2015, section 6, with a change of given length (Miyato et al. 2017); that such networks
    can draw: Santurkar et al. 2019. To teach GANimation's critic so is ours.
    """
    given = images.detach().requires_grad_()
    error = (critic(given)[1].float() - aus).square().sum()
    (slope,) = torch.autograd.grad(error, given)
    unit = torch.nn.functional.normalize(slope.float().flatten(1)).view_as(slope)
    changed: torch.Tensor = images + reach[:, None, None, None] * unit
    return changed.detach()


def cycle_error(restored: torch.Tensor, original: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of pixel values. Source: the paper's identity loss, as a mean."""
    return (restored.float() - original.float()).abs().mean()


def mask_magnitude(mask: torch.Tensor, norm: MaskNorm) -> torch.Tensor:
    """How much of the input is kept, (B, 1, H, W) -> 0..1.

    l1: the mean (both public codes); l2: the root mean square of each mask (the paper's norm over the root of the
    number of pixels, ours).
    """
    values = mask.float().flatten(1)
    if norm == "l1":
        return values.mean()
    return values.square().mean(dim=1).sqrt().mean()


def mask_roughness(mask: torch.Tensor, kind: Smoothness) -> torch.Tensor:
    """Sum of the differences between neighbours, squared (the paper) or absolute (the authors' code), per image."""
    values = mask.float()
    down, across = values.diff(dim=2), values.diff(dim=3)
    if kind == "squared":
        return (down.square().sum() + across.square().sum()) / len(mask)
    return (down.abs().sum() + across.abs().sum()) / len(mask)
