"""Optical strain: how much the skin is stretched and sheared, whatever the head does as a whole."""

from __future__ import annotations

import numpy as np

from ..types import Floats


def optical_strain(flow: Floats) -> Floats:
    """Magnitude of the strain tensor of a flow field.

    Args:
        flow: (..., H, W, 2) float32 px, (dx, dy).

    Returns:
        (..., H, W) float32, 0 or more, px per px: sqrt(ux^2 + vy^2 + (uy + vx)^2 / 2) by central differences.

    Source: Shreve et al.; Liong et al., STSTNet (arXiv 1902.03634), equations 5 to 7 with the shear term corrected.
    """
    uy, ux = np.gradient(flow[..., 0], axis=(-2, -1))
    vy, vx = np.gradient(flow[..., 1], axis=(-2, -1))
    strain: Floats = np.sqrt(ux**2 + vy**2 + 0.5 * (uy + vx) ** 2).astype(np.float32)
    return strain
