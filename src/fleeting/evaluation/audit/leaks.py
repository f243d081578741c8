"""Did a fold learn from the people whom it is tested on?"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ...types import Clip
from ..people import person
from .evidence import Evidence
from .finding import SHOWN, Finding, listing

MODEL = "model"
ROLES = ("recorded", "donor", "synthetic")
TARGET = "unlabelled target"
"""The step of training.csv by which a transductive model saw the tested clips, without labels; declared or a leak."""
SHARING = ("cdmer",)
"""Protocols that are published with the same people on both sides."""
Key = tuple[int, str]


def subjects_apart(evidence: Evidence) -> Finding:
    """No person is both trained on and tested in a fold."""
    name = "subjects apart"
    if evidence.training is not None:
        return _apart(evidence, name, "recorded", "was trained on")
    if "fold" not in evidence.table:
        return Finding(name, "unseen", "Neither a training log (training.csv) nor a column fold says who trained.")
    # In cross-validation all other folds train: somebody who is tested in two folds was trained on in both.
    places = pd.DataFrame({"seed": evidence.table["seed"], "person": evidence.people, "fold": evidence.table["fold"]})
    pairs = places.drop_duplicates()
    torn = sorted(set(pairs.loc[pairs.duplicated(["seed", "person"]), "person"]))
    if torn:
        return Finding(
            name,
            "FAIL",
            f"{len(torn)} subjects are tested in more than one fold, so each of these folds trains on them.",
            [listing(torn)],
        )
    return Finding(name, "unseen", "By the column fold every subject is tested in one fold; who trained is not logged.")


def donors_apart(evidence: Evidence) -> Finding:
    """No synthetic clip that a fold trained on shows the action units of a person it tests."""
    name = "donors apart"
    if evidence.training is None:
        return Finding(name, "unseen", "There is no training log (training.csv) that names donors.")
    if (evidence.training["role"] != "donor").all():
        return Finding(name, "pass", "No fold trained on clips that have a donor.")
    return _apart(evidence, name, "donor", "lent action units to synthetic training clips")


def fitted_on_training(evidence: Evidence) -> Finding:
    """Every fold logs whom it was fitted on, completely, and every fitted step saw training people only."""
    name = "fitted on training people"
    log = evidence.training
    if log is None:
        return Finding(name, "unseen", "There is no training log (training.csv) that names fitted steps.")
    faults = _gaps(evidence, log)
    if faults:
        return Finding(name, "FAIL", "The training log is not complete, so nothing can be concluded from it.", faults)
    steps = sorted(set(log["step"]) - {MODEL})
    declared = next((text for text in evidence.results.get("declared", ()) if "transductive" in str(text)), "")
    own = {MODEL, TARGET} if declared else {MODEL}
    met = _met(evidence, log[~log["step"].isin(own)])
    if met:
        return Finding(name, "FAIL", "A fitted step has seen people whom its fold tests.", met)
    if declared and TARGET not in steps:
        return Finding(name, "FAIL", f"The run declares to be transductive, and training.csv has no {TARGET!r}.")
    if declared:
        return Finding(name, "pass", f"Declared: {declared}")
    text = f"Every fold logs whom it was fitted on; further fitted steps: {', '.join(steps) or 'none'}."
    return Finding(name, "pass", text)


def _gaps(evidence: Evidence, log: pd.DataFrame) -> list[str]:
    """What the log leaves out: whole folds, roles that are none, and clips that folds.csv counts."""
    gaps = []
    strange = sorted(set(log["role"]) - set(ROLES))
    if strange:
        gaps.append(f"roles that are none of {', '.join(ROLES)}: {listing(strange)}")
    model = log[log["step"] == MODEL]
    logged = {(int(seed), str(fold)) for seed, fold in model[["seed", "fold"]].to_numpy().tolist()}
    silent = [f"seed {seed} fold {fold}" for seed, fold in sorted(_tested(evidence).keys() - logged)]
    if silent:
        gaps.append(f"{len(silent)} folds have predictions and no entry: {listing(silent)}")
    folds = evidence.folds
    if folds is None or "train" not in folds:
        return gaps
    known: dict[Key, int] = {}
    for seed, fold, clips in model.loc[model["role"] != "donor", ["seed", "fold", "clips"]].to_numpy().tolist():
        known[int(seed), str(fold)] = known.get((int(seed), str(fold)), 0) + int(clips)
    for seed, fold, train in folds[["seed", "fold", "train"]].to_numpy().tolist():
        there = known.get((int(seed), str(fold)), 0)
        if there != int(train):
            gaps.append(f"seed {seed} fold {fold}: trained on {train} clips, and the log holds {there}")
    return gaps[:SHOWN]


def _apart(evidence: Evidence, name: str, role: str, did: str) -> Finding:
    log = evidence.training
    assert log is not None
    if role == "recorded" and (evidence.table["dataset"] == "synthetic").all():
        return Finding(name, "unseen", "The tested clips are synthetic; whose portraits were trained on is not logged.")
    met = _met(evidence, log[(log["role"] == role) & (log["step"] == MODEL)])
    if met:
        return Finding(name, "FAIL", f"Somebody who is tested in a fold {did} there.", met)
    declared = _declared(evidence)
    if role == "recorded" and declared:
        return Finding(name, "pass", f"Declared, as this protocol is published: {next(iter(declared.values()))}")
    count = len(_tested(evidence))
    return Finding(name, "pass", f"Nobody who is tested {did} in the same fold ({count} folds over all seeds).")


def _met(evidence: Evidence, log: pd.DataFrame) -> list[str]:
    """A line per fold and step in which people of the log are tested."""
    tested = _tested(evidence)
    seen: dict[tuple[int, str, str], set[str]] = {}
    rows = log.loc[log["role"] != "synthetic", ["seed", "fold", "step", "dataset", "subject"]]
    for seed, fold, step, dataset, subject in rows.to_numpy().tolist():
        seen.setdefault((int(seed), str(fold), str(step)), set()).add(person(Clip(dataset, subject, "", 0)))
    declared = _declared(evidence)
    both = {key: sorted(people & tested.get(key[:2], set())) for key, people in seen.items() if key[:2] not in declared}
    return [
        f"seed {seed}, fold {fold}, {step}: {listing(names)}" for (seed, fold, step), names in both.items() if names
    ]


def _tested(evidence: Evidence) -> Mapping[Key, set[str]]:
    folds = evidence.table["fold"] if "fold" in evidence.table else pd.Series("all", evidence.table.index)
    tested: dict[Key, set[str]] = {}
    for seed, fold, who in zip(evidence.table["seed"], folds, evidence.people, strict=True):
        tested.setdefault((int(seed), str(fold)), set()).add(who)
    return tested


def _declared(evidence: Evidence) -> dict[Key, str]:
    """Folds that share people as their protocol is published; no other protocol may declare that."""
    folds = evidence.folds
    if folds is None or "declared" not in folds or evidence.results.get("protocol") not in SHARING:
        return {}
    rows = folds[["seed", "fold", "declared"]].to_numpy().tolist()
    return {(int(seed), str(fold)): str(text) for seed, fold, text in rows if str(text).strip() not in ("", "nan")}
