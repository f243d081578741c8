"""The questions that a reader should ask of a score, answered from what the run wrote down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNKNOWN = "Not recorded."


def answers(results: Mapping[str, Any], train: Mapping[str, Any], *, solved: bool) -> list[tuple[str, str]]:
    """Question and answer, always the same questions: what a run does not say is answered with UNKNOWN.

    Args:
        results: the content of results.json.
        train: the table [train] of the recipe, {} where there is no recipe.
        solved: whether the model was solved exactly, without epochs.
    """
    overall = results["overall"]
    return [
        ("How was the model chosen?", _selection(results, train, solved)),
        ("What was it tested on?", results.get("tested_on", {}).get("summary") or UNKNOWN),
        ("How many people are behind the score?", _people(overall)),
        ("Could the same person, face or motion be on both sides?", _leak(results)),
        ("Which clips are missing from the test?", _missing(results)),
        ("What about chance?", _seeds(results)),
    ]


def warning(results: Mapping[str, Any]) -> str:
    """What must stand above the score, or ""."""
    tested = results.get("tested_on", {})
    if tested.get("recorded") is False:
        return (
            "This score is NOT about recorded micro-expressions. The test clips are synthetic: it shows that training "
            "works, and says nothing about people."
        )
    if results.get("selection", "last") not in ("last", "unknown"):
        return (
            f"The model was selected by the rule {results['selection']!r}. Where that looks at tested clips, the score "
            "is too high."
        )
    return ""


def other_notes(results: Mapping[str, Any]) -> list[str]:
    """The run's notes, less the sentence on what was tested, which has its own place."""
    summary = results.get("tested_on", {}).get("summary")
    return [str(note) for note in results.get("notes", ()) if note != summary]


def _selection(results: Mapping[str, Any], train: Mapping[str, Any], solved: bool) -> str:
    rule = results.get("selection")
    if rule == "last" and solved:
        return "It has no epochs: its one optimum was solved for. The tested clips chose nothing."
    if rule == "last":
        epochs = f"of {train['epochs']} epochs " if "epochs" in train else ""
        return (
            f"The last {epochs}is kept; the number stood in the recipe before training. The tested clips chose nothing."
        )
    if rule in (None, "unknown"):
        return "Not recorded: a predictions table cannot show whether epochs were chosen on the tested clips."
    return f"By the rule {rule!r}."


def _people(overall: Mapping[str, Any]) -> str:
    low, high = overall["uf1_interval"]
    return (
        f"{overall['clips']:,} clips of {overall['subjects']:,} subjects. Had other subjects been tested, UF1 would "
        f"lie between {low:.3f} and {high:.3f} (95 %), anywhere in a range of {high - low:.2f}. That range does not "
        "tell which of two runs on these clips is better: `fleeting leaderboard` compares them subject by subject."
    )


def _leak(results: Mapping[str, Any]) -> str:
    dropped = results.get("dropped_for_leak")
    if dropped is None:
        return UNKNOWN
    if results.get("declared"):
        return f"Declared: {' '.join(map(str, results['declared']))}"
    if not dropped:
        return "No: training and test share no clip, subject or donor, and no training clip had to be dropped for that."
    return (
        f"No: {dropped:,} training clips per model were dropped because they shared a subject, a face or a donor "
        "(the person whose action units a synthetic clip shows) with the test."
    )


def _missing(results: Mapping[str, Any]) -> str:
    tested = results.get("tested_on")
    if tested is None:
        return UNKNOWN
    missing = tested.get("missing", {})
    if not missing:
        return "None that the data set's list names."
    lost = ", ".join(f"{count:,} of {part}" for part, count in missing.items())
    return f"{lost}. They are not on the machine of this run: do not compare the score with one over the full set."


def _seeds(results: Mapping[str, Any]) -> str:
    seeds = results.get("seeds", [])
    if len(seeds) < 2:
        return "One seed: how much the score depends on the seed is not known."
    listed = ", ".join(map(str, seeds))
    return f"The figures are means over {len(seeds)} seeds ({listed}); ± is their standard deviation."
