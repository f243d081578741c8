"""GANimation's speed on the device at hand: drawing and training against plain eager float32, and against `warp`.

Full-size networks with random weights, 128 px. The share of the device's peak is that of a large matrix product or
convolution, whichever is faster, in the same run and the same precision. On a CPU all times are CPU seconds of one
thread.
Run: python benchmarks/ganimation.py [--compile]. The compiler takes minutes on a CPU, so it is not tried there unless
asked for.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch.nn.functional import conv2d
from torch.utils.flop_counter import FlopCounterMode

from fleeting.faces import create_faces
from fleeting.faces.options import FacesOptions
from fleeting.generators import Generator, create_generator
from fleeting.generators.ganimation.checkpoint import save_networks
from fleeting.generators.ganimation.network import CriticNetwork, GeneratorNetwork, compose
from fleeting.training.ganimation.processes import Process
from fleeting.training.ganimation.recipe import GeneratorRecipe
from fleeting.training.ganimation.step import Piece, Training
from fleeting.types import AU_NUMBERS, AUSequence, Face

SIZE = 128
TARGET = 4
"""Drawing, as the generator does it on a GPU, against plain eager float32; training: 3."""
CUDA = torch.cuda.is_available()
DEVICE = "cuda" if CUDA else "cpu"
DRAWN = 64 if CUDA else 2
TRAINED = 64 if CUDA else 4
"""Images at once."""
ROUNDS = 3


@dataclass(frozen=True)
class Way:
    """One way to compute: precision, memory order, compiler."""

    name: str
    kind: torch.dtype = torch.float32
    last: bool = False
    compiled: bool = False

    @property
    def order(self) -> torch.memory_format:
        """Of the images and weights."""
        return torch.channels_last if self.last else torch.contiguous_format


PLAIN = Way("plain eager float32")
DRAWING = Way("as the generator draws", torch.float16 if CUDA else torch.float32)
COMPILED = [Way("compiled, channels last", DRAWING.kind, last=True, compiled=True)]
LEARNING = [Way("bfloat16, channels last", torch.bfloat16, last=True)]
LEARNING_COMPILED = [Way("the same, generator compiled", torch.bfloat16, last=True, compiled=True)]


def seconds(work: Callable[[], object]) -> float:
    """The best of several rounds: device seconds on a GPU, CPU seconds of this process else."""
    clock, wait = (time.perf_counter, torch.cuda.synchronize) if CUDA else (time.process_time, lambda: None)
    work()
    taken = []
    for _ in range(ROUNDS):
        wait()
        start = clock()
        work()
        wait()
        taken.append(clock() - start)
    return min(taken)


def peak(kind: torch.dtype) -> float:
    """Floating-point operations per second of a large matrix product, or of a large convolution where that has more.

    On some processors PyTorch's convolutions use wider instructions than its matrix product.
    """
    side, maps = (8192, 1024) if CUDA else (1536, 512)
    left, right = (torch.randn(side, side, device=DEVICE, dtype=kind) for _ in range(2))
    image, weight = (torch.randn(shape, device=DEVICE, dtype=kind) for shape in ((1, maps, 64, 64), (maps, maps, 3, 3)))
    with torch.inference_mode():
        product = 2 * side**3 / seconds(lambda: left @ right)
        convolution = 2 * 9 * (maps * 64) ** 2 / seconds(lambda: conv2d(image, weight, padding=1))
    return max(product, convolution)


def operations() -> tuple[float, float]:
    """Floating-point operations per image: of drawing it, and of five updates of the critic and one of the generator.

    Counted for the forward passes g and d of both networks; a backward pass is taken as two of them, one where only the
    image's gradient is asked for. Critic: g + (2 + 4) d, and (1 + 1 + 4) d for the penalty. Generator: 6 g + 2 d.
    """
    counts = []
    with torch.device("meta"):
        image, units = torch.empty(1, 3, SIZE, SIZE), torch.empty(1, len(AU_NUMBERS))
        for network, given in ((GeneratorNetwork(), (image, units)), (CriticNetwork(SIZE), (image,))):
            with FlopCounterMode(display=False) as counter:
                network(*given)
            counts.append(float(counter.get_total_flops()))
    generator, critic = counts
    return generator, 5 * (generator + 12 * critic) + 6 * generator + 2 * critic


def drawing(way: Way) -> Callable[[], object]:
    """Draw a batch: network and mixture, images on the device already."""
    network = GeneratorNetwork().eval().to(DEVICE, way.kind).to(memory_format=way.order)
    images = torch.rand(DRAWN, 3, SIZE, SIZE, device=DEVICE) * 2 - 1
    units = torch.rand(DRAWN, len(AU_NUMBERS), device=DEVICE).to(way.kind)

    def work(images: torch.Tensor) -> torch.Tensor:
        colour, mask = network(images.to(way.kind, memory_format=way.order), units)
        return compose(images, colour.float(), mask.float())

    call = torch.compile(work) if way.compiled else work
    return torch.inference_mode()(lambda: call(images))


def learning(way: Way) -> Callable[[], object]:
    """One update of the generator and the five of the critic before it, images on the device already."""
    amp = "on" if way.kind == torch.bfloat16 else "off"
    train = {"amp": amp, "channels_last": way.last, "compile": way.compiled}
    recipe = GeneratorRecipe.parse({"train": train, "network": {"image_size": SIZE}})
    training = Training(recipe, Process(0, 1, torch.device(DEVICE)))
    images = torch.rand(TRAINED, 3, SIZE, SIZE, device=DEVICE) * 2 - 1
    aus = [torch.rand(TRAINED, len(AU_NUMBERS), device=DEVICE) for _ in range(2)]
    piece = Piece(images.contiguous(memory_format=way.order), *aus, torch.rand(TRAINED, device=DEVICE))

    def work() -> None:
        for _ in range(recipe.train.critic_steps):
            training.update_critic([piece])
        training.update_generator([piece])

    return work


def table(
    make: Callable[[Way], Callable[[], object]], ways: list[Way], count: int, needed: float
) -> dict[str, list[float]]:
    """For each way the rate and its share of the device's; printed too.

    Args:
        make: gives the call to time.
        ways: to compute.
        count: frames or steps of a call.
        needed: floating-point operations of a call.
    """
    limits = {kind: peak(kind) for kind in {way.kind for way in ways}}
    found = {}
    for way in ways:
        taken = seconds(make(way))
        found[way.name] = [count / taken, needed / taken / limits[way.kind]]
        rate, share = found[way.name]
        print(f"{way.name:30} {rate:9.2f}   {share:5.0%} of {limits[way.kind] / 1e9:,.0f} GFLOP/s, {way.kind}")
    return found


def whole(generator: Generator, face: Face, samples: int) -> float:
    """Frames per second of a generator as synthesis calls it: a sample of two frames, with nuisance, to 8 bits."""
    values = np.zeros((2, len(AU_NUMBERS)), np.float32)
    values[1, [2, 8]] = 0.3
    aus = AUSequence(values, 0, "benchmark", "expert")

    def work() -> None:
        for seed in range(samples):
            generator.generate(face, aus, np.random.default_rng(seed))

    return 2 * samples / seconds(work)


def members() -> tuple[float, float]:
    """Frames per second of `warp` and of `ganimation` on the device."""
    face = create_faces(FacesOptions(name="embedded", size=SIZE)).face(0)
    with tempfile.TemporaryDirectory() as folder:
        save_networks(Path(folder), GeneratorNetwork())
        ganimation = create_generator("ganimation", weights=folder, device=DEVICE)
    return whole(create_generator("warp"), face, 300), whole(ganimation, face, 64 if CUDA else 2)


def main() -> None:
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    compiler = CUDA or "--compile" in sys.argv
    with threadpool_limits(1):
        print(f"{DEVICE}, {SIZE} px; share = of the device's measured rate in the same precision")
        one, cycle = operations()
        print(f"{f'drawing, {DRAWN} at once':30}  frames/s   share")
        drawn = table(drawing, [PLAIN, DRAWING, *(COMPILED if compiler else [])], DRAWN, DRAWN * one)
        print(f"{f'training, {TRAINED} at once':30}   steps/s   share (a step updates the critic, each fifth both)")
        ways = [PLAIN, *LEARNING, *(LEARNING_COMPILED if compiler else [])]
        learnt = table(learning, ways, 5, TRAINED * cycle)
        warp, ganimation = members()
    print(f"{'whole samples, with nuisance':30}  frames/s")
    print(f"{'warp':30} {warp:9.0f}")
    print(f"{'ganimation':30} {ganimation:9.2f}   {warp / ganimation:.0f} times slower than warp")
    plain = drawn[PLAIN.name][0]
    best = max(rate for rate, _ in learnt.values())
    result = {
        "benchmark": "ganimation",
        "ratio": round(drawn[DRAWING.name][0] / plain, 2),
        "against": f"plain eager float32 of the same network, drawing on a {DEVICE}, same run; the target is a GPU's",
        "target": TARGET,
        "details": {
            "drawing": {name: [round(value, 3) for value in row] for name, row in drawn.items()},
            "training": {name: [round(value, 3) for value in row] for name, row in learnt.items()},
            "training_ratio": round(best / learnt[PLAIN.name][0], 2),
            "warp_per_s": round(warp, 1),
            "ganimation_per_s": round(ganimation, 2),
        },
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
