"""LPQ-TOP: local phase quantisation on the planes XY, XT and YT, block by block.

Source: Päivärinta, Rahtu and Heikkilä, SCIA 2011, and the authors' public code: window 5, four frequencies, whitening
with rho = 0.1; 85 blocks of 3 * 256 make the 65,280 numbers of the cross-database benchmark. Ours: the signs of the
whitening vectors, that blocks cut the area of each plane that has codes, and that a coefficient must exceed 1e-6, so
that what is 0 but for rounding sets no bit.
"""

from __future__ import annotations

from functools import cache
from typing import Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator
from scipy.ndimage import correlate1d

from ..options import Options
from ..types import Floats, Image
from .block_grid import block_histograms, shares
from .descriptor import BlockDescriptor, BlockOptions
from .local_binary_pattern import PLANES

Doubles = npt.NDArray[np.float64]
CODES = 256
ZERO = 1e-6


class LPQTOPOptions(BlockOptions):
    """Options of the feature `lpq-top`."""

    window: int = Field(5, ge=3)
    """Side of the square that a code looks at, px and frames, odd."""
    decorrelate: bool = True
    """Whether the eight coefficients are whitened for a neighbour correlation `rho`, as in the published features."""
    rho: float = Field(0.1, gt=0, lt=1)
    """Correlation of neighbouring pixels, and of neighbouring frames, that is assumed."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.window % 2 == 0:
            raise ValueError(f"a window has a middle, so it is odd, got {self.window}")
        if min(self.frames, self.size) < self.window:
            raise ValueError(f"a window of {self.window} needs as many frames and px, got {self.frames}, {self.size}")
        return self


class LPQTOP(BlockDescriptor):
    """Feature `lpq-top`: frames of one clip in; per block 256 numbers for each of XY, XT and YT, each of sum 1."""

    Options: type[Options] = LPQTOPOptions
    NAME = "lpq-top"
    options: LPQTOPOptions

    @property
    def block_length(self) -> int:
        """Numbers per block."""
        return len(PLANES) * CODES

    def _describe(self, volume: Floats) -> Floats:
        planes = [shares(block_histograms(self._codes(volume, plane), self.options.grid, CODES)) for plane in PLANES]
        return np.concatenate(planes, axis=1).ravel()

    def _codes(self, volume: Floats, plane: str) -> Image:
        """Codes of the voxels whose window in the plane lies inside; the third axis loses nothing."""
        options = self.options
        found = coefficients(volume.astype(np.float64), PLANES[plane][:2], options.window)
        if options.decorrelate:
            found = np.tensordot(whitening(options.window, options.rho, plane == "xy"), found, 1)
        codes = np.zeros(found.shape[1:], np.uint8)
        for bit, values in enumerate(found):
            codes |= (values > ZERO).view(np.uint8) << np.uint8(bit)
        return codes


def coefficients(volume: Doubles, axes: tuple[int, int], window: int) -> Doubles:
    """Windowed Fourier transform at (a, 0), (0, a), (a, a), (a, -a), a = 1/window: real and imaginary part in turn.

    F(p) = sum over z of f(p + z) exp(2 pi i u.z), separable: a frequency along one axis is a pair of filters.
    """
    first, second = axes
    waves = _waves(window)
    mean, cosine, sine = (_filtered(volume, wave, first) for wave in waves)
    c0, s0 = (_filtered(part, waves[0], second) for part in (cosine, sine))
    c1, s1 = (_filtered(mean, wave, second) for wave in waves[1:])
    cc, cs, sc, ss = (_filtered(part, wave, second) for part in (cosine, sine) for wave in waves[1:])
    return np.stack([c0, s0, c1, s1, cc - ss, cs + sc, cc + ss, sc - cs])


@cache
def whitening(window: int, rho: float, spatial: bool) -> Doubles:
    """(8, 8): rows are the vectors on which the coefficients of a plane are uncorrelated.

    The correlation of two pixels of the window is rho to the power of their distance; on a plane with time it is rho to
    the power of the distance in px, times rho to that in frames.
    """
    half = window // 2
    places = np.stack(np.meshgrid(*[np.arange(-half, half + 1)] * 2, indexing="ij"), -1).reshape(-1, 2)
    apart = np.abs(places[:, None] - places[None]).astype(np.float64)
    distance = np.hypot(apart[..., 0], apart[..., 1]) if spatial else apart.sum(-1)
    impulses = np.zeros((len(places), 2 * window - 1, 2 * window - 1))
    for impulse, (first, second) in zip(impulses, places, strict=True):
        impulse[window - 1 + first, window - 1 + second] = 1
    middle = coefficients(impulses, (1, 2), window)[:, :, half, half]  # (8, window^2): the filters, pixel by pixel
    uneven = np.diag(1 + np.arange(7, -1, -1) * 1e-6)  # tells equal singular values apart, as in the authors' code
    vectors = np.linalg.svd(uneven @ (middle @ rho**distance @ middle.T) @ uneven)[0]
    leading = np.take_along_axis(vectors, (np.abs(vectors) > ZERO).argmax(0)[None], 0)
    rows: Doubles = (vectors * np.sign(leading)).T
    return rows


def _waves(window: int) -> tuple[Doubles, Doubles, Doubles]:
    angles = 2 * np.pi * np.arange(-(window // 2), window // 2 + 1) / window
    return np.ones(window), np.cos(angles), np.sin(angles)


def _filtered(values: Doubles, weights: Doubles, axis: int) -> Doubles:
    half = len(weights) // 2
    whole = correlate1d(values, weights, axis=axis, mode="constant")
    inside: Doubles = whole[(slice(None),) * axis + (slice(half, values.shape[axis] - half),)]
    return inside
