"""TIM is what the original computes by decomposition, and holds where that fails."""

import numpy as np
import pytest

from fleeting.features.grey_clip import grey_clip
from fleeting.features.tim import tim, weights

CLIP = np.random.default_rng(0).uniform(0, 255, (7, 6, 5)).astype(np.float32)


def by_decomposition(clip, count):
    """Zhou et al. step by step, the eigenvectors taken from the Laplacian itself."""
    n = len(clip)
    frames = clip.reshape(n, -1).T.astype(np.float64)
    mean = frames.mean(1, keepdims=True)
    u, s, vt = np.linalg.svd(frames - mean, full_matrices=False)
    u, q = u[:, :-1], s[:-1, None] * vt[:-1]
    neighbours = np.eye(n, k=1) + np.eye(n, k=-1)
    eigenvectors = np.linalg.eigh(np.diag(neighbours.sum(0)) - neighbours)[1][:, 1:]
    w = np.linalg.inv(q @ q.T) @ q @ eigenvectors
    new = []
    m = [q[:, 0] @ w[:, k - 1] / np.sin(np.pi * k / n + np.pi * (n - k) / (2 * n)) for k in range(1, n)]
    for j in range(count):
        t = j / (count - 1) * (1 - 1 / n) + 1 / n
        curve = [m[k - 1] * np.sin(np.pi * k * t + np.pi * (n - k) / (2 * n)) for k in range(1, n)]
        new.append(u @ np.linalg.inv(w.T) @ curve + mean[:, 0])
    return np.reshape(new, (count, *clip.shape[1:]))


@pytest.mark.parametrize("count", [2, 5, 7, 16])
def test_tim_is_that_of_the_decomposition(count):
    np.testing.assert_allclose(tim(CLIP, count), by_decomposition(CLIP, count), atol=1e-4)


def test_clip_of_that_length_is_unchanged():
    np.testing.assert_array_equal(tim(CLIP, 7), CLIP)
    np.testing.assert_allclose(weights(7, 7), np.eye(7), atol=1e-14)


def test_first_and_last_frame_stay():
    for count in (2, 5, 16):
        np.testing.assert_allclose(tim(CLIP, count)[[0, -1]], CLIP[[0, -1]], atol=1e-4)


def test_repeated_frames_are_no_obstacle():
    """Where frames depend on each other the decomposition has no inverse; the limit of independent frames is taken."""
    repeated = CLIP[[0, 1, 2, 2, 2, 3]]
    nearly = repeated + np.random.default_rng(1).normal(0, 1e-3, repeated.shape)
    np.testing.assert_allclose(tim(repeated, 9), by_decomposition(nearly, 9), atol=1e-2)
    still = np.repeat(CLIP[:1], 4, axis=0)
    np.testing.assert_allclose(tim(still, 9), np.repeat(CLIP[:1], 9, axis=0), atol=1e-4)


def test_grey_clip_by_tim_is_cut_off_at_the_ends_of_the_scale():
    steps = np.zeros((6, 8, 8), np.uint8)
    steps[3:] = 255
    free, found = tim(steps.astype(np.float32), 16), grey_clip(steps, 16, 8, "tim")
    assert free.min() < -1
    assert free.max() > 256
    np.testing.assert_allclose(found, np.clip(free, 0, 255), atol=1 / 128)
