"""The auditor on files: finds the official list of clips for them, and tells what it found in plain text."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..datasets.official import official_clips
from ..evaluation.audit import Evidence, Finding, audit, read_evidence
from .tables import WIDTH


def gather(path: Path, claims: Mapping[str, float] | None = None, clips: str = "auto") -> Evidence:
    """Read a run folder, a predictions CSV or a MEGC2019 log, and put the official list of its clips beside it.

    Args:
        path: see `read_evidence`.
        claims: measure -> claimed value; for a run folder those of results.json by default.
        clips: which list of clips must be tested, see `official_clips`; "none" for no list. With "auto" whole parts of
            it may be absent, which is said; with a list that is asked for by name they may not.

    Raises:
        DatasetError: a file is missing or cannot be read.
    """
    evidence = read_evidence(path, claims)
    if clips == "none":
        return evidence
    official, asked = official_clips(clips, evidence.table), clips != "auto"
    return replace(evidence, official=official, whole=asked or evidence.whole)


def audit_path(path: Path, claims: Mapping[str, float] | None = None, clips: str = "auto") -> list[Finding]:
    """Audit what `gather` reads; arguments and errors are its own."""
    return audit(gather(path, claims, clips))


def audit_text(path: Path, findings: Sequence[Finding]) -> str:
    """A block per check, the verdict first, at most 100 columns."""
    lines = [f"audit of {path}", ""]
    column = max(len(finding.check) for finding in findings) + 2
    for finding in findings:
        head = f"{finding.verdict:8}{finding.check:{column}}"
        lines += textwrap.wrap(head + finding.summary, WIDTH, subsequent_indent=" " * len(head), break_on_hyphens=False)
        for evidence in finding.evidence:
            lines += textwrap.wrap(
                evidence, WIDTH, initial_indent="          - ", subsequent_indent="            ", break_on_hyphens=False
            )
    counts = Counter(finding.verdict for finding in findings)
    verdict = "FAILED" if counts["FAIL"] else "no check failed"
    lines += ["", f"{verdict}: {counts['pass']} passed, {counts['FAIL']} failed, {counts['unseen']} could not be seen"]
    return "\n".join(lines)
