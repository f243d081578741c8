"""Protocols, metrics and their uncertainty: numpy, scipy and scikit-learn only, no torch."""

from .metrics import confusion, per_class, uar, uf1, war
from .predictions import check_predictions, read_predictions, write_predictions
from .protocols import Split, direct, holdout, k_fold, leave_one_subject_out, subject_key
from .scores import score
from .uncertainty import subject_interval

__all__ = [
    "Split",
    "check_predictions",
    "confusion",
    "direct",
    "holdout",
    "k_fold",
    "leave_one_subject_out",
    "per_class",
    "read_predictions",
    "score",
    "subject_interval",
    "subject_key",
    "uar",
    "uf1",
    "war",
    "write_predictions",
]
