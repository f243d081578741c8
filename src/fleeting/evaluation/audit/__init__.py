"""The auditor: what can be shown to be wrong with a score, from the files that come with it."""

from __future__ import annotations

from .claims import claim_pooled, claim_recomputed, protocol_kept
from .clips import clips_complete, labels_match, probabilities_match
from .epochs import epoch_fixed, no_selection_signature
from .evidence import Evidence, read_evidence
from .finding import Finding, Verdict
from .leaks import donors_apart, fitted_on_training, subjects_apart

CHECKS = (
    subjects_apart,
    donors_apart,
    fitted_on_training,
    epoch_fixed,
    no_selection_signature,
    clips_complete,
    labels_match,
    probabilities_match,
    protocol_kept,
    claim_pooled,
    claim_recomputed,
)
"""Every check, in the order in which they are reported: Evidence -> Finding."""

__all__ = ["CHECKS", "Evidence", "Finding", "Verdict", "audit", "read_evidence"]


def audit(evidence: Evidence) -> list[Finding]:
    """Run every check; one that needs what is not there answers "unseen", never "pass"."""
    return [check(evidence) for check in CHECKS]
