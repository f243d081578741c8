"""Does the warp's displacement table move a face as a measured linear model does?

The model (py-feat, au_to_mesh_pls_v4) maps 20 action units and the head pose to a 478-point mesh. Its coefficients are
partial regressions on probabilities, with head and jaw motion leaking into every unit, so whole fields cannot be
compared. Compared are local shape measures, in inter-ocular distances, after the eye corners have been laid on top of
each other: no muscle moves these as a group. docs/generators.md discusses every difference.

Run: FLEETING_MIRROR=FOLDER python benchmarks/displacements.py
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from fleeting.faces.detection import MESH_TO_IBUG
from fleeting.files import mirror
from fleeting.generators.basis import face_basis
from fleeting.types import AU_NUMBERS, Face

Doubles = npt.NDArray[np.float64]
Measure = Callable[[Doubles], float]

MODEL = "weights/pyfeat_au_to_mesh_pls_v4.npz"
FRAMES = "openface/pyfeat_news_frames.csv.gz"
TARGET = 0.8
PROXY = {45: 43}
"""The model has eye closure (AU43) and no blink; both are the same muscle."""
VARIED = 0.1
"""Smallest sd of an action unit over the recorded frames at which its companions can be told."""
CORNERS = [36, 39, 42, 45]


def height(points: Doubles, indices: list[int]) -> float:
    """Mean height of landmarks, up positive."""
    return float(-points[indices, 1].mean())


def above(first: list[int], second: list[int]) -> Measure:
    """How far the landmarks `first` stand above `second`."""
    return lambda points: height(points, first) - height(points, second)


def width(left: int, right: int) -> Measure:
    """Horizontal distance of two landmarks."""
    return lambda points: float(points[right, 0] - points[left, 0])


def inner_over_outer(points: Doubles) -> float:
    """Height of the inner brow over the inner eye corner, less the outer brow's over the outer corner."""
    return above([21, 22], [39, 42])(points) - above([17, 26], [36, 45])(points)


def lip_thickness(points: Doubles) -> float:
    """Red of the upper lip plus red of the lower lip, at the middle."""
    return above([51], [62])(points) + above([66], [57])(points)


UPPER_LIDS, LOWER_LIDS = [37, 38, 43, 44], [40, 41, 46, 47]
APERTURE = above(UPPER_LIDS, LOWER_LIDS)
CORNER_HEIGHT = above([48, 54], [51, 57])

MEASURES: tuple[tuple[int, str, int, Measure], ...] = (
    # unit, measure, the sign that FACS expects, function; the first row of a unit decides, the others inform
    (1, "inner brow height - outer", 1, inner_over_outer),
    (1, "inner brow over eye", 1, above([21, 22], [39, 42])),
    (2, "outer brow height - inner", 1, lambda points: -inner_over_outer(points)),
    (2, "outer brow over eye", 1, above([17, 26], [36, 45])),
    (4, "brows over eyes", -1, above(list(range(17, 27)), CORNERS)),
    (4, "distance between brows", -1, width(21, 22)),
    (5, "lid aperture", 1, APERTURE),
    (6, "lower lid over corners", 1, above(LOWER_LIDS, CORNERS)),
    (6, "lid aperture", -1, APERTURE),
    (7, "lid aperture", -1, APERTURE),
    (9, "nose wings under eyes", -1, above([39, 42], [31, 35])),
    (9, "nose base to upper lip", -1, above([33], [51])),
    (9, "width between wings", 1, width(31, 35)),
    (9, "inner brow over eye", -1, above([21, 22], [39, 42])),
    (10, "nose base to upper lip", -1, above([33], [51])),
    (12, "mouth width", 1, width(48, 54)),
    (12, "corners over lip centre", 1, CORNER_HEIGHT),
    (14, "mouth width", 1, width(48, 54)),
    (15, "corners over lip centre", -1, CORNER_HEIGHT),
    (17, "lower lip to chin", 1, above([57], [8])),
    (17, "nose base to lower lip", -1, above([33], [57])),
    (20, "mouth width", 1, width(48, 54)),
    (23, "thickness of the lips", -1, lip_thickness),
    (23, "mouth width", -1, width(48, 54)),
    (25, "gap between the lips", 1, above([62], [66])),
    (26, "nose base to chin", 1, above([33], [8])),
    (26, "gap between the lips", 1, above([62], [66])),
    (45, "lid aperture", -1, APERTURE),
)


def read_model(path: Path) -> tuple[Doubles, Doubles, list[str]]:
    """The neutral face (68, 2), the effect (20, 68, 2) of each unit at 1, both in IOD with y down, and the names."""
    file = np.load(path, allow_pickle=False)
    names = [str(name) for name in file["au_columns"]]
    flip = np.array([1.0, -1.0])
    neutral = file["intercept"].astype(np.float64).reshape(3, -1)[:2, MESH_TO_IBUG].T * flip
    effect = file["coef"].astype(np.float64).reshape(-1, 3, 478)[: len(names), :2][:, :, MESH_TO_IBUG]
    right, left = neutral[36:42].mean(0), neutral[42:48].mean(0)
    iod = np.hypot(*(left - right))
    return (neutral - (right + left) / 2) / iod, effect.transpose(0, 2, 1) * flip / iod, names


def our_effect(neutral: Doubles) -> Doubles:
    """What the table does to the same neutral face, both halves together: (17, 68, 2) IOD."""
    iod, middle, shape = 128.0, (200.0, 150.0), (420, 400)
    landmarks = (neutral * iod + middle).astype(np.float32)
    motion = face_basis(Face("mesh", np.zeros((*shape, 3), np.uint8), landmarks, "", ""), shape)[:, :, :2].sum(0)
    x, y = landmarks[:, 0], landmarks[:, 1]
    found = [[cv2.remap(plane, x, y, cv2.INTER_LINEAR)[:, 0] for plane in field] for field in motion]
    return np.stack(found).astype(np.float64).transpose(0, 2, 1) / iod


def companions(path: Path, names: list[str]) -> Doubles:
    """(20, 20): how far the other units rise with a unit, in recorded frames; NaN where it hardly moves."""
    values = pd.read_csv(path, usecols=names)[names].to_numpy(np.float64)
    covariance = np.cov(values.T)
    variance = np.diag(covariance)[:, None]
    return np.where(variance >= VARIED**2, covariance / variance, np.nan)


def on_eye_corners(points: Doubles, neutral: Doubles) -> Doubles:
    """`points` turned, scaled and shifted so that their eye corners lie on those of `neutral`."""
    here, there = points[CORNERS], neutral[CORNERS]
    a, b = here - here.mean(0), there - there.mean(0)
    scale, turn = (a * b).sum(), (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()
    rotation = np.array([[scale, turn], [-turn, scale]]) / (a**2).sum()
    aligned: Doubles = (points - here.mean(0)) @ rotation + there.mean(0)
    return aligned


def compare(root: Path) -> list[dict[str, object]]:
    """One row per measure: ours and the model's change, their ratio, and whether the directions agree."""
    neutral, effect, names = read_model(root / MODEL)
    ours = our_effect(neutral)
    together = np.tensordot(companions(root / FRAMES, names), effect, 1)
    rows: list[dict[str, object]] = []
    for au, text, sign, measure in MEASURES:
        index = names.index(f"AU{PROXY.get(au, au):02d}")
        moves = ours[AU_NUMBERS.index(au)], effect[index], together[index]
        here, model, company = (measure(on_eye_corners(neutral + move, neutral)) - measure(neutral) for move in moves)
        rows.append(
            {
                "au": au,
                "measure": text,
                "facs": sign,
                "ours": round(here, 3),
                "model": round(model, 3),
                "ratio": round(here / model, 2),
                "same": bool(here * model > 0),
                "facs_ours": bool(here * sign > 0),
                "with_companions": None if np.isnan(company) else round(company, 3),
            }
        )
    return rows


def show(rows: list[dict[str, object]]) -> None:
    print(f"{'AU':>3}  {'measure':26}{'FACS':>5}{'ours':>8}{'model':>8}{'ratio':>8}  {'same':5}{'with companions':>16}")
    for row in rows:
        company = "-" if row["with_companions"] is None else f"{row['with_companions']:.3f}"
        print(
            f"{row['au']:>3}  {row['measure']:26}{'+' if row['facs'] == 1 else '-':>5}{row['ours']:8.3f}"
            f"{row['model']:8.3f}{row['ratio']:8.2f}  {'yes' if row['same'] else 'NO':5}{company:>16}"
        )
    print("Change at intensity 1, inter-ocular distances. The first row of a unit decides.")
    print(f"With companions: the model's change when the units that rise with this one in {FRAMES} rise too.")


def main() -> None:
    root = mirror()
    result: dict[str, object] = {
        "benchmark": "displacements",
        "ratio": None,
        "against": "py-feat au_to_mesh_pls_v4, measured linear model",
        "target": TARGET,
    }
    if root is None or not (root / MODEL).is_file() or not (root / FRAMES).is_file():
        print(f"Needs {MODEL} and {FRAMES} of the data mirror: set FLEETING_MIRROR (docs/datasets.md).")
        print(json.dumps({**result, "details": {"reason": "no data mirror"}}))
        return
    rows = compare(root)
    show(rows)
    main_rows = list({row["au"]: row for row in reversed(rows)}.values())[::-1]
    same = [row["au"] for row in main_rows if row["same"]]
    agreeing = sum(bool(row["same"]) for row in rows)
    print(f"Same direction: {len(same)} of {len(main_rows)} units, {agreeing} of {len(rows)} measures.")
    details = {
        "units_that_differ": [row["au"] for row in main_rows if not row["same"]],
        "measures_same": round(agreeing / len(rows), 3),
        "measures_as_facs": sum(bool(row["facs_ours"]) for row in rows) / len(rows),
        "median_size_ratio": float(np.median([abs(float(str(row["ratio"]))) for row in main_rows])),
        "measures": rows,
    }
    print(json.dumps({**result, "ratio": round(len(same) / len(main_rows), 3), "details": details}))


if __name__ == "__main__":
    main()
