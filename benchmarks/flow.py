"""How fast and how exact is our batched TV-L1 beside OpenCV's and skimage's estimators, on faces whose motion is known?

Embedded faces, moved by the warp generator; processor time on one thread. The face pairs carry the generator's
default disturbances, among them a change of light, which TV-L1 takes for motion (docs/features.md).

Run: python benchmarks/flow.py
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import cv2
import numpy as np
import torch
from skimage.registration import optical_flow_tvl1

from fleeting.faces import FacesOptions, create_faces
from fleeting.features import optical_flow
from fleeting.features.tvl1 import tvl1_flow
from fleeting.generators.warp import WarpGenerator
from fleeting.seeds import stream
from fleeting.types import AU_NUMBERS, AUSequence, Floats, Image

PAIRS = 32
SIDES = (128, 224)
SLOW = 4
"""Pairs for the estimators that take most of a second for one."""
SHOWN = ((12, 6), (4, 7), (1, 2), (15, 17))
"""Action units of the pairs, in turn: smile, frown, raised brows, drawn-down mouth."""
TARGET = 6
PEER = "OpenCV TV-L1 (3 warps, 4 outer, 10 inner), same run"
REPEATS = 3


def pairs(side: int) -> tuple[Image, Image, Floats]:
    """Grey onsets and apexes (N, H, W) uint8 and the exact motion (N, H, W, 2) px."""
    faces = create_faces(FacesOptions(name="embedded", size=side))
    generator = WarpGenerator()
    firsts, seconds, motions = [], [], []
    for number in range(PAIRS):
        face = faces.face(number)
        values = np.zeros((2, len(AU_NUMBERS)), np.float32)
        for unit in SHOWN[number % len(SHOWN)]:
            values[1, AU_NUMBERS.index(unit)] = 0.2
        aus = AUSequence(values, 0, "", "expert")
        onset, apex = generator.generate(face, aus, stream(0, number))
        motions.append(generator.motion(face, aus, stream(0, number))[0])
        firsts.append(cv2.cvtColor(onset, cv2.COLOR_RGB2GRAY))
        seconds.append(cv2.cvtColor(apex, cv2.COLOR_RGB2GRAY))
    return np.stack(firsts), np.stack(seconds), np.stack(motions)


def one_by_one(first: Image, second: Image, method: str) -> Floats:
    return np.stack([optical_flow(a, b, method) for a, b in zip(first, second, strict=True)])  # type: ignore[arg-type]


def by_skimage(first: Image, second: Image) -> Floats:
    """Skimage's TV-L1 with its defaults, which gives (dy, dx)."""
    found = [optical_flow_tvl1(one, other) for one, other in zip(first, second, strict=True)]
    return np.stack([np.stack([dx, dy], axis=-1) for dy, dx in found]).astype(np.float32)


def in_batches(first: Image, second: Image, batch: int, device: str = "cpu") -> Floats:
    starts = range(0, len(first), batch)
    return np.concatenate([tvl1_flow(first[k : k + batch], second[k : k + batch], device=device) for k in starts])


def measure(estimate: Callable[[], Floats], clock: Callable[[], float], repeats: int) -> tuple[float, Floats]:
    """Least ms per pair over the repeats, and the flow."""
    best = float("inf")
    for _ in range(repeats):
        begun = clock()
        flow = estimate()
        best = min(best, (clock() - begun) * 1e3 / len(flow))
    return best, flow


def compare(side: int) -> dict[str, dict[str, float]]:
    """Time and error of every estimator on pairs of one size."""
    first, second, motion = pairs(side)
    few = slice(SLOW)
    in_batches(first[:2], second[:2], 2)
    clock = time.process_time
    rows: dict[str, tuple[Callable[[], Floats], Callable[[], float], int]] = {
        "OpenCV TV-L1 quick": (lambda: one_by_one(first[:8], second[:8], "tvl1-opencv"), clock, 1),
        "OpenCV TV-L1 full": (lambda: one_by_one(first[few], second[few], "tvl1-full"), clock, 1),
        "skimage TV-L1": (lambda: by_skimage(first[few], second[few]), clock, 1),
        "OpenCV DIS, tuned": (lambda: one_by_one(first, second, "dis"), clock, REPEATS),
        "ours, batch 1": (lambda: in_batches(first, second, 1), clock, REPEATS),
        "ours, batch 8": (lambda: in_batches(first, second, 8), clock, REPEATS),
        "ours, batch 32": (lambda: in_batches(first, second, 32), clock, REPEATS),
    }
    if torch.cuda.is_available():
        in_batches(first, second, 32, "cuda")
        rows["ours, batch 32, CUDA"] = (lambda: in_batches(first, second, 32, "cuda"), time.perf_counter, REPEATS)
    print(f"{PAIRS} pairs of {side} x {side} px, mean motion {np.hypot(*np.moveaxis(motion, -1, 0)).mean():.3f} px")
    print(f"{'estimator':22} {'pairs/s':>8} {'ms/pair':>8} {'endpoint error px':>18} {'ours on the same':>17}")
    ours = in_batches(first, second, 32)
    details: dict[str, dict[str, float]] = {}
    for name, (estimate, timer, repeats) in rows.items():
        taken, flow = measure(estimate, timer, repeats)
        there = motion[: len(flow)]
        details[name] = {
            "pairs_per_s": round(1e3 / taken, 2),
            "ms_per_pair": round(taken, 2),
            "endpoint_error": round(float(np.hypot(*np.moveaxis(flow - there, -1, 0)).mean()), 4),
            "ours_on_the_same": round(float(np.hypot(*np.moveaxis(ours[: len(flow)] - there, -1, 0)).mean()), 4),
        }
        rate, _, error, own = details[name].values()
        print(f"{name:22} {rate:8.1f} {taken:8.1f} {error:18.4f} {own:17.4f}", flush=True)
    return details


def main() -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    details = {f"{side} px": compare(side) for side in SIDES}
    ratios = [
        found["OpenCV TV-L1 quick"]["ms_per_pair"] / found["ours, batch 32"]["ms_per_pair"]
        for found in details.values()
    ]
    result = {
        "benchmark": "flow",
        "ratio": round(min(ratios), 2),
        "against": PEER,
        "target": TARGET,
        "details": details,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
