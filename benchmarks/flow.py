"""How fast and how exact is our batched TV-L1 beside OpenCV's flow estimators, on faces whose motion is known?

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

from fleeting.faces import FacesOptions, create_faces
from fleeting.features import optical_flow
from fleeting.features.tvl1 import tvl1_flow
from fleeting.generators.warp import WarpGenerator
from fleeting.seeds import stream
from fleeting.types import AU_NUMBERS, AUSequence, Floats, Image

PAIRS = 32
HEIGHT, WIDTH = 156, 128
SHOWN = ((12, 6), (4, 7), (1, 2), (15, 17))
"""Action units of the pairs, in turn: smile, frown, raised brows, drawn-down mouth."""
TARGET = 6
PEER = "OpenCV TV-L1 (3 warps, 4 outer, 10 inner), same run"
REPEATS = 3


def pairs() -> tuple[Image, Image, Floats]:
    """Grey onsets and apexes (N, H, W) uint8 and the exact motion (N, H, W, 2) px."""
    faces = create_faces(FacesOptions(name="embedded", size=WIDTH, height=HEIGHT))
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


def in_batches(first: Image, second: Image, batch: int, device: str = "cpu") -> Floats:
    starts = range(0, len(first), batch)
    return np.concatenate([tvl1_flow(first[k : k + batch], second[k : k + batch], device=device) for k in starts])


def measure(estimate: Callable[[], Floats], clock: Callable[[], float], repeats: int) -> tuple[float, Floats]:
    """Least ms per pair over the repeats, and the flow."""
    best = float("inf")
    for _ in range(repeats):
        begun = clock()
        flow = estimate()
        best = min(best, (clock() - begun) * 1e3 / PAIRS)
    return best, flow


def main() -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    first, second, motion = pairs()
    in_batches(first[:2], second[:2], 2)
    rows: dict[str, tuple[Callable[[], Floats], Callable[[], float], int]] = {
        "OpenCV TV-L1 quick": (lambda: one_by_one(first, second, "tvl1-opencv"), time.process_time, 1),
        "OpenCV TV-L1 full": (lambda: one_by_one(first, second, "tvl1-full"), time.process_time, 1),
        "OpenCV DIS": (lambda: one_by_one(first, second, "dis"), time.process_time, REPEATS),
        "ours, batch 1": (lambda: in_batches(first, second, 1), time.process_time, REPEATS),
        "ours, batch 8": (lambda: in_batches(first, second, 8), time.process_time, REPEATS),
        "ours, batch 32": (lambda: in_batches(first, second, 32), time.process_time, REPEATS),
    }
    if torch.cuda.is_available():
        in_batches(first, second, 32, "cuda")
        rows["ours, batch 32, CUDA"] = (lambda: in_batches(first, second, 32, "cuda"), time.perf_counter, REPEATS)
    print(f"{PAIRS} pairs of {HEIGHT} x {WIDTH} px, mean motion {np.hypot(*np.moveaxis(motion, -1, 0)).mean():.3f} px")
    print(f"{'estimator':22} {'ms/pair':>8} {'endpoint error px':>18} {'from quick px':>14} {'correlation':>12}")
    details: dict[str, dict[str, float]] = {}
    quick = one_by_one(first, second, "tvl1-opencv")
    for name, (estimate, clock, repeats) in rows.items():
        taken, flow = measure(estimate, clock, repeats)
        details[name] = {
            "ms_per_pair": round(taken, 2),
            "endpoint_error": round(float(np.hypot(*np.moveaxis(flow - motion, -1, 0)).mean()), 4),
            "from_quick": round(float(np.hypot(*np.moveaxis(flow - quick, -1, 0)).mean()), 4),
            "correlation_with_quick": round(float(np.corrcoef(flow.ravel(), quick.ravel())[0, 1]), 4),
        }
        error, away, alike = list(details[name].values())[1:]
        print(f"{name:22} {taken:8.1f} {error:18.4f} {away:14.4f} {alike:12.4f}", flush=True)
    ratio = details["OpenCV TV-L1 quick"]["ms_per_pair"] / details["ours, batch 32"]["ms_per_pair"]
    result = {"benchmark": "flow", "ratio": round(ratio, 2), "against": PEER, "target": TARGET, "details": details}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
