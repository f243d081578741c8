"""How well does optical flow recover the warp's exact motion?

Pairs of onset and apex are rendered from the embedded faces with expert action units and the default nuisance; every
flow method is scored against the exact motion. It also measures the error that estimation leaves on the 28 x 28 grid,
which synthesis/flow_output.py imitates when it writes flow without pixels.

Run: python benchmarks/parity.py
"""

from __future__ import annotations

import json
import time
from typing import get_args

import cv2
import numpy as np
import numpy.typing as npt
import torch

from fleeting.action_units import ActionUnitsOptions, create_sources
from fleeting.faces import FacesOptions, create_faces
from fleeting.features import FlowImageOptions, optical_flows
from fleeting.features.optical_flow import Method
from fleeting.generators.warp import WarpGenerator
from fleeting.seeds import stream
from fleeting.synthesis.flow_output import GRAIN, SIZE, SMOOTH
from fleeting.types import Floats, Image

PAIRS = 40
TARGET = 0.5
KNOTS = 7
"""Side of the coarse field from which flow_output makes its smooth error."""

Pair = tuple[Image, Floats]


def render(count: int) -> list[Pair]:
    """`count` pairs of (2, H, W, 3) frames with their exact (H, W, 2) motion, classes in turn."""
    pool = create_faces(FacesOptions())
    source = create_sources(ActionUnitsOptions(sources=("expert",)))["expert"]
    generator = WarpGenerator()
    pairs = []
    for number in range(count):
        face, aus = pool.face(number), source.sample(stream(0, "parity units", number), number % 3)
        frames, motion = (
            method(face, aus, stream(0, "parity", number)) for method in (generator.generate, generator.motion)
        )
        pairs.append((frames, motion[-1]))
    return pairs


def estimate(pairs: list[Pair], method: Method) -> tuple[Floats, float]:
    """The flow of every pair, (N, H, W, 2), and the CPU time per pair in ms, all in one call on one thread."""
    first, last = (np.stack([frames[end] for frames, _ in pairs]) for end in (0, -1))
    optical_flows(first[:1], last[:1], method)  # the first call pays for set-up
    start = time.process_time()
    flows = optical_flows(first, last, method)
    return flows, 1e3 * (time.process_time() - start) / len(pairs)


def score(pairs: list[Pair], flows: Floats) -> dict[str, float]:
    """Means over the pairs of how near the flows come to the truth."""
    rows = []
    for (_, truth), flow in zip(pairs, flows, strict=True):
        error = np.hypot(*np.moveaxis(flow - truth, -1, 0))
        # The stretch of a flow image removes each channel's level, so gain and correlation are those of the changes.
        a, b = (field - field.mean((0, 1)) for field in (flow, truth))
        product = float((a * b).sum())
        rows.append(
            [
                float(np.median(error)),
                float(error.mean()),
                product / float((b * b).sum()),
                product / float(np.sqrt((a * a).sum() * (b * b).sum())),
            ]
        )
    names = ("median_error", "endpoint_error", "gain", "correlation")
    return dict(zip(names, np.mean(rows, 0).round(4).tolist(), strict=True))


def smooth_and_grain(residual: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Sd of the smooth and of the white part of a (28, 28) residual, by its autocovariance at 0, 1 and 2 cells.

    The smooth part is modelled as flow_output makes it: KNOTS x KNOTS normal values, enlarged by cubic interpolation.
    """
    field = residual - residual.mean()
    lags = [_covariance(field, lag) for lag in range(3)]
    expected = _expected()
    weight = np.array([expected[1:] @ lags[1:], expected[1:] @ expected[1:]])
    smooth = max(float(weight[0] / weight[1]), 0.0)
    return float(np.sqrt(smooth)), float(np.sqrt(max(lags[0] - smooth * expected[0], 0.0)))


def _covariance(field: npt.NDArray[np.float64], lag: int) -> float:
    if lag == 0:
        return float((field**2).mean())
    across, along = field[:, lag:] * field[:, :-lag], field[lag:] * field[:-lag]
    return float((across.mean() + along.mean()) / 2)


def _expected() -> npt.NDArray[np.float64]:
    """Autocovariance of the model's smooth field at unit strength, at 0, 1 and 2 cells."""
    rng = stream(0, "smooth error")
    rows = []
    for _ in range(300):
        coarse = rng.standard_normal((KNOTS, KNOTS)).astype(np.float32)
        field = cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC).astype(np.float64)
        rows.append([_covariance(field - field.mean(), lag) for lag in range(3)])
    return np.mean(rows, 0)


def errors_on_the_grid(pairs: list[Pair], flows: Floats) -> dict[str, list[float]]:
    """Percentiles 10, 50 and 90 over pairs and channels of what is left of a flow on the 28 x 28 grid.

    `smooth` and `grain` (px of the crop) are the parts of estimate - gain x truth; `gain` is fitted per channel.
    """
    found = []
    for (_, truth), flow in zip(pairs, flows, strict=True):
        small = [
            cv2.resize(field, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR).astype(np.float64)
            for field in (flow, truth)
        ]
        estimate, exact = (field - field.mean((0, 1)) for field in small)
        for channel in (0, 1):
            a, b = estimate[..., channel], exact[..., channel]
            gain = float((a * b).sum() / (b * b).sum())
            found.append([gain, float(b.std()), *smooth_and_grain(a - gain * b), *smooth_and_grain(a - b)])
    names = ("gain", "true_sd", "smooth", "grain", "smooth_without_gain", "grain_without_gain")
    levels = np.percentile(found, [10, 50, 90], axis=0).round(4).T
    return dict(zip(names, levels.tolist(), strict=True))


def main() -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    pairs = render(PAIRS)
    sizes = [float(np.median(np.hypot(*np.moveaxis(truth, -1, 0)))) for _, truth in pairs]
    typical = float(np.mean(sizes))
    frames = pairs[0][0]
    print(f"{len(pairs)} pairs of {frames.shape[2]} x {frames.shape[1]} px; median true motion {typical:.3f} px")
    print(f"{'method':12}{'error px':>10}{'median':>9}{'gain':>7}{'corr.':>7}{'ms':>8}")
    scores: dict[str, dict[str, float]] = {}
    estimates: dict[str, Floats] = {}
    for method in get_args(Method):
        estimates[method], spent = estimate(pairs, method)
        row = scores[method] = {**score(pairs, estimates[method]), "ms": round(spent, 2)}
        print(
            f"{method:12}{row['endpoint_error']:10.3f}{row['median_error']:9.3f}{row['gain']:7.2f}"
            f"{row['correlation']:7.2f}{row['ms']:8.1f}"
        )
    default: Method = FlowImageOptions().method
    grid = errors_on_the_grid(pairs, estimates[default])
    print(f"What {default} leaves on the 28 x 28 grid (percentiles 10, 50, 90; px of the crop):")
    for name, levels in grid.items():
        print(f"  {name:22}" + "".join(f"{level:8.3f}" for level in levels))
    print(f"flow_output draws smooth from {SMOOTH} and grain from {GRAIN}.")
    result = {
        "benchmark": "parity",
        "ratio": round(scores[default]["endpoint_error"] / typical, 3),
        "against": "exact motion of the warp",
        "target": TARGET,
        "details": {"method": default, "median_motion_px": round(typical, 4), "methods": scores, "grid": grid},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
