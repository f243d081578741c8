"""The form of flow images, whatever their strength: statistics of one image, and distances between two sets of images.

The statistics and the frame of reference of the Fréchet distance are ours. No labels are used anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import ks_2samp, kurtosis, wasserstein_distance

from ...types import Floats, Image

CHANNELS = ("u", "v", "strain")
BANDS = {
    "brows": (-np.inf, -0.2),
    "eyes": (-0.2, 0.25),
    "nose and cheeks": (0.25, 0.75),
    "mouth and chin": (0.75, np.inf),
}
"""IOD below the eyes: rows of the image, since nobody knows where exactly the recorded landmarks are."""
COMPONENTS = 20
"""Principal components of the recorded images in which the Fréchet distance is taken: 60 % of their variance."""

Values = npt.NDArray[np.float64]
Table = dict[str, Values]
"""Statistic -> one value per image."""


def varied(images: Sequence[Image]) -> list[Image]:
    """The images (rows, columns, 3) uint8 of which every channel shows something; only these have a form."""
    return [image for image in images if (image.std((0, 1)) > 0).all()]


def statistics(images: Sequence[Image], below_eyes: Floats) -> Table:
    """The scale-free statistics of each image.

    Args:
        images: (rows, columns, 3) uint8 of u, v, strain, every channel varied.
        below_eyes: (rows,) IOD of each row below the eyes.

    Returns:
        Per channel: excess kurtosis; mean slope over sd; share of the energy in each of BANDS, where u and v are taken
        from their median. For u and v the share of the variance that the best plane explains (turn and nod).
    """
    rows = [_of_image(image.astype(np.float64), below_eyes) for image in images]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]} if rows else {}


def distances(ours: Table, theirs: Table) -> dict[str, dict[str, float]]:
    """Per statistic: ks = Kolmogorov-Smirnov distance 0..1, wasserstein = in sds of theirs, and both medians."""
    return {
        name: {
            "ks": float(ks_2samp(ours[name], theirs[name]).statistic),
            "wasserstein": float(wasserstein_distance(ours[name], theirs[name]) / (theirs[name].std() or 1)),
            "median": float(np.median(ours[name])),
            "median_recorded": float(np.median(theirs[name])),
        }
        for name in ours
    }


class Recorded:
    """The recorded images as the frame in which sets of images are compared as a whole."""

    def __init__(self, parts: Mapping[str, Sequence[Image]]) -> None:
        self._parts = {name: _standardised(images) for name, images in parts.items()}
        self._all = np.concatenate(list(self._parts.values()))
        self._mean = self._all.mean(0)
        _, spread, axes = np.linalg.svd(self._all - self._mean, full_matrices=False)
        self._axes = axes[:COMPONENTS]
        self._variance = float((spread[:COMPONENTS] ** 2).sum() / len(self._all))

    def frechet(self, images: Sequence[Image]) -> float:
        """Fréchet distance of Gaussians fitted to `images` and to all recorded ones, as a share of their variance."""
        return self._distance(_standardised(images), self._all)

    def between(self) -> float | None:
        """Mean of the distance between the recorded data sets; None where there is one only."""
        names = list(self._parts)
        pairs = [(one, other) for place, one in enumerate(names) for other in names[place + 1 :]]
        found = [self._distance(self._parts[one], self._parts[other]) for one, other in pairs]
        return float(np.mean(found)) if found else None

    def halves(self) -> float:
        """The distance between every second recorded image and the others: what chance alone gives."""
        return self._distance(self._all[::2], self._all[1::2])

    def _distance(self, one: Values, other: Values) -> float:
        first, second = ((images - self._mean) @ self._axes.T for images in (one, other))
        one_cov, other_cov = np.cov(first.T), np.cov(second.T)
        mixed = np.sqrt(np.linalg.eigvals(one_cov @ other_cov).real.clip(0)).sum()
        apart = float(((first.mean(0) - second.mean(0)) ** 2).sum())
        return (apart + float(np.trace(one_cov) + np.trace(other_cov) - 2 * mixed)) / self._variance


def _standardised(images: Sequence[Image]) -> Values:
    """(n, pixels): u and v from their median, each channel divided by its root mean square."""
    stack = np.stack(images).astype(np.float64)
    stack[..., :2] -= np.median(stack[..., :2], axis=(1, 2), keepdims=True)
    stack /= np.sqrt((stack**2).mean((1, 2), keepdims=True))
    return stack.reshape(len(stack), -1)


def _of_image(image: Values, below_eyes: Floats) -> dict[str, float]:
    found: dict[str, float] = {}
    for index, name in enumerate(CHANNELS):
        plane = image[..., index]
        found[f"{name}: kurtosis"] = float(kurtosis(plane, axis=None))
        found[f"{name}: slope"] = float(np.hypot(*np.gradient(plane)).mean() / plane.std())
        if name == "strain":
            energy = plane
        else:
            found[f"{name}: plane"] = _plane_share(plane)
            energy = (plane - np.median(plane)) ** 2
        for band, (top, bottom) in BANDS.items():
            rows = (below_eyes >= top) & (below_eyes < bottom)
            found[f"{name}: share of {band}"] = float(energy[rows].sum() / energy.sum())
    return found


def _plane_share(plane: Values) -> float:
    down, across = np.indices(plane.shape)
    slopes = np.column_stack([np.ones(plane.size), down.ravel(), across.ravel()])
    values = plane.ravel()
    rest = values - slopes @ np.linalg.lstsq(slopes, values, rcond=None)[0]
    return float(1 - rest.var() / values.var())
