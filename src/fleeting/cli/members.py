"""fleeting models, features, datasets, generators, faces: what can be named in a recipe."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Annotated

import typer

FAMILIES = {
    "models": ("models", "MODELS"),
    "features": ("features", "FEATURES"),
    "datasets": ("datasets", "DATASETS"),
    "generators": ("generators", "GENERATORS"),
    "faces": ("faces", "FACES"),
    "action-units": ("action_units", "ACTION_UNITS"),
}
"""Verb -> package and the name of its dict."""


def lister(family: str) -> Callable[[str], None]:
    """The command that lists one family."""

    def command(pattern: Annotated[str, typer.Argument(metavar="PATTERN", help='For example "*net*".')] = "*") -> None:
        package, name = FAMILIES[family]
        members = getattr(importlib.import_module(f"fleeting.{package}"), name)
        for member in members.list(pattern):
            purpose = (members.load(member).__doc__ or "").strip().splitlines()[0]
            typer.echo(f"{member:16} {purpose}")

    return command
