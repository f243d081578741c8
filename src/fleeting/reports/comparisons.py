"""Which differences between runs can be told from chance: each run against one other, on the same clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import OptionsError
from ..evaluation import Comparison, holm, paired_permutation, power_note
from ..seeds import stream
from .standings import Standing, Standings
from .tables import floor_answer

ALONE = "no other run on its clips"
REFERENCE = "the others are compared with it"
OTHER_CLIPS = "tested on other clips: not compared"


@dataclass(frozen=True, slots=True)
class Pairing:
    """One run against the reference, or why there is no comparison."""

    run: str
    against: str = ""
    comparison: Comparison | None = None
    """Run minus reference, UF1."""
    p_holm: float | None = None
    """p, corrected for all comparisons of the table."""
    reason: str = ""


def compare(standings: Standings, against: Path | str | None = None) -> list[Pairing]:
    """Compare every ranked run with a reference by a permutation test that is paired by subject.

    Args:
        standings: the runs.
        against: folder or name of the reference; None takes the best run on the same clips.

    Returns:
        One pairing per ranked run, in their order.

    Raises:
        OptionsError: `against` is not one of the ranked runs.
    """
    reference = None if against is None else _reference(standings, against)
    pairings = [_pair(standing, reference, standings.ranked) for standing in standings.ranked]
    tested = [pairing for pairing in pairings if pairing.comparison is not None]
    corrected = dict(
        zip(
            (pairing.run for pairing in tested),
            holm([pairing.comparison.p for pairing in tested if pairing.comparison is not None]),
            strict=True,
        )
    )
    return [Pairing(item.run, item.against, item.comparison, corrected.get(item.run), item.reason) for item in pairings]


def power_notes(standings: Standings) -> list[str]:
    """Per set of clips: the smallest gain that these clips can show, and what no skill at all scores on them."""
    notes, firsts = [], list[Standing]()
    for standing in standings.ranked:
        if any(standing.same_clips(first) for first in firsts):
            continue
        firsts.append(standing)
        text = power_note(standing.evidence.table).text
        floor = standing.evidence.results.get("floor")
        if floor:
            answer = floor_answer(standing.evidence.results)
            text += f' Always answering "{answer}" scores UF1 {floor["uf1"]:.3f} there.'
        notes.append(text)
    return notes


def _reference(standings: Standings, against: Path | str) -> Standing:
    place = Path(against).resolve()
    for standing in standings.every:
        if str(against) == standing.name or place == standing.evidence.path.resolve():
            if standing in standings.ranked:
                return standing
            raise OptionsError(
                f"The run {standing.name} is not ranked, so no run can be compared with it.",
                got="failed: " + ", ".join(standing.failed) if standing.failed else "tested on synthetic clips only",
                where="--against",
            )
    raise OptionsError(
        f"{against} is not one of the runs.",
        expected=", ".join(standing.name for standing in standings.ranked),
        where="--against",
        cure="name the reference among the runs as well",
    )


def _pair(standing: Standing, reference: Standing | None, ranked: Sequence[Standing]) -> Pairing:
    chosen = reference or next(other for other in ranked if standing.same_clips(other))
    if chosen is standing:
        alone = not any(other is not standing and standing.same_clips(other) for other in ranked)
        return Pairing(standing.name, reason=ALONE if alone else REFERENCE)
    if not standing.same_clips(chosen):
        return Pairing(standing.name, chosen.name, reason=OTHER_CLIPS)
    # A stream of its own per pair: a further run on the board must not move the others' figures.
    rng = stream(0, "leaderboard")
    comparison = paired_permutation(standing.evidence.table, chosen.evidence.table, rng)
    return Pairing(standing.name, chosen.name, comparison)
