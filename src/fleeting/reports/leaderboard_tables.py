"""What the leaderboard says, as tables of cells and as notes; every output is made from these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .comparisons import Pairing
from .published import PARTS, TITLES, Pair, Published, published
from .standings import Standing, Standings
from .tables import decimal, interval, spread
from .text_tables import TextTable

PART_MARK, PROTOCOL_MARK = "†", "‡"
NOTHING = "-"
Cell = Callable[[Standing], str]


def part_names(standings: Sequence[Standing]) -> list[str]:
    """The parts that occur: those of the composite in the field's order, then the others by name."""
    there = {part for standing in standings for part in standing.parts}
    return [*(part for part in PARTS if part in there), *sorted(there - set(PARTS))]


def scores_table(key: str, title: str, standings: Sequence[Standing]) -> TextTable:
    """A row per run, in the order given; the columns of rules that no run recorded are left out."""
    columns = _columns(standings)
    return TextTable(
        key,
        title,
        list(columns),
        [[cell(standing) for cell in columns.values()] for standing in standings],
        frozenset({"run", "recogniser", "trained on", "protocol", "selection", "paper's selection", "audit"}),
    )


def failing_table(standings: Sequence[Standing]) -> TextTable:
    """The runs that are not ranked, and why."""
    rows = [
        [standing.name, standing.model, finding.check, finding.summary, _score(standing, "uf1")]
        for standing in standings
        for finding in standing.findings
        if finding.verdict == "FAIL"
    ]
    head = ["run", "recogniser", "failed check", "what was found", "claimed UF1"]
    return TextTable("failing", "Runs that fail their audit: not ranked", head, rows, frozenset(head[:4]))


def comparisons_table(pairings: Sequence[Pairing]) -> TextTable:
    """Every ranked run against its reference."""
    rows = []
    for item in pairings:
        found = item.comparison
        if found is None:
            rows.append([item.run, item.against or NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, item.reason])
            continue
        ends = f"{found.interval[0]:+.3f} to {found.interval[1]:+.3f}"
        scope = f"{found.clips:,} clips, {found.subjects:,} subjects"
        p_values = [_p(found.p), _p(item.p_holm)]
        rows.append([item.run, item.against, f"{found.difference:+.3f}", ends, *p_values, scope])
    head = ["run", "against", "UF1 difference", "95 % interval", "p", "p (Holm)", "on"]
    return TextTable("comparisons", "Differences between runs", head, rows, frozenset({"run", "against", "on"}))


def published_table() -> TextTable:
    """Every printed figure that we know of, with its selection rule."""
    parts = [TITLES[part] for part in PARTS]
    head = ["method", "year", "full", *parts, "selection", "honest", "doubt", "source", "note"]
    rows = [
        [
            row.method,
            row.year or NOTHING,
            *(_printed(pair) for pair in (row.full, *(row.parts[part] for part in PARTS))),
            row.selection,
            _printed(row.honest),
            row.mark or NOTHING,
            row.source,
            row.note or NOTHING,
        ]
        for row in published()
    ]
    words = frozenset({"method", "selection", "doubt", "source", "note"})
    return TextTable("published", "Printed figures on the 442 clips of MEGC2019, UF1 / UAR", head, rows, words)


def notes(standings: Standings, power: Sequence[str]) -> list[str]:
    """The sentences below the table, only those that apply.

    Args:
        standings: the runs.
        power: the power note of each set of clips.
    """
    ranked, shown = standings.ranked, [*standings.ranked, *standings.synthetic]
    found = [
        "UF1 and UAR are pooled over folds; ± is the standard deviation over seeds, the interval is over subjects "
        "(95 %). Time is training and test of the whole run on its own machine.",
        *power,
    ]
    if len(power) > 1:
        found.append(
            "The runs were tested on several sets of clips: rows on different clips cannot be set against each other."
        )
    if any(standing.part_of_composite for standing in shown):
        found.append(f"{PART_MARK} {_missing(shown)}: not comparable with the paper's figures.")
    if any(standing.other_protocol for standing in shown):
        found.append(
            f"{PROTOCOL_MARK} The papers leave one subject out at a time; these runs' clips were split in another way."
        )
    if any(standing.chosen_by("oracle") is not None for standing in shown):
        found.append(
            "The column oracle is not a result: its epochs were chosen on the clips that they were tested on. It shows "
            'what that choice is worth: a paper\'s figure by "best on test" is to be set against it.'
        )
    papers = {row.method: row for standing in ranked if (row := standing.paper) is not None}
    found += [f"{row.method}: {text}." for row in papers.values() if (text := _doubts(row))]
    for name in standings.left_out:
        found.append(f"Left out: {name} holds predictions and no results.json, so it is not finished.")
    return found


def audit_words(standing: Standing) -> str:
    """The auditor's verdict in a cell."""
    if standing.failed:
        return f"FAILS: {', '.join(standing.failed)}"
    return f"passes, {standing.unseen} unseen" if standing.unseen else "passes"


def marked_clips(standing: Standing) -> str:
    """The number of clips, marked where printed figures stand on others or on another protocol."""
    return _marked(f"{standing.overall['clips']:,}", standing)


def paper_uf1(standing: Standing) -> str:
    """The printed UF1, under the same mark as the run's clips."""
    value = standing.paper.full[0] if standing.paper else None
    return NOTHING if value is None else _marked(str(value), standing)


def duration(seconds: float) -> str:
    """A time in the largest unit that leaves a number of at least 1.

    Example:
        >>> duration(12.34), duration(90), duration(5400)
        ('12 s', '1.5 min', '1.5 h')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def _columns(standings: Sequence[Standing]) -> dict[str, Cell]:
    columns: dict[str, Cell] = {
        "run": lambda standing: standing.name,
        "recogniser": recogniser,
        "trained on": lambda standing: standing.trained_on,
        "protocol": lambda standing: standing.protocol,
        "selection": lambda standing: standing.selection,
        "seeds": lambda standing: str(standing.seeds),
        "clips": marked_clips,
        "subjects": lambda standing: f"{standing.overall['subjects']:,}",
        "UF1": lambda standing: _score(standing, "uf1"),
        "95 % interval": lambda standing: interval(standing.overall),
        "UAR": lambda standing: _score(standing, "uar"),
    }
    for part in part_names(standings):
        columns[f"{TITLES.get(part, part)} UF1 / UAR"] = _part(part)
    for rule, title in (("inner", "inner UF1"), ("oracle", "oracle UF1 (not a result)")):
        if any(standing.chosen_by(rule) is not None for standing in standings):
            columns[title] = _chosen(rule)
    return columns | {
        "parameters": lambda standing: _count(standing.evidence.results.get("parameters")),
        "time": lambda standing: _time(standing.evidence.results.get("seconds")),
        "paper UF1 / UAR": lambda standing: (
            _marked(_printed(standing.paper.full), standing) if standing.paper else NOTHING
        ),
        "paper's selection": lambda standing: standing.paper.selection if standing.paper else NOTHING,
        "paper, honest": lambda standing: _printed(standing.paper.honest) if standing.paper else NOTHING,
        "audit": audit_words,
    }


def recogniser(standing: Standing) -> str:
    """The model; with a feature that is not the usual flow image, both."""
    usual = standing.feature in ("", "flow-image")
    return standing.model if usual else f"{standing.model} on {standing.feature}"


def _marked(text: str, standing: Standing) -> str:
    marks = PART_MARK * standing.part_of_composite + PROTOCOL_MARK * standing.other_protocol
    return f"{text} {marks}" if marks else text


def _part(part: str) -> Cell:
    def cell(standing: Standing) -> str:
        block = standing.parts.get(part, {})
        return f"{decimal(block.get('uf1'))} / {decimal(block.get('uar'))}" if block else NOTHING

    return cell


def _chosen(rule: str) -> Cell:
    return lambda standing: decimal(standing.chosen_by(rule))


def _score(standing: Standing, measure: str) -> str:
    return spread(standing.overall, measure, standing.seeds)


def _printed(pair: Pair) -> str:
    """With as many digits as the paper has."""
    return NOTHING if pair == (None, None) else " / ".join(NOTHING if value is None else str(value) for value in pair)


def _p(value: float | None) -> str:
    return NOTHING if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"


def _count(value: Any) -> str:
    return NOTHING if value is None else f"{value:,}"


def _time(value: Any) -> str:
    return NOTHING if value is None else duration(float(value))


def _missing(standings: Sequence[Standing]) -> str:
    sizes = sorted({(len(s.clips), len(s.evidence.official)) for s in standings if s.part_of_composite})
    tested = " or ".join(f"{size:,}" for size, _ in sizes)
    return f"Tested on a part, {tested} of the {sizes[0][1]:,} clips of MEGC2019"


def _doubts(row: Published) -> str:
    lines: Mapping[str, str] = {"mark": row.mark, "note": row.note}
    return "; ".join(text for text in lines.values() if text)
