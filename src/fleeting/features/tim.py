"""TIM, the temporal interpolation model: a clip of any length resampled along a smooth curve through its frames.

Source: Zhou, Zhao and Pietikäinen, CVPR 2011. The frames, less their mean, are embedded by the eigenvectors of a path
graph's Laplacian, y_k(i) ~ sin(pi k i / n + pi (n - k) / 2 n), and mapped back from other places of the same sines.
Ours: the short form. With the frames X less their mean mu and their decomposition X = U S V', the original maps back by
U (W')^-1, W = (Q Q')^-1 Q Y, Q = S V'. Where the frames are independent, V' Y is orthogonal, so W = S^-1 V' Y and
(W')^-1 = S V' Y: every new frame is mu + X Y y(t), whatever the frames are. This is interpolation by cosines; it needs
no decomposition, hence no fallback where frames are linearly dependent (a frame repeated, say) and the original fails.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..types import Floats


def tim(volume: Floats, count: int) -> Floats:
    """(T, ...) frames, T of 2 or more, to (count, ...), count of 2 or more.

    The first and the last frame stay, up to rounding; a clip of that length is unchanged. Between strong changes values
    may go beyond those of the frames.
    """
    if len(volume) == count:
        return volume
    flat = volume.reshape(len(volume), -1).astype(np.float64)
    frames: Floats = (weights(len(volume), count) @ flat).astype(np.float32).reshape(count, *volume.shape[1:])
    return frames


def weights(before: int, after: int) -> npt.NDArray[np.float64]:
    """(after, before): what each old frame gives to each new one; every row sums to 1."""
    waves = np.arange(1, before)
    old, new = np.arange(1, before + 1), np.linspace(1, before, after)

    def at(places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        angles = np.pi * waves * places[:, None] / before + np.pi * (before - waves) / (2 * before)
        values: npt.NDArray[np.float64] = np.sin(angles) * np.sqrt(2 / before)
        return values

    result: npt.NDArray[np.float64] = at(new) @ at(old.astype(np.float64)).T + 1 / before
    return result
