"""Protocols: pure objects that turn labelled clips into splits. A score without its protocol says nothing."""

from __future__ import annotations

from typing import Any

from ...families import Family
from .inner import inner_split
from .protocol import Protocol

PROTOCOLS = Family(
    "protocols",
    {
        "cdmer": "fleeting.evaluation.protocols.cdmer:Cdmer",
        "direct": "fleeting.evaluation.protocols.synthetic_only:Direct",
        "hde": "fleeting.evaluation.protocols.cross:Hde",
        "holdout": "fleeting.evaluation.protocols.synthetic_only:Holdout",
        "kfold": "fleeting.evaluation.protocols.kfold:KFold",
        "lodo": "fleeting.evaluation.protocols.cross:Lodo",
        "loso": "fleeting.evaluation.protocols.loso:Loso",
        "megc2019-cde": "fleeting.evaluation.protocols.loso:Megc2019Cde",
    },
)

__all__ = ["PROTOCOLS", "Protocol", "create_protocol", "inner_split", "list_protocols"]


def create_protocol(name: str, /, **options: Any) -> Protocol:
    """Build a protocol.

    Example:
        >>> create_protocol("kfold", folds=3).name
        'kfold'

    Raises:
        OptionsError: there is no such protocol, or it has no such option.
    """
    kind = PROTOCOLS.load(name)
    protocol: Protocol = kind(kind.Options.parse(options, f"the options of protocol {name}"))
    return protocol


def list_protocols(pattern: str = "*") -> list[str]:
    """The names that match a shell pattern, sorted."""
    return PROTOCOLS.list(pattern)
