"""Runs side by side: which ones there are, which ones the auditor believes, and in which order they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import DatasetError
from ..evaluation import class_names
from ..evaluation.audit import Evidence, Finding, audit
from ..evaluation.protocols.loso import ONE_PERSON
from .audit import gather
from .published import Published, beside

UNTOLD = "not told"


@dataclass(frozen=True, eq=False)
class Standing:
    """One run with its audit. Scores are those of results.json, as the auditor checked them."""

    name: str
    """The run's folder, with as many parents as it takes to tell the runs apart."""
    evidence: Evidence
    findings: Sequence[Finding]

    @property
    def overall(self) -> Mapping[str, Any]:
        """Scores over all tested clips."""
        overall: Mapping[str, Any] = self.evidence.results["overall"]
        return overall

    @property
    def parts(self) -> Mapping[str, Mapping[str, Any]]:
        """Scores per data set."""
        parts: Mapping[str, Mapping[str, Any]] = self.evidence.results.get("parts", {})
        return parts

    @property
    def failed(self) -> list[str]:
        """Names of the checks that failed."""
        return [finding.check for finding in self.findings if finding.verdict == "FAIL"]

    @property
    def unseen(self) -> int:
        """Checks that the run's files do not allow."""
        return sum(finding.verdict == "unseen" for finding in self.findings)

    @property
    def synthetic(self) -> bool:
        """Whether nothing recorded was tested."""
        told = self.evidence.results.get("tested_on", {}).get("recorded")
        return told is False or bool((self.evidence.table["dataset"] == "synthetic").all())

    @property
    def model(self) -> str:
        """The recogniser's name."""
        return str(self.evidence.results.get("model") or self.evidence.recipe.get("model", {}).get("name", UNTOLD))

    @property
    def feature(self) -> str:
        """The input's name, "" where the recipe does not say."""
        return str(self.evidence.recipe.get("features", {}).get("name", ""))

    @property
    def data(self) -> str:
        """What its folds trained on: synthetic, recorded or both."""
        return str(self.evidence.recipe.get("train", {}).get("data", UNTOLD))

    @property
    def trained_on(self) -> str:
        """`data`, and the synthetic clips of a pre-training before it."""
        pretrained = self.evidence.recipe.get("pretrain", {}).get("epochs", 0)
        return f"synthetic, then {self.data}" if pretrained else self.data

    @property
    def protocol(self) -> str:
        """By which clips were split."""
        return str(self.evidence.results.get("protocol", UNTOLD))

    @property
    def selection(self) -> str:
        """The rule by which the epoch of the headline was chosen."""
        return str(self.evidence.results.get("selection", UNTOLD))

    @property
    def seeds(self) -> int:
        """How many seeds the scores are means of."""
        return int(self.evidence.table["seed"].nunique())

    def chosen_by(self, rule: str) -> float | None:
        """UF1 had the epochs been chosen by "inner" or "oracle", where the run recorded it."""
        value = self.evidence.results.get("selections", {}).get(rule, {}).get("overall", {}).get("uf1")
        return None if value is None else float(value)

    @property
    def paper(self) -> Published | None:
        """The printed row of this recogniser, where the clips are those of the printed figures or a part of them."""
        return beside(self.model, self.feature) if self.evidence.official else None

    @property
    def part_of_composite(self) -> bool:
        """Whether clips of the composite are missing."""
        return 0 < len(self.clips) < len(self.evidence.official)

    @property
    def other_protocol(self) -> bool:
        """Whether the composite was not tested one subject at a time, as the printed figures are."""
        return bool(self.evidence.official) and self.protocol not in ONE_PERSON

    @cached_property
    def clips(self) -> frozenset[tuple[str, str, str, int]]:
        """What was tested: data set, subject, clip, label."""
        columns = [self.evidence.table[name] for name in ("dataset", "subject", "clip", "label")]
        return frozenset(zip(*columns, strict=True))

    def same_clips(self, other: Standing) -> bool:
        """Whether both were tested on the same clips with the same labels and classes."""
        tables = (self.evidence.table, other.evidence.table)
        return self.clips == other.clips and class_names(tables[0]) == class_names(tables[1])


@dataclass(frozen=True)
class Standings:
    """All runs, each in one of three groups, each group from the highest overall UF1 down."""

    ranked: Sequence[Standing]
    """No check failed, and recorded clips were tested."""
    synthetic: Sequence[Standing]
    """Tested on synthetic clips only: no result about people."""
    failing: Sequence[Standing]
    """A check of the auditor failed."""
    left_out: Sequence[str]
    """Folders that hold predictions and no results: unfinished runs."""

    @property
    def every(self) -> list[Standing]:
        """The three groups one after another."""
        return [*self.ranked, *self.synthetic, *self.failing]


def read_standings(paths: Iterable[Path]) -> Standings:
    """Read and audit runs.

    Args:
        paths: run folders, or folders that hold run folders.

    Raises:
        DatasetError: a path is no run and holds none, or a run lacks a file or its scores.
    """
    runs, left_out = _find(paths)
    standings = [_read(name, path) for name, path in zip(_names(runs), runs, strict=True)]
    standings.sort(key=lambda standing: (-standing.overall["uf1"], standing.name))
    failing = [standing for standing in standings if standing.failed]
    honest = [standing for standing in standings if not standing.failed]
    return Standings(
        [standing for standing in honest if not standing.synthetic],
        [standing for standing in honest if standing.synthetic],
        failing,
        [path.name for path in left_out],
    )


def _find(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    runs: list[Path] = []
    left_out: list[Path] = []
    for path in paths:
        if (path / "results.json").is_file():
            runs.append(path.resolve())
            continue
        children = sorted(child.resolve() for child in path.iterdir() if child.is_dir()) if path.is_dir() else []
        found = [child for child in children if (child / "results.json").is_file()]
        if not found:
            raise DatasetError(
                f"{path} is no run folder and holds none." if path.is_dir() else f"There is no folder {path}.",
                expected="results.json in it, or in a folder one level below",
                got=", ".join(sorted(item.name for item in path.iterdir())[:10]) if path.is_dir() else "",
                where=str(path.resolve()),
                cure="name folders that `fleeting train` or `fleeting evaluate` wrote",
            )
        runs += found
        left_out += [child for child in children if child not in found and (child / "predictions.csv").is_file()]
    return list(dict.fromkeys(runs)), list(dict.fromkeys(left_out))


def _names(paths: Sequence[Path]) -> list[str]:
    """As few folder names as tell the paths apart."""
    for depth in range(1, max(len(path.parts) for path in paths) + 1):
        names = ["/".join(path.parts[-depth:]) for path in paths]
        if len(set(names)) == len(names):
            break
    return names


def _read(name: str, path: Path) -> Standing:
    evidence = gather(path)
    overall = evidence.results.get("overall", {})
    absent = [key for key in ("uf1", "uf1_interval", "uar", "clips", "subjects") if key not in overall]
    if absent:
        raise DatasetError(
            "results.json has no scores for a leaderboard.",
            expected=f'{", ".join(absent)} in its table "overall"',
            where=str(path / "results.json"),
            cure=f"score the run again: fleeting evaluate {name} --out AGAIN",
        )
    return Standing(name, evidence, audit(evidence))
