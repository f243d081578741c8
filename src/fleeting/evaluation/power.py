"""How large a gain these test data can show at all: said before anybody claims one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
from scipy.special import stdtrit

from .metrics import Measure
from .predictions import CLIP, check_predictions, class_names, subject_counts
from .uncertainty import FEWEST_SUBJECTS, ZERO, PooledScore

LEVEL, POWER = 0.05, 0.8
CORRELATION = 0.75
"""Between the pulls of the subjects on the scores of two recognisers. Measured by us: .63 to .92, median .73,
between six simple recognisers on the 309 flow images of CASME II and SMIC (docs/evaluation.md)."""


@dataclass(frozen=True, slots=True)
class PowerNote:
    """What a comparison with another run on the same clips could find."""

    measure: Measure
    gain: float | None
    """Smallest true difference found with 80 % power at the 5 % level, in 0..1; None where the data cannot tell."""
    correlation: float
    clips: int
    subjects: int
    text: str
    """One sentence for people."""


def power_note(table: pd.DataFrame, *, measure: Measure = "uf1", correlation: float = CORRELATION) -> PowerNote:
    """The smallest difference from this run that a test paired by subject would find.

    Model: the other run has the same standard error e over subjects, and what makes a subject easy for one run makes it
    easy for the other, with the given correlation r of the subjects' pulls on the score. The difference then has the
    standard error e sqrt(2 (1 - r)), and a two-sided t test on S subjects finds (t.975 + t.80) times that, both with
    S - 1 degrees of freedom. It assumes that differences are about normal and that the other run is no more
    uneven over subjects than this one. Two runs that err on the same subjects (r near 1) can be told apart sooner.
    Source: the usual power formula of a paired t test; the correlation is ours.

    Args:
        table: a predictions table.
        measure: the score.
        correlation: r, in 0..1.

    Raises:
        DatasetError: the table cannot be scored.
    """
    checked = check_predictions(table)
    counts = subject_counts(checked, len(class_names(checked)))[0]
    subjects, clips = counts.shape[1], len(checked.drop_duplicates(list(CLIP)))
    error = PooledScore.of(counts, measure).standard_error()
    where = f"these {clips:,} clips of {subjects:,} subjects"
    gain, text = None, f"On {where} nothing can be said about the gain that could be told from chance."
    if subjects >= FEWEST_SUBJECTS and error > ZERO:
        quantiles = stdtrit(subjects - 1, [1 - LEVEL / 2, POWER])
        gain = min(float(quantiles.sum()) * error * math.sqrt(2 * (1 - correlation)), 1.0)
        text = (
            f"On {where} a gain below about {f'{gain:.2f}'.lstrip('0')} {measure.upper()} cannot be told from chance "
            f"({POWER:.0%} power, {LEVEL:.0%} level)."
        )
    return PowerNote(measure, gain, correlation, clips, subjects, text)
