"""Principal subspaces of two sets of vectors, and what is between them; shared by `sa` and `gfk`."""

from __future__ import annotations

import numpy as np

from .pairwise import Floats64


def principal_axes(vectors: Floats64, count: int) -> Floats64:
    """(D, d) orthonormal principal axes of (N, D), strongest first; d is `count`, or fewer where there are no more."""
    centred = vectors - vectors.mean(0)
    squares, inside = np.linalg.eigh(centred @ centred.T)
    real = int((squares > squares.max() * 1e-10).sum())
    order = slice(None, -min(count, real) - 1, -1)
    axes: Floats64 = centred.T @ inside[:, order] / np.sqrt(squares[order])
    return axes


def geodesic_factor(source: Floats64, target: Floats64) -> Floats64:
    """F (D, 2d) with F @ F.T = G, the kernel that sums up all subspaces on the shortest way from source to target.

    Args:
        source: (D, d) orthonormal axes.
        target: the same of the other set.
    """
    rotation, cosines, turned = np.linalg.svd(source.T @ target)
    angles = np.arccos(np.clip(cosines, -1, 1))
    start = source @ rotation
    away = target @ turned.T - start * np.cos(angles)
    lengths = np.linalg.norm(away, axis=0)
    away = np.where(lengths > 1e-8, away / np.maximum(lengths, 1e-8), 0)
    double = 2 * np.maximum(angles, 1e-12)
    own, mixed, other = 1 + np.sin(double) / double, (1 - np.cos(double)) / double, 1 - np.sin(double) / double
    blocks = 0.5 * np.stack([np.stack([own, mixed]), np.stack([mixed, other])])  # (2, 2, d)
    values, vectors = np.linalg.eigh(blocks.transpose(2, 0, 1))
    roots = vectors * np.sqrt(np.maximum(values, 0))[:, None, :]  # (d, 2, 2)
    return np.concatenate([start * roots[:, 0, column] + away * roots[:, 1, column] for column in (0, 1)], axis=1)
