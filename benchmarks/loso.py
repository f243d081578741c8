"""How long does leave-one-subject-out take when all folds are trained in one pass?

STSTNet, all folds of one seed, 100 epochs, three ways in the same run:

- plain loop: fold after fold with three convolution streams, a DataLoader with batches of 256, Adam with 5e-5, raw
  0..255 images, no shuffling and an evaluation after every epoch, as the public script trains it;
- one by one: fold after fold with Fleeting's loop;
- one pass: training/folds.

The data are the clips of the MEGC2019 composite in FLEETING_MIRROR, or made-up images of 309 clips and 40 people. The
slow ways are timed on a few folds and epochs and scaled, unless --full is given; UF1 of the plain loop needs --full.

Run: python benchmarks/loso.py [--full] [--epochs N] [--seeds N]
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from fleeting.datasets import AbsentError, open_dataset
from fleeting.evaluation import confusion, uf1
from fleeting.models import create_model
from fleeting.training.folds.compiled import INSTALLED
from fleeting.training.folds.together import Together
from fleeting.training.loop import Clips, choose_device, predict, seeded, train
from fleeting.training.recipe import TrainTable

TARGET = 10
PROBE_FOLDS, PROBE_EPOCHS = 4, 8
"""What is timed of the slow ways."""
RATE = 5e-5
PRODUCTS = 3
"""As large as the convolution: itself, and the sums of patches with y > 0, plain and times y (folds/stem_code.py)."""


@dataclass(frozen=True)
class Task:
    """What all ways train on."""

    clips: Clips
    folds: list[np.ndarray]
    """Places of the test clips of each subject."""
    real: bool

    def rest(self, fold: np.ndarray) -> np.ndarray:
        """Places of the clips that a fold trains on."""
        return np.setdiff1d(np.arange(len(self.clips.images)), fold)

    def score(self, answers: np.ndarray) -> float:
        """UF1 of one answer per clip."""
        return float(uf1(confusion(self.clips.labels, answers, 3)))


class PlainSTSTNet(nn.Module):
    """Three streams of 3, 5 and 8 filters, each with layers of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.streams = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(3, filters, 3, padding=2),
                nn.ReLU(),
                nn.BatchNorm2d(filters),
                nn.MaxPool2d(3, 3, 1),
                nn.Dropout(0.5),
            )
            for filters in (3, 5, 8)
        )
        self.average, self.head = nn.AvgPool2d(2), nn.Linear(400, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (B, 3, 28, 28) to logits (B, 3)."""
        maps = torch.cat([stream(images) for stream in self.streams], 1)
        return self.head(self.average(maps).flatten(1))


def task() -> Task:
    """The clips of the mirror, or made-up ones of the same number."""
    try:
        data = open_dataset("megc2019-flow", "", {})
    except AbsentError:
        rng = np.random.default_rng(0)
        labels = rng.integers(0, 3, 309)
        images = rng.integers(0, 256, (309, 28, 28, 3), dtype=np.uint8)
        return Task(Clips(images, labels), np.array_split(np.arange(309), 40), real=False)
    clips = data.clips()
    images = np.stack([data.frames(clip)[0] for clip in clips])
    people = np.array([f"{clip.dataset}/{clip.subject}" for clip in clips])
    folds = [np.flatnonzero(people == name) for name in np.unique(people)]
    return Task(Clips(images, np.array([clip.label for clip in clips])), folds, real=True)


def plain_fold(work: Task, fold: np.ndarray, epochs: int, device: torch.device) -> np.ndarray:
    """One fold of the plain loop; its last answers to the test clips."""
    images = torch.from_numpy(work.clips.images).permute(0, 3, 1, 2).float()
    labels = torch.from_numpy(work.clips.labels)
    data = [TensorDataset(images[rows], labels[rows]) for rows in (work.rest(fold), fold)]
    training, test = (DataLoader(part, batch_size=256) for part in data)
    model, criterion = PlainSTSTNet().to(device), nn.CrossEntropyLoss()
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
    answers = []
    for _ in range(epochs):
        model.train()
        for x, y in training:
            optimiser.zero_grad()
            logits = model(x.to(device))
            loss = criterion(logits, y.to(device))
            loss.backward()
            optimiser.step()
            loss.item(), (logits.argmax(1) == y.to(device)).sum().item()
        model.eval()
        answers = []
        for x, y in test:
            logits = model(x.to(device))
            criterion(logits, y.to(device)).item()
            answers.append(logits.argmax(1).cpu().numpy())
    return np.concatenate(answers)


def alone(work: Task, options: TrainTable, seed: int, folds: list[np.ndarray]) -> None:
    """Folds one by one with Fleeting's loop."""
    for fold in folds:
        with seeded(seed):
            model = create_model("ststnet", scaling="raw")
        train(model, work.clips, options, seed, rows=work.rest(fold))


def together(work: Task, options: TrainTable, seed: int) -> np.ndarray:
    """All folds at once; one answer per clip."""
    with seeded(seed):
        model = create_model("ststnet", scaling="raw")
    group = Together(model, work.clips, [work.rest(fold) for fold in work.folds], options, seed)
    group.run()
    answers = np.empty(len(work.clips.images), np.int64)
    for number, fold in enumerate(work.folds):
        answers[fold] = predict(group.model(number), work.clips.images[fold], flip=False).argmax(1)
    return answers


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Wall seconds, CPU seconds and the result of a call."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def scaled(run: Callable[[], Any], factor: float, times: int = 3) -> tuple[float, float]:
    """Wall and CPU seconds of the quickest of several runs, times a factor."""
    wall, cpu, _ = min((timed(run) for _ in range(times)), key=lambda row: row[0])
    return wall * factor, cpu * factor


def multiply_adds(work: Task, epochs: int) -> float:
    """What the first block of STSTNet takes at least in one pass: 16 filters of 3 x 3 x 3 on maps of 30 x 30."""
    rows, columns, filters = 28 * 3, 30, 16  # rows of an image under rows of a filter: the zero border costs nothing
    convolution = rows * columns * 3 * 3 * filters
    return float(PRODUCTS * convolution * len(work.folds) * len(work.clips.images) * epochs)


def matrix_product(size: int = 2048) -> float:
    """Multiply-adds per second of torch's matrix product on all threads, the best of several."""
    left, right = torch.rand(size, size), torch.rand(size, size)
    return size**3 / min(timed(lambda: left @ right)[0] for _ in range(8))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="time the slow ways whole, and score the plain loop")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--device", choices=("cpu", "cuda", "auto"), default="cpu")
    args = parser.parse_args()
    work, device = task(), choose_device(args.device)
    short = TrainTable(epochs=PROBE_EPOCHS, learning_rate=RATE, flip=False, device=args.device)
    options = short.model_copy(update={"epochs": args.epochs})
    few = work.folds[:PROBE_FOLDS]
    factor = len(work.folds) * args.epochs / (len(few) * PROBE_EPOCHS)

    plain_fold(work, few[0], 1, device)  # the first call pays for set-up
    together(work, short, 0)
    plain_score = None
    if args.full:
        torch.manual_seed(0)
        wall, cpu, found = timed(lambda: [plain_fold(work, fold, args.epochs, device) for fold in work.folds])
        answers = np.empty(len(work.clips.images), np.int64)
        answers[np.concatenate(work.folds)] = np.concatenate(found)
        plain, plain_score = (wall, cpu), work.score(answers)
    else:
        plain = scaled(lambda: [plain_fold(work, fold, PROBE_EPOCHS, device) for fold in few], factor)
    single = scaled(lambda: alone(work, short, 0, few), factor, 1)
    runs = [timed(lambda seed=seed: together(work, options, seed)) for seed in range(args.seeds)]
    scores = [work.score(answers) for *_, answers in runs]
    report(args, work, (plain, single), runs, (plain_score, scores))


def report(args: argparse.Namespace, work: Task, slow: Any, runs: Any, scores: Any) -> None:
    """Print the table and the JSON line."""
    (plain, single), (plain_score, ours) = slow, scores
    one = min((wall, cpu) for wall, cpu, _ in runs)
    seeds = sum(wall for wall, *_ in runs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    kind = "recorded" if work.real else "made-up"
    print(
        f"STSTNet, {len(work.folds)} folds x {args.epochs} epochs, {len(work.clips.images)} {kind} clips, "
        f"{torch.get_num_threads()} threads, {args.device}, {'with' if INSTALLED else 'without'} the extra fast"
    )
    note = "" if args.full else f" (timed on {PROBE_FOLDS} folds x {PROBE_EPOCHS} epochs, scaled)"
    print(f"{'':34}{'wall s':>10}{'CPU s':>10}{'UF1':>16}")
    score = "" if plain_score is None else f"{plain_score:.3f}"
    print(f"{'plain loop':34}{plain[0]:10.1f}{plain[1]:10.1f}{score:>16}{note}")
    print(f"{'one by one, Fleeting':34}{single[0]:10.1f}{single[1]:10.1f}{'':>16} (scaled)")
    spread = f"{np.mean(ours):.3f} +- {np.std(ours):.3f}"
    print(f"{'one pass':34}{one[0]:10.1f}{one[1]:10.1f}{spread:>16} ({len(ours)} seeds)")
    print(f"{f'one pass, {len(runs)} seeds':34}{seeds:10.1f}{'':>10}{'':>16} ({seeds / one[0]:.1f} x one seed)")
    print(f"memory peak {peak:.2f} GiB")
    arithmetic, product = multiply_adds(work, args.epochs) / one[0], matrix_product()
    if INSTALLED and args.device == "cpu":
        print(
            f"bound by arithmetic: {arithmetic / 1e9:.0f} thousand million multiply-adds a second, "
            f"{arithmetic / product:.1f} x those of torch's matrix product ({product / 1e9:.0f}); seeds share none"
        )
    details = {
        "plain_seconds": round(plain[0], 1),
        "one_by_one_seconds": round(single[0], 1),
        "one_pass_seconds": round(one[0], 1),
        "cpu_ratio": round(plain[1] / one[1], 1),
        "seeds_ratio": round(seeds / one[0], 1),
        "multiply_adds_per_s": round(arithmetic / 1e9, 1),
        "matrix_product_multiply_adds_per_s": round(product / 1e9, 1),
        "uf1": [round(value, 3) for value in ours],
        "plain_uf1": plain_score,
        "scaled": not args.full,
        "recorded": work.real,
        "compiled": INSTALLED,
        "peak_gib": round(peak, 2),
    }
    against = "plain loop as in the public script, same run" + ("" if args.full else ", scaled from fewer folds")
    result = {"benchmark": "loso", "ratio": round(plain[0] / one[0], 1), "against": against, "target": TARGET}
    print(json.dumps({**result, "details": details}))


if __name__ == "__main__":
    main()
