"""Does the claimed score follow from the predictions?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import FleetingError
from ..metrics import Absent, Counts, Measure, fold_mean, uar, uf1, war
from ..predictions import fold_counts, subject_counts
from ..protocols.loso import ONE_PERSON
from ..scores import score
from .evidence import Evidence
from .finding import SHOWN, Finding, listing

MEASURES = {"uf1": uf1, "uar": uar, "war": war}
ROUNDING = 0.00051
"""Papers print three decimals."""
EXACT = 1e-5
"""results.json keeps six decimals."""


def protocol_kept(evidence: Evidence) -> Finding:
    """Where leave-one-subject-out is claimed, every fold tests one person and every person has one fold."""
    name = "protocol as claimed"
    claimed = evidence.results.get("protocol")
    if claimed not in ONE_PERSON or "fold" not in evidence.table:
        return Finding(name, "unseen", "Only leave-one-subject-out of a run folder is checked.")
    people = evidence.people.groupby(evidence.table["fold"]).nunique()
    crowded = [str(fold) for fold in people.index[people > 1]]
    if crowded:
        return Finding(
            name, "FAIL", f"{claimed} is claimed; {len(crowded)} folds test several people.", [listing(crowded)]
        )
    return Finding(name, "pass", f"{claimed}: each of the {len(people)} folds tests one person.")


def claim_pooled(evidence: Evidence) -> Finding:
    """The claim is the score of the pooled counts and not a mean of per-fold scores."""
    name = "pooled, not a mean over folds"
    claims = {measure: value for measure, value in evidence.claims.items() if measure in ("uf1", "uar")}
    if not claims:
        return Finding(name, "unseen", "No UF1 or UAR is claimed.")
    pooled, means = _recomputed(evidence), _fold_means(evidence)
    for measure, value in claims.items():
        for group, mean in means[measure].items():
            if abs(value - mean) <= ROUNDING < abs(value - pooled[measure]):
                return Finding(
                    name,
                    "FAIL",
                    f"The claimed {measure.upper()} {value:.3f} is a mean over {group}; pooled: {pooled[measure]:.3f}.",
                    ["counts have to be summed over folds before a ratio is taken (MEGC2019 rules)"],
                )
    return Finding(name, "pass", "No claimed UF1 or UAR is a mean of per-fold or per-subject scores.")


def claim_recomputed(evidence: Evidence) -> Finding:
    """Every claimed score, and every number of a run's results.json, comes out again from the predictions."""
    name = "score comes out again"
    if not evidence.claims:
        return Finding(name, "unseen", "No score is claimed: give --claim uf1=0.712.")
    pooled = _recomputed(evidence)
    lines = [
        f"{measure.upper()}: claimed {value:.4f}, recomputed {pooled[measure]:.4f}"
        for measure, value in evidence.claims.items()
        if not abs(value - pooled[measure]) <= ROUNDING  # also true for what is no number
    ]
    if evidence.results:
        lines += _differences(evidence)
    if lines:
        return Finding(name, "FAIL", "What is claimed does not follow from the predictions.", lines[:SHOWN])
    shown = ", ".join(f"{measure.upper()} {pooled[measure]:.3f}" for measure in evidence.claims)
    return Finding(name, "pass", f"Recomputed from the predictions: {shown}.")


def _differences(evidence: Evidence) -> list[str]:
    """The numbers of results.json that scoring the predictions again does not give."""
    try:
        again = score(evidence.table)
    except FleetingError as error:
        return [f"the predictions cannot be scored: {error.problem} {error.got}".strip()]
    tables = ("overall", "parts", "per_class", "confusion", "seeds", "floor")
    lines = [line for name in tables if name in evidence.results for line in _apart(name, evidence.results, again)]
    for rule, block in evidence.results.get("selections", {}).items():
        table = evidence.others.get(rule)
        if table is None:
            lines.append(f"selections.{rule} is stated and predictions-{rule}.csv is not there")
            continue
        found = score(table)
        lines += [
            f"{rule}: {line}" for name in ("overall", "parts") if name in block for line in _apart(name, block, found)
        ]
    return lines


def _apart(name: str, stated: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[str]:
    """Lines for the leaves below key `name` in which two tables differ; keys of a later version are not missed."""
    one, other = stated.get(name), again.get(name)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in one:
            if key not in other:
                yield f"{name}.{key} is stated and nothing like it comes out"
                continue
            for line in _apart(key, one, other):
                yield f"{name}.{line}"
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        if any(not _equal(left, right) for left, right in zip(_leaves(one), _leaves(other), strict=False)):
            yield f"{name}: stated {one}, recomputed {other}"
    elif not _equal(one, other):
        yield f"{name}: stated {one}, recomputed {other}"


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, abs_tol=EXACT, rel_tol=0)
    return bool(one == other)


def _recomputed(evidence: Evidence) -> dict[str, float]:
    counts = _subjects(evidence).sum(1)
    return {measure: float(scored(counts).mean()) for measure, scored in MEASURES.items()}


def _subjects(evidence: Evidence) -> Counts:
    return subject_counts(evidence.table, len(evidence.classes))[0]


def _fold_means(evidence: Evidence) -> Mapping[str, Mapping[str, float]]:
    groups = {"subjects": _subjects(evidence)}
    if "fold" in evidence.table:
        groups["folds"] = fold_counts(evidence.table, len(evidence.classes))
    rules: tuple[Absent, ...] = ("leave-out", "zero")
    measures: tuple[Measure, ...] = ("uf1", "uar")
    return {
        measure: {
            f"{title} (absent classes: {rule})": float(fold_mean(counts, measure, rule).mean())
            for title, counts in groups.items()
            for rule in rules
        }
        for measure in measures
    }
