"""Every error that Fleeting raises on purpose.

FleetingError
├── OptionsError        a recipe or an argument is wrong
├── ShapeError          an array has the wrong shape, type or range
├── ActionUnitError     an action-unit table or vector cannot be used
├── FaceError           an image cannot become a face
├── DatasetError        a data set on disk is missing, incomplete or damaged
├── ManifestError       a synthetic data set contradicts its own manifest
└── MissingExtraError   an optional dependency is not installed

The command line prints these without a traceback and ends with exit code 2.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class FleetingError(Exception):
    """Base of all: one sentence on what is wrong, then expected, got, where and what to do, each if known."""

    def __init__(self, problem: str, *, expected: str = "", got: str = "", where: str = "", cure: str = "") -> None:
        self.problem, self.expected, self.got, self.where, self.cure = problem, expected, got, where, cure
        facts = {"expected": expected, "got": got, "where": where, "what to do": cure}
        super().__init__("\n".join([problem, *(f"  {name}: {fact}" for name, fact in facts.items() if fact)]))

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the fields when a worker process sends the error to its parent."""
        return _rebuild, (type(self), self.problem, self.expected, self.got, self.where, self.cure)


class OptionsError(FleetingError):
    """A recipe or an argument is wrong."""


class ShapeError(FleetingError):
    """An array has the wrong shape, type or range."""


class ActionUnitError(FleetingError):
    """An action-unit table or vector cannot be used."""


class FaceError(FleetingError):
    """An image cannot become a face; `problem` is the reason that the data set records."""


class DatasetError(FleetingError):
    """A data set on disk is missing, incomplete or damaged."""


class ManifestError(FleetingError):
    """A synthetic data set contradicts its own manifest."""


class MissingExtraError(FleetingError):
    """An optional dependency is not installed."""

    def __init__(self, user: str, package: str, extra: str) -> None:
        super().__init__(
            f"{user} needs the package {package}, which is not installed.",
            cure=f"pip install 'fleeting[{extra}]'",
        )
        self.user, self.package, self.extra = user, package, extra

    def __reduce__(self) -> tuple[object, ...]:
        return MissingExtraError, (self.user, self.package, self.extra)


def nearest(name: str, names: Iterable[str]) -> str:
    """A sentence that lists the allowed names and ends with the one that looks like `name`, if any does."""
    choices = sorted(names)
    close = difflib.get_close_matches(name, choices, n=1, cutoff=0.5)
    listing = "one of " + ", ".join(choices) if choices else "no name is allowed here"
    return f"{listing}. Did you mean {close[0]!r}?" if close else listing


def _rebuild(kind: type[FleetingError], problem: str, expected: str, got: str, where: str, cure: str) -> FleetingError:
    return kind(problem, expected=expected, got=got, where=where, cure=cure)
