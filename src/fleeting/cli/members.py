"""fleeting models, features, datasets, generators, faces, action-units, protocols: what a recipe can name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

FAMILIES = {
    "models": ("models", "MODELS"),
    "features": ("features", "FEATURES"),
    "datasets": ("datasets", "DATASETS"),
    "generators": ("generators", "GENERATORS"),
    "faces": ("faces", "FACES"),
    "action-units": ("action_units", "ACTION_UNITS"),
    "protocols": ("evaluation", "PROTOCOLS"),
}
"""Verb -> package and the name of its dict."""


def lister(family: str) -> Callable[[str], None]:
    """The command that lists one family."""

    def command(pattern: Annotated[str, typer.Argument(metavar="PATTERN", help='For example "*net*".')] = "*") -> None:
        package, name = FAMILIES[family]
        members = getattr(importlib.import_module(f"fleeting.{package}"), name)
        names = members.list(pattern)
        purposes = _models(names) if family == "models" else [_purpose(members.load(name)) for name in names]
        wide = max(map(len, names), default=0)
        for member, purpose in zip(names, purposes, strict=True):
            typer.echo(f"{member:{wide}}  {purpose}")

    return command


def _purpose(member: Any) -> str:
    return (member.__doc__ or "").strip().splitlines()[0]


def _models(names: Sequence[str]) -> list[str]:
    """Channels, size in px, parameters for three classes, licence and source of each, in columns."""
    from ..models.listing import summary

    rows = [summary(name) for name in names]
    wide = max((len(row.channels) for row in rows), default=0)
    owned = max((len(row.licence) for row in rows), default=0)
    return [
        f"{row.channels:{wide}}  {row.size:9}  {row.parameters:>11,}  {row.licence:{owned}}  {row.source}"
        for row in rows
    ]
