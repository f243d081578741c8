"""What a check says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["pass", "FAIL", "unseen"]
"""unseen: the input does not hold what the check needs; nothing is proved either way."""

SHOWN = 8
"""Names that one line of evidence lists."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    check: str
    verdict: Verdict
    summary: str
    """A sentence."""
    evidence: Sequence[str] = ()
    """Lines that anybody can look up in the files."""


def listing(names: Iterable[str]) -> str:
    """The first few names and how many more there are.

    Example:
        >>> listing(f"s{n}" for n in range(10))
        's0, s1, s2, s3, s4, s5, s6, s7 and 2 more'
    """
    every = list(names)
    more = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return ", ".join(every[:SHOWN]) + more
