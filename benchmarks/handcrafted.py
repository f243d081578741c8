"""How fast are the hand-crafted descriptors beside plain loops written from their formulas?

One clip of 16 grey frames of 112 x 112 px (an embedded face, smiling by the warp generator), processor time on one
thread, every descriptor with its defaults. The plain loop goes voxel by voxel and neighbour by neighbour in Python
(tests/slow_texture.py, tests/slow_motion.py) and must give the same vector. Descriptors of motion begin with the flow,
which both are given; its time stands beside. LBP-TOP is also compared with skimage's compiled local_binary_pattern,
slice by slice, and a histogram per block.

Run: python benchmarks/handcrafted.py
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from skimage.feature import local_binary_pattern
from threadpoolctl import threadpool_limits

from fleeting.faces import FacesOptions, create_faces
from fleeting.features import FEATURES
from fleeting.features.block_grid import borders
from fleeting.features.clip_flow import Pairs, clip_flows
from fleeting.features.face_regions import mean_landmarks
from fleeting.features.grey_clip import grey_clip
from fleeting.features.local_binary_pattern import uniform_bins
from fleeting.generators.warp import WarpGenerator
from fleeting.seeds import stream
from fleeting.types import AU_NUMBERS, AUSequence, Floats, Image

FRAMES, SIDE, RADIUS = 16, 112, 3
GREY = ("lbp-top", "lbp-sip", "stlbp-ip", "stclqp", "lpq-top", "dcp-top", "hog-3d", "hog-top", "higo-top")
MOTION: dict[str, Pairs] = {"bi-woof": "ends", "mdmo": "first", "fdm": "steps", "osf": "steps", "osw": "steps"}
NAMES = (*GREY, *MOTION)
REPEATS = 5
LIMIT_S, TARGET = 0.25, 20
PEER = "least ratio to the plain loop over voxels, same run; lbp-top below 0.25 s"


def clip() -> Image:
    """(16, 112, 112) uint8."""
    values = np.zeros((FRAMES, len(AU_NUMBERS)), np.float32)
    values[:, [AU_NUMBERS.index(6), AU_NUMBERS.index(12)]] = np.linspace(0, 0.3, FRAMES)[:, None]
    face = create_faces(FacesOptions(name="embedded", size=SIDE)).face(0)
    frames = WarpGenerator().generate(face, AUSequence(values, 1, "", "expert"), stream(0, 0))
    return np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames])


def plain_loops() -> dict[str, Callable[..., Any]]:
    """Name -> plain loop, from the modules of the tests that hold them."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    import slow_motion
    import slow_texture

    return {
        name: getattr(slow_texture, name.replace("-", "_"), None) or getattr(slow_motion, name.replace("-", "_"))
        for name in NAMES
    }


def by_skimage(volume: Image, grid: tuple[tuple[int, int], ...]) -> Floats:
    """LBP-TOP by skimage, each slice of each plane by itself, then a histogram per block.

    Its XT and YT codes turn the other way, which takes as long.
    """
    table, inside = uniform_bins(8), slice(RADIUS, -RADIUS)
    coded = []
    for axis in range(3):
        slices = np.moveaxis(volume, axis, 0)[inside]
        codes = [table[local_binary_pattern(part, 8, RADIUS).astype(np.uint8)[inside, inside]] for part in slices]
        coded.append(np.moveaxis(np.stack(codes), 0, axis))
    vector = []
    for rows, columns in grid:
        tall, wide = (borders(coded[0].shape[axis], count) for axis, count in ((1, rows), (2, columns)))
        for row in range(rows):
            for column in range(columns):
                for codes in coded:
                    block = codes[:, tall[row] : tall[row + 1], wide[column] : wide[column + 1]]
                    vector.append(np.bincount(block.ravel(), minlength=59) / block.size)
    return np.concatenate(vector).astype(np.float32)


def measure(compute: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Least seconds of processor time over the repeats, and the result."""
    best = float("inf")
    for _ in range(repeats):
        begun = time.process_time()
        result = compute()
        best = min(best, time.process_time() - begun)
    return best, result


def pair(name: str, loop: Callable[..., Any], volume: Floats) -> tuple[Callable[[], Any], Callable[[], Any], float]:
    """Ours and the plain loop, ready to run on the clip, and the seconds of the flow that both are given."""
    tool = FEATURES.load(name)()
    if name in GREY:
        values = volume.tolist()
        return lambda: tool.compute(volume), lambda: loop(values, tool.options.grid), 0.0
    clip = grey_clip(volume, tool.options.frames, SIDE, tool.options.resample)
    taken, flows = measure(lambda: clip_flows(clip, MOTION[name], tool.options.method), 2)
    given: tuple[Any, ...] = {"mdmo": (mean_landmarks((SIDE, SIDE), 34 / 128, 64 / 128),), "osw": (clip,)}.get(name, ())
    slow = [
        flows.tolist(),
        *([] if name in ("mdmo", "osf") else [tool.options.grid]),
        *(part.tolist() for part in given),
    ]
    return lambda: tool.of_flows(flows, *given), lambda: loop(*slow), taken


def compare(volume: Floats) -> dict[str, dict[str, float]]:
    """Time of every descriptor, of its flow and of its plain loop, and how far the two vectors differ."""
    loops = plain_loops()
    print(f"{'descriptor':12}{'length':>9}{'ms':>9}{'flow ms':>9}{'plain loop ms':>15}{'ratio':>8}{'difference':>12}")
    details: dict[str, dict[str, float]] = {}
    for name in NAMES:
        ours, plain, flow = pair(name, loops[name], volume)
        taken, vector = measure(ours, REPEATS)
        slow, expected = measure(plain, 1)
        details[name] = {
            "length": len(vector),
            "ms": round(taken * 1e3, 2),
            "flow_ms": round(flow * 1e3, 1),
            "plain_loop_ms": round(slow * 1e3, 1),
            "ratio": round(slow / taken, 1),
            "difference": float(np.abs(vector - np.array(expected)).max()),
        }
        length, fast, flow_ms, loop_ms, ratio, difference = details[name].values()
        print(
            f"{name:12}{length:9,}{fast:9.2f}{flow_ms:9.0f}{loop_ms:15,.1f}{ratio:8.0f}{difference:12.0e}", flush=True
        )
    return details


def main() -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    with threadpool_limits(1):
        volume = clip()
        details: dict[str, Any] = dict(compare(volume.astype(np.float32)))
        tool = FEATURES.load("lbp-top")()
        peer, _ = measure(lambda: by_skimage(volume, tool.options.grid), 2)
    ours = details["lbp-top"]["ms"]
    rounded = FEATURES.load("lbp-top")
    nearest, _ = measure(lambda: rounded(rounded.Options(sampling="rounded")).compute(volume), REPEATS)
    print(f"lbp-top with rounded sampling: {nearest * 1e3:.2f} ms")
    print(f"lbp-top by skimage, slice by slice: {peer * 1e3:.0f} ms, {peer * 1e3 / ours:.0f} times ours")
    print(f"lbp-top takes {ours / 1e3:.3f} s, limit {LIMIT_S} s")
    details |= {"lbp_top_rounded_ms": round(nearest * 1e3, 2), "lbp_top_skimage_ratio": round(peer * 1e3 / ours, 1)}
    ratio = min(details[name]["ratio"] for name in NAMES)
    within = ours / 1e3 <= LIMIT_S
    print(
        json.dumps(
            {
                "benchmark": "handcrafted",
                "ratio": ratio if within else 0,
                "against": PEER,
                "target": TARGET,
                "details": details,
            }
        )
    )


if __name__ == "__main__":
    main()
