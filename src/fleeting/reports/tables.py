"""The table of scores per part, from results.json, as rows, plain text, Markdown and HTML."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ..types import LABELS

WIDTH = 100
"""Columns of a terminal that a summary may fill."""
HEAD = ("part", "UF1", "95 % interval", "UAR", "accuracy", "clips", "subjects")
RULES = {"inner": "inner rule", "oracle": "oracle (no result)"}
"""Names of the rows that show other rules of choosing the epoch, or the options of a solved model."""


def decimal(value: Any) -> str:
    """Three decimals, or "-" where there is no number.

    Example:
        >>> decimal(0.72549), decimal(None)
        ('0.725', '-')
    """
    return "-" if value is None else f"{float(value):.3f}"


def spread(block: Mapping[str, Any], name: str, seeds: int) -> str:
    """A mean with its sd over seeds; the mean alone for one seed, where there is no spread to state.

    Example:
        >>> spread({"uf1": 0.7, "uf1_sd": 0.0125}, "uf1", 3)
        '0.700 ± 0.013'
    """
    sd = block.get(f"{name}_sd")
    mean = decimal(block.get(name))
    return f"{mean} ± {decimal(sd)}" if seeds > 1 and sd is not None else mean


def interval(block: Mapping[str, Any]) -> str:
    """The interval over subjects as "low to high"."""
    ends = block.get("uf1_interval")
    return f"{decimal(ends[0])} to {decimal(ends[1])}" if ends else "-"


def part_rows(results: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The cells under HEAD: all clips, every part, the floor, and other ways of choosing the epoch."""
    seeds = len(results.get("seeds", ()))
    blocks = {"all clips": results["overall"], **results.get("parts", {})}
    rows = [_row(name, block, seeds) for name, block in blocks.items()]
    floor = results.get("floor")
    rows += [_row(floor_name(results), floor, 1)] if floor else []
    rules = results.get("selections", {})
    return [*rows, *(_row(RULES.get(rule, rule), block["overall"], seeds) for rule, block in rules.items())]


def floor_name(results: Mapping[str, Any]) -> str:
    """Name of the row that shows what no skill at all scores: always the most frequent class.

    Example:
        >>> floor_name({"floor": {"answer": "disgust"}})
        'always "disgust"'
    """
    return f'always "{floor_answer(results)}"'


def floor_answer(results: Mapping[str, Any]) -> str:
    """The class that the floor always answers; the first one where an older results.json does not name it."""
    answer: str = results.get("floor", {}).get("answer", results.get("classes", LABELS)[0])
    return answer


def parts_html(results: Mapping[str, Any]) -> str:
    """The table in HTML: the class "scores", the first and the floor row marked."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in HEAD)
    lines = [f"<thead><tr>{head}</tr></thead>", "<tbody>"]
    aside = (floor_name(results), *RULES.values())
    for index, (name, *cells) in enumerate(part_rows(results)):
        kind = ' class="all"' if index == 0 else ' class="floor"' if name in aside else ""
        body = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        lines.append(f'<tr{kind}><th scope="row">{escape(name)}</th>{body}</tr>')
    return '<table class="scores">\n' + "\n".join(lines) + "\n</tbody></table>"


def summary_text(results: Mapping[str, Any]) -> str:
    """What the command line prints at the end of a run: plain lines of at most 100 columns.

    Args:
        results: the content of results.json; only "overall" is needed.
    """
    lines = wrap(subject_line(results))
    notes = list(results.get("notes", ()))
    summary = results.get("tested_on", {}).get("summary", "")
    if summary:
        lines += wrap(summary)
    lines += ["", *aligned([HEAD, *part_rows(results)]), ""]
    if len(results.get("seeds", ())) > 1:
        lines += wrap(f"± is the standard deviation over {len(results['seeds'])} seeds; the interval is over subjects.")
    for note in notes:
        if note != summary:
            lines += wrap(f"Note: {note}")
    return "\n".join(lines)


def subject_line(results: Mapping[str, Any]) -> str:
    """One sentence: which recogniser was trained on how much, by which protocol."""
    overall = results["overall"]
    model = results.get("model")
    if model is None:
        return f"A predictions table of {overall['clips']:,} clips of {overall['subjects']:,} subjects."
    text = f"Recogniser {model}"
    if results.get("parameters"):
        text += f" ({results['parameters']:,} parameters)"
    if results.get("train_samples") is not None:
        text += f", trained on {results['train_samples']:,} clips"
    seeds = len(results.get("seeds", ()))
    text += f" with {seeds} seed{'s' if seeds != 1 else ''}"
    return text + (f", protocol {results['protocol']}." if results.get("protocol") else ".")


def _row(name: str, block: Mapping[str, Any], seeds: int) -> tuple[str, ...]:
    counts = (f"{block[key]:,}" if key in block else "-" for key in ("clips", "subjects"))
    scores = (spread(block, "uf1", seeds), interval(block), spread(block, "uar", seeds), decimal(block.get("war")))
    return (name, *scores, *counts)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines of equal columns, numbers to the right; the first column is cut where a line would be too long."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    widths[0] = min(widths[0], WIDTH - sum(widths[1:]) - 2 * (len(widths) - 1))
    return [
        "  ".join(
            [
                row[0][: widths[0]].ljust(widths[0]),
                *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)),
            ]
        )
        for row in rows
    ]


def wrap(text: str) -> list[str]:
    """A text as lines of at most WIDTH columns, the later ones set in."""
    return textwrap.wrap(text, WIDTH, break_on_hyphens=False, subsequent_indent="  ")
