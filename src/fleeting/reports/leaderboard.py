"""The leaderboard: honest runs in order, beside what papers print, as Markdown, LaTeX, CSV and one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from .. import files
from .comparisons import Pairing
from .interval_plot import interval_plot
from .leaderboard_tables import (
    audit_words,
    comparisons_table,
    failing_table,
    marked_clips,
    notes,
    paper_uf1,
    part_names,
    published_table,
    recogniser,
    scores_table,
)
from .pages import write_page
from .published import PARTS
from .standings import Standing, Standings
from .tables import aligned, decimal, interval, spread, wrap
from .text_tables import TextTable

TITLE = "Leaderboard"
NEEDS = "% needs \\usepackage{booktabs} and \\usepackage{adjustbox}\n"
SHOWN_NAME = 24
"""Letters of a run's name that the terminal shows."""


def write_leaderboard(standings: Standings, pairings: Sequence[Pairing], power: Sequence[str], out: Path) -> list[Path]:
    """Write out/leaderboard.md, .tex, .csv and .html; the same runs give the same bytes.

    Args:
        standings: the runs.
        pairings: every ranked run against its reference.
        power: the power note of each set of clips.
        out: a folder; it is made where it is missing.

    Returns:
        The four paths.
    """
    tables = _tables(standings, pairings)
    sentences = notes(standings, power)
    paths = [out / f"leaderboard.{ending}" for ending in ("md", "tex", "csv", "html")]
    files.write_text(paths[0], _markdown(tables, sentences))
    files.write_text(paths[1], _latex(tables, sentences))
    files.write_text(paths[2], tidy(standings, pairings).to_csv(index=False, lineterminator="\n"))
    write_page(
        paths[3],
        "leaderboard.html.j2",
        tables=tables,
        notes=sentences,
        standings=standings,
        plot=interval_plot(standings.ranked) if standings.ranked else None,
    )
    return paths


def tidy(standings: Standings, pairings: Sequence[Pairing]) -> pd.DataFrame:
    """One row per run, numbers as they stand in results.json; empty where there is none.

    Returns:
        Columns: run, group (ranked, synthetic, audit fails), what was run, scores with sd and interval, PART_uf1 and
        PART_uar per part, uf1_inner and uf1_oracle, parameters, seconds, audit, paper_* and the comparison.
    """
    parts = list(dict.fromkeys([*PARTS, *part_names(standings.every)]))
    groups = {"ranked": standings.ranked, "synthetic": standings.synthetic, "audit fails": standings.failing}
    compared = {pairing.run: pairing for pairing in pairings}
    rows = [
        {
            "run": standing.name,
            "group": group,
            **_setting(standing),
            **_scores(standing, parts),
            **_paper(standing),
            **_compared(compared.get(standing.name)),
        }
        for group, members in groups.items()
        for standing in members
    ]
    return pd.DataFrame(rows)


def board_text(standings: Standings, power: Sequence[str]) -> str:
    """What the command prints: the columns that matter most, at most 100 columns wide."""
    head = ("run", "recogniser", "trained on", "clips", "UF1", "95 % interval", "UAR", "paper UF1")
    lines = []
    groups = (("", standings.ranked), ("Tested on synthetic clips:", standings.synthetic))
    for title, group in groups:
        if group:
            lines += [*([title] if title else []), *aligned([head, *(_short(standing) for standing in group)]), ""]
    lines += ["All runs above pass their audit." if lines else "No run is ranked."]
    for standing in standings.failing:
        lines += wrap(f"Not ranked: {standing.name} ({recogniser(standing)}) {audit_words(standing)}.")
    return "\n".join([*lines, *(line for note in notes(standings, power)[1:] for line in wrap(note))])


def _tables(standings: Standings, pairings: Sequence[Pairing]) -> list[TextTable]:
    tables = []
    if standings.ranked or not standings.synthetic:
        tables.append(scores_table("leaderboard", TITLE, standings.ranked))
    if standings.failing:
        tables.append(failing_table(standings.failing))
    if standings.synthetic:
        title = "Runs tested on synthetic clips only: no result about people"
        tables.append(scores_table("synthetic", title, standings.synthetic))
    if len(standings.ranked) > 1:
        tables.append(comparisons_table(pairings))
    if any(standing.evidence.official for standing in standings.every):
        tables.append(published_table())
    return tables


def _markdown(tables: Sequence[TextTable], sentences: Sequence[str]) -> str:
    first, *others = tables
    below = "\n".join(f"- {text}" for text in sentences)
    sections = [f"## {table.title}\n\n{table.to_markdown()}" for table in others]
    return "\n".join([f"# {first.title}\n", first.to_markdown(), below + "\n", *sections])


def _latex(tables: Sequence[TextTable], sentences: Sequence[str]) -> str:
    """Without the columns of sentences, which no printed page has room for."""
    first, *others = (table.without("what was found", "source", "note") for table in tables)
    return "\n".join([NEEDS, first.to_latex(sentences), *(table.to_latex() for table in others)])


def _short(standing: Standing) -> tuple[str, ...]:
    return (
        standing.name[:SHOWN_NAME],
        recogniser(standing)[:15],
        standing.data,
        marked_clips(standing),
        spread(standing.overall, "uf1", standing.seeds),
        interval(standing.overall),
        decimal(standing.overall["uar"]),
        paper_uf1(standing),
    )


def _setting(standing: Standing) -> dict[str, Any]:
    results = standing.evidence.results
    return {
        "recogniser": standing.model,
        "feature": standing.feature,
        "trained_on": standing.trained_on,
        "protocol": standing.protocol,
        "selection": standing.selection,
        "seeds": standing.seeds,
        "clips": standing.overall["clips"],
        "subjects": standing.overall["subjects"],
        "parameters": results.get("parameters"),
        "epochs": results.get("epochs"),
        "seconds": results.get("seconds"),
        "audit": "FAILS" if standing.failed else "passes",
        "audit_failed": "; ".join(standing.failed),
        "audit_unseen": standing.unseen,
    }


def _scores(standing: Standing, parts: Sequence[str]) -> dict[str, Any]:
    overall = standing.overall
    row: dict[str, Any] = {}
    for measure in ("uf1", "uar"):
        low, high = overall.get(f"{measure}_interval", (None, None))
        row |= {
            measure: overall[measure],
            f"{measure}_sd": overall.get(f"{measure}_sd") if standing.seeds > 1 else None,
            f"{measure}_low": low,
            f"{measure}_high": high,
        }
    for part in parts:
        row |= {f"{part}_{measure}": standing.parts.get(part, {}).get(measure) for measure in ("uf1", "uar")}
    return row | {f"uf1_{rule}": standing.chosen_by(rule) for rule in ("inner", "oracle")}


def _paper(standing: Standing) -> dict[str, Any]:
    paper = standing.paper
    uf1, uar = paper.full if paper else (None, None)
    honest_uf1, honest_uar = paper.honest if paper else (None, None)
    comparable = not (standing.part_of_composite or standing.other_protocol)
    return {
        "paper_method": paper.method if paper else None,
        "paper_uf1": uf1,
        "paper_uar": uar,
        "paper_selection": paper.selection if paper else None,
        "paper_honest_uf1": honest_uf1,
        "paper_honest_uar": honest_uar,
        "paper_comparable": comparable if paper else None,
    }


def _compared(pairing: Pairing | None) -> dict[str, Any]:
    found = pairing.comparison if pairing else None
    return {
        "against": pairing.against if pairing else None,
        "difference": found.difference if found else None,
        "difference_low": found.interval[0] if found else None,
        "difference_high": found.interval[1] if found else None,
        "p": found.p if found else None,
        "p_holm": pairing.p_holm if pairing else None,
    }
