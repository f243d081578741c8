"""Protocols, metrics and their uncertainty: numpy, scipy and scikit-learn only, no torch."""

from .metrics import confusion, f1_of_means, fold_mean, per_class, subject_mean_accuracy, uar, uf1, war, weighted_f1
from .people import person
from .power import PowerNote, power_note
from .predictions import check_predictions, class_names, read_predictions, write_predictions
from .protocols import PROTOCOLS, Protocol, create_protocol, inner_split, list_protocols
from .scores import score
from .significance import Comparison, holm, paired_permutation
from .splits import Split
from .uncertainty import subject_interval

__all__ = [
    "PROTOCOLS",
    "Comparison",
    "PowerNote",
    "Protocol",
    "Split",
    "check_predictions",
    "class_names",
    "confusion",
    "create_protocol",
    "f1_of_means",
    "fold_mean",
    "holm",
    "inner_split",
    "list_protocols",
    "paired_permutation",
    "per_class",
    "person",
    "power_note",
    "read_predictions",
    "score",
    "subject_interval",
    "subject_mean_accuracy",
    "uar",
    "uf1",
    "war",
    "weighted_f1",
    "write_predictions",
]
