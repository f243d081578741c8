"""Was the epoch chosen on the test clips?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...seeds import stream
from ..predictions import PREFIX
from .evidence import Evidence
from .finding import Finding, listing

HONEST = ("last", "inner")
SOLVED = (
    "drfs-t", "drls", "gfk", "iw-svm", "linear", "rstr", "sa", "stm", "svm", "tca", "tgsr", "tkl", "tsrg",
)  # fmt: skip
"""Models without epochs, for runs whose results.json does not say yet whether theirs is one."""
INNER = "epoch (inner)"
"""The fitted step of training.csv that chose the epoch."""
FEWEST = 10
DRAWS = 50_000
RARE = 2e-4
"""Below this chance the signature counts as shown. Subjects with few clips vary more, so permutation is not exact."""
SMALL, LARGE = 3, 10
"""Clips of a small and of a large fold, for the evidence."""


def epoch_fixed(evidence: Evidence) -> Finding:
    """The headline comes from one fixed epoch, or from one chosen without the test clips."""
    name = "epoch not chosen on test"
    rule = evidence.results.get("selection")
    if rule is not None and rule not in (*HONEST, "unknown"):
        return Finding(name, "FAIL", f"results.json says that the epoch was selected by {rule!r}.")
    sold = _oracle_sold(evidence)
    if sold:
        return Finding(name, "FAIL", "The predictions are those of the best epoch on the test clips.", [sold])
    asked = evidence.recipe.get("model", {}).get("name")
    told = evidence.results.get("model", asked)
    if asked is not None and asked != told:
        return Finding(name, "FAIL", f"The recipe asks for {asked!r} and results.json is of {told!r}.")
    if evidence.results.get("solved", told in SOLVED):
        return _options(evidence, name, str(told))
    return _inner(evidence, name) if rule == "inner" else _last(evidence, name)


def _options(evidence: Evidence, name: str, model: str) -> Finding:
    """A solved model has options instead of epochs; those behind the headline are the recipe's, in every fold."""
    folds = evidence.folds
    if folds is None or "options_last" not in folds:
        return Finding(name, "pass", "The model is solved exactly: there are no epochs to choose from.")
    used = sorted(set(folds["options_last"]))
    if len(used) > 1:
        return Finding(name, "FAIL", f"The folds use {len(used)} different options.", [listing(used)])
    asked = evidence.recipe.get("model", {}).get("options", {})
    pairs = dict(pair.split("=", 1) for pair in used[0].split(", "))
    moved = [f"{key}={pairs[key]}" for key, value in asked.items() if key in pairs and pairs[key] != str(value)]
    if moved:
        return Finding(name, "FAIL", f"The recipe asks {model} for other options.", [listing(moved)])
    return Finding(name, "pass", f"{model} has no epochs; all folds use the options {used[0]}.")


def _inner(evidence: Evidence, name: str) -> Finding:
    log, folds = evidence.training, evidence.folds
    if folds is None or "epoch_inner" not in folds or log is None or INNER not in set(log["step"]):
        return Finding(name, "unseen", f"Neither epoch_inner in folds.csv nor {INNER!r} in training.csv shows how.")
    return Finding(name, "pass", "The epoch of each fold was chosen on validation people, whom training.csv names.")


def _last(evidence: Evidence, name: str) -> Finding:
    folds = evidence.folds
    column = folds.get("epoch_last") if folds is not None else evidence.table.get("epoch")
    if column is None:
        return Finding(name, "unseen", "Nothing says which epoch the predictions are of (folds.csv, a column epoch).")
    epochs = pd.to_numeric(column, errors="coerce")
    if epochs.isna().any():
        return Finding(name, "FAIL", "Some folds do not state their epoch as a number.")
    used = sorted(int(epoch) for epoch in epochs.unique())
    if len(used) > 1:
        most = epochs.astype(int).value_counts().head(6).to_dict()
        return Finding(
            name,
            "FAIL",
            f"The folds use {len(used)} different epochs, from {used[0]} to {used[-1]}; a fixed number would be one.",
            ["folds per epoch: " + ", ".join(f"{epoch}: {count}" for epoch, count in most.items())],
        )
    planned = evidence.recipe.get("train", {}).get("epochs")
    if planned is None:
        text = f"All use epoch {used[0]}; no recipe shows that this number was fixed before the test."
        return Finding(name, "unseen", text)
    if used != [planned]:
        return Finding(name, "FAIL", f"The recipe asks for {planned} epochs and the folds use epoch {used[0]}.")
    return Finding(name, "pass", f"All folds use the last of the {planned} epochs that the recipe asks for.")


def no_selection_signature(evidence: Evidence) -> Finding:
    """Small folds are not better than large ones, beyond what their data set and classes explain.

    Picking the best of many epochs per fold makes folds of one to three clips perfect and helps large folds little. So
    the accuracy that a subject has beyond the recall of its classes in its data set is correlated with the log of its
    number of clips, and subjects are permuted within their data set. One-sided; RARE is the level. Ours.
    """
    name = "no best-epoch signature"
    table = evidence.table
    right = (table["label"] == table["prediction"]).astype(float)
    surplus = right - right.groupby([table["dataset"], table["label"]]).transform("mean")
    rows = pd.DataFrame({"part": table["dataset"], "person": evidence.people, "surplus": surplus, "right": right})
    people = rows.groupby(["part", "person"], as_index=False).agg(
        clips=("right", "size"), surplus=("surplus", "mean"), right=("right", "mean")
    )
    size = people["clips"].to_numpy() / table["seed"].nunique()
    rng = stream(0, "signature")
    found, drawn = 0.0, np.zeros(DRAWS)
    for part in people["part"].unique():
        chosen = (people["part"] == part).to_numpy()
        scale = np.log(size[chosen]) - np.log(size[chosen]).mean()
        beyond = people["surplus"].to_numpy()[chosen]
        found += float(scale @ beyond)
        drawn += rng.permuted(np.broadcast_to(beyond, (DRAWS, len(beyond))), axis=1) @ scale
    if len(size) < FEWEST or np.ptp(drawn) == 0:
        return Finding(name, "unseen", f"Needs {FEWEST} or more subjects with different numbers of clips.")
    chance = (1 + int((drawn <= found).sum())) / (1 + DRAWS)
    accuracy = people["right"].to_numpy()
    shown = [
        f"{label}: {accuracy[chosen].mean():.0%} right on average over {chosen.sum()} subjects"
        for label, chosen in ((f"up to {SMALL} clips", size <= SMALL), (f"{LARGE} clips or more", size >= LARGE))
        if chosen.any()
    ]
    if chance < RARE:
        text = (
            "Subjects with few clips are far better than those with many: so look scores picked per fold on the test."
        )
        return Finding(name, "FAIL", f"{text} p = {chance:.1g}", shown)
    return Finding(
        name, "pass", f"Accuracy does not fall with the number of clips per subject (p = {chance:.2g}).", shown
    )


def _oracle_sold(evidence: Evidence) -> str:
    oracle, folds = evidence.others.get("oracle"), evidence.folds
    if oracle is None or folds is None:
        return ""
    of = "options" if "options_oracle" in folds else "epoch"
    if not {f"{of}_oracle", f"{of}_last"} <= set(folds):
        return ""
    keys = ["seed", "dataset", "subject", "clip"]
    both = evidence.table.merge(oracle, on=keys, suffixes=("", "_oracle"))
    moved = folds[folds[f"{of}_oracle"] != folds[f"{of}_last"]]
    if len(both) < len(evidence.table) or moved.empty or (both["prediction"] != both["prediction_oracle"]).any():
        return ""
    shared = [str(column) for column in both if str(column).startswith(PREFIX) and f"{column}_oracle" in both]
    if any(not np.allclose(both[column], both[f"{column}_oracle"]) for column in shared):
        return ""  # equal answers of two epochs with unequal confidence
    chosen = zip(moved["seed"], moved["fold"], moved[f"{of}_oracle"], strict=True)
    names = [f"seed {seed} fold {fold}: {of} {choice}" for seed, fold, choice in chosen]
    return f"predictions.csv equals predictions-oracle.csv, though folds differ in {of}: {listing(names)}"
