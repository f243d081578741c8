"""Were the right clips tested, each once, and do the labels belong to them?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pandas as pd

from ...types import LABELS, Clip
from ..people import dataset_name, person
from ..predictions import PREFIX
from .evidence import Evidence
from .finding import Finding, Verdict, listing

Key = tuple[str, str, str]
LOOSE = 0.01
"""How far a row of probabilities may be from 1: papers print two decimals."""
DIGITS = 1e-6
"""Tables keep six digits."""


def clips_complete(evidence: Evidence) -> Finding:
    """Every clip of the official list is predicted exactly once per seed, and no other.

    A whole part of the list that is absent is scope, and said; it is a fault where the run claims the composite.
    """
    name = "clips complete"
    table, keys = evidence.table, _keys(evidence)
    there = set(keys)
    faults = _per_seed(table, keys)
    if not evidence.official:
        verdict: Verdict = "FAIL" if faults else "pass"
        text = f"{len(there)} clips, each once per seed; there is no official list to compare them with."
        return Finding(name, verdict, faults[0] if faults else text, faults[1:])
    wanted = _official(evidence)
    strange = sorted(there - wanted.keys())
    if strange:
        faults.append(f"{len(strange)} clips are not in the official list: {listing(map(_name, strange))}")
    absent = wanted.keys() - there
    empty = {part for part, _, _ in wanted} - {part for part, _, _ in there}
    stray = sorted(key for key in absent if key[0] not in empty)
    if stray:
        faults.append(f"{len(stray)} clips are missing: {listing(map(_name, stray))}")
    scope = f"{len(there & wanted.keys())} of the {len(wanted)} clips of the official list"
    if empty:
        parts = f"the whole of {', '.join(sorted(empty))} is not there ({len(absent) - len(stray)} clips)"
        if evidence.whole:
            faults.append(f"{parts}, though the whole list is claimed")
        scope += f"; {parts}, so this is no score on the composite"
    if faults:
        return Finding(name, "FAIL", f"{scope}.", faults)
    return Finding(name, "pass", f"{scope}. Each clip stands once per seed.")


def _per_seed(table: pd.DataFrame, keys: pd.Series) -> list[str]:
    """Clips that stand twice within a seed, or not in every seed."""
    faults = []
    doubled = keys[pd.DataFrame({"seed": table["seed"], "key": keys}).duplicated()]
    if len(doubled):
        faults.append(f"{len(doubled)} rows repeat a clip within a seed: {listing(map(_name, doubled))}")
    recorded = table["dataset"] != "synthetic"  # each seed may have a synthetic data set of its own
    sets = {int(str(seed)): set(rows) for seed, rows in keys[recorded].groupby(table.loc[recorded, "seed"])}
    every = set().union(*sets.values())
    for seed, clips in sets.items():
        if clips != every:
            lost = sorted(every - clips)
            faults.append(f"seed {seed} lacks {len(lost)} clips that others have: {listing(map(_name, lost))}")
    return faults


def labels_match(evidence: Evidence) -> Finding:
    """The label of every clip is the official one, and no clip has two."""
    name = "labels belong to their clips"
    table, keys = evidence.table, _keys(evidence)
    pairs = pd.DataFrame({"key": keys, "label": table["label"]})[table["dataset"] != "synthetic"]
    torn = pairs.groupby("key")["label"].nunique()
    torn = torn[torn > 1]
    if len(torn):
        return Finding(name, "FAIL", f"{len(torn)} clips have two labels.", [listing(map(_name, torn.index))])
    wanted = _official(evidence)
    known = pairs[pairs["key"].isin(list(wanted))]
    if known.empty:
        return Finding(name, "unseen", "There is no official list to compare the labels with.")
    official = known["key"].map(wanted)
    wrong = known[known["label"] != official]
    if wrong.empty:
        return Finding(name, "pass", f"All {known['key'].nunique()} labels are those of the official list.")
    lines = [
        f"{_name(key)}: label {label}, official {wanted[key]}"
        for key, label in wrong.drop_duplicates().head(5).itertuples(index=False)
    ]
    if sorted(known["label"]) == sorted(official):
        lines.append(
            "sorted, the labels agree: they stand beside the wrong clips, as when lists are joined by position"
        )
    return Finding(name, "FAIL", f"{len(wrong)} of {len(known)} rows have another label than the official list.", lines)


def probabilities_match(evidence: Evidence) -> Finding:
    """The prediction is the class of the highest probability, and probabilities are some."""
    name = "predictions fit probabilities"
    columns = [PREFIX + label for label in evidence.classes if PREFIX + label in evidence.table]
    if len(columns) < 2:
        return Finding(name, "unseen", "The table holds no class probabilities.")
    values = evidence.table[columns].to_numpy(float)
    rows = evidence.table["prediction"].to_numpy()
    odd = ~np.isfinite(values).all(axis=1) | (np.abs(values.sum(axis=1) - 1) > LOOSE) | (values < 0).any(axis=1)
    if odd.any():
        shown = [listing(_rows(evidence.table[odd]))]
        return Finding(name, "FAIL", f"{odd.sum()} of {len(rows)} rows hold no probabilities that sum to 1.", shown)
    wrong = values[np.arange(len(rows)), rows] < values.max(axis=1) - DIGITS
    if wrong.any():
        shown = [listing(_rows(evidence.table[wrong])), "as when columns of different clips are put together"]
        text = f"{wrong.sum()} of {len(rows)} predictions are not the class of the highest probability."
        return Finding(name, "FAIL", text, shown)
    return Finding(name, "pass", "Every prediction is the class of the highest probability.")


def _rows(table: pd.DataFrame) -> list[str]:
    return ["/".join(map(str, names)) for names in table[["dataset", "subject", "clip"]].to_numpy().tolist()]


def _keys(evidence: Evidence) -> pd.Series:
    """Data set, person and clip, so that spelling does not matter."""
    table = evidence.table
    triples = zip(table["dataset"], evidence.people, table["clip"], strict=True)
    return pd.Series([(dataset_name(part), who, clip.strip().casefold()) for part, who, clip in triples], table.index)


def _official(evidence: Evidence) -> Mapping[Key, int]:
    """Labels of the list as indexes into the table's classes."""
    return _labels(tuple(evidence.official), evidence.classes)


@lru_cache(maxsize=2)
def _labels(clips: tuple[Clip, ...], classes: tuple[str, ...]) -> Mapping[Key, int]:
    usual = set(classes) == set(LABELS)  # they may stand in another order
    place = {index: classes.index(name) for index, name in enumerate(LABELS)} if usual else {}
    return {
        (dataset_name(clip.dataset), person(clip), clip.clip.strip().casefold()): place.get(clip.label, clip.label)
        for clip in clips
    }


def _name(key: Key) -> str:
    return f"{key[1]}/{key[2]}"
