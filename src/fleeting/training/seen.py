"""training.csv: whom every fitted step of every fold has seen. This is what `fleeting audit` checks for overlap.

Columns: seed, fold, step, role, dataset, subject, clips. A step is anything that is fitted: the model, the choice of an
epoch, and scalers, codebooks or projections where a recogniser has them. Roles: "recorded" (the person was filmed),
"donor" (synthetic clips show this person's action units), "synthetic" (one row: all synthetic clips, no person).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..types import Clip

COLUMNS = ("seed", "fold", "step", "role", "dataset", "subject", "clips")


def seen(seed: int, fold: str, step: str, clips: Sequence[Clip]) -> list[dict[str, Any]]:
    """The rows of one fitted step."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for clip in clips:
        if clip.dataset == "synthetic":
            counts["synthetic", "synthetic", ""] += 1
        else:
            counts["recorded", clip.dataset, clip.subject] += 1
        if clip.donor:
            counts["donor", clip.donor.dataset, clip.donor.subject] += 1
    return [dict(zip(COLUMNS, (seed, fold, step, *who, count), strict=True)) for who, count in sorted(counts.items())]
