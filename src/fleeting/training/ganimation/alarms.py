"""What goes wrong when GANimation is trained, seen in the rows of history.csv. All thresholds are ours.

Each is a function of the rows, so a resumed training and a report of any age say the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Row = Mapping[str, float]

RUNNING = 3
"""Rows over which a statistic is averaged; an alarm needs so many."""
WARM_UP = 0.2
"""Share of the training in which a generator may still do nothing, and the way back may still be poor."""
MASK_CLOSED, MASK_OPEN = 0.98, 0.02
"""Mean mask above which the output is the input, and below which nothing of the input is kept."""
PENALTY = 5.0
"""Mean gradient penalty, that is a slope of about 3.2 where 1 is wanted."""
RESPONSE = 0.5
"""Grey levels (of 255) that a pixel changes by on average when a trained action unit goes from 0 to 1."""
CYCLE = 0.15
"""Mean absolute error of the way back, of values in -1..1: 19 grey levels."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A fault and the step at which it began."""

    name: str
    step: int
    words: str


def alarms(rows: Sequence[Row], steps: int) -> list[Alarm]:
    """Every time that a fault began, in order of time; one that stays is named once.

    Args:
        rows: of history.csv, in order.
        steps: of the whole training.
    """
    found, before = [], set[str]()
    for end in range(1, len(rows) + 1):
        now = {name: words for name, look in LOOKS.items() if (words := look(rows[max(0, end - RUNNING) : end], steps))}
        found += [Alarm(name, int(rows[end - 1]["step"]), words) for name, words in now.items() if name not in before]
        before = set(now)
    return found


def _mask(rows: Sequence[Row], _: int) -> str:
    mean = _mean(rows, "mask")
    if mean > MASK_CLOSED:
        return f"the mask is {mean:.3f} on average: the output is the input (raise loss.mask, or another seed)"
    if mean < MASK_OPEN:
        return f"the mask is {mean:.3f} on average: nothing of the input is kept (lower loss.mask)"
    return ""


def _critic(rows: Sequence[Row], _: int) -> str:
    if not all(math.isfinite(rows[-1][name]) for name in ("critic", "generator", "penalty")):
        return "a loss is not finite"
    mean = _mean(rows, "penalty")
    if mean > PENALTY:
        return f"the gradient penalty is {mean:.1f}: the critic diverges (lower train.critic_rate)"
    return ""


def _response(rows: Sequence[Row], steps: int) -> str:
    if rows[-1]["step"] < WARM_UP * steps:
        return ""
    weak = [
        f"AU{name.removeprefix('response_')} {_mean(rows, name):.2f}"
        for name in rows[-1]
        if name.startswith("response_") and _mean(rows, name) < RESPONSE
    ]
    return f"action units have no effect (grey levels): {', '.join(weak)}" if weak else ""


def _identity(rows: Sequence[Row], steps: int) -> str:
    mean = _mean(rows, "cycle")
    if rows[-1]["step"] < WARM_UP * steps or not mean > CYCLE:
        return ""
    return f"the way back misses by {mean:.2f}: the person is lost (raise loss.cycle)"


def _mean(rows: Sequence[Row], name: str) -> float:
    """Over the last RUNNING rows; not a number before there are so many, so that no comparison holds."""
    return sum(row[name] for row in rows) / len(rows) if len(rows) == RUNNING else math.nan


LOOKS: dict[str, Callable[[Sequence[Row], int], str]] = {
    "mask saturated": _mask,
    "critic diverges": _critic,
    "no response": _response,
    "identity lost": _identity,
}
"""The alarms by name; each looks at the last rows and says what is wrong, or nothing."""
