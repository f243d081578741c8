"""What a preset fixes, and what a recipe's own options change in it."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from ..errors import OptionsError
from ..options import Options
from .options import ActionUnitsOptions, Choice, ExpertTable
from .packaged import read_tables
from .timing import ApexRule


class MicroRules(Options):
    """The preset's part of MicroOptions, nothing left open."""

    choice: Choice
    early_apex_datasets: tuple[str, ...]


class MacroRules(Options):
    """The preset's part of MacroOptions, nothing left open."""

    choice: Choice
    alpha: float
    beta: float
    apex_rule: ApexRule
    ck_plus_labels: Literal["ck+", "ck+-miex"]


class ExpertRules(Options):
    """The preset's part of ExpertOptions, nothing left open."""

    table: ExpertTable
    mu: float
    nu: float
    allow_empty: bool


class Rules(Options):
    """All that a preset fixes."""

    micro: MicroRules
    macro: MacroRules
    expert: ExpertRules


def rules_of(options: ActionUnitsOptions) -> Rules:
    """The preset's values, each replaced where the options state their own.

    Source: MiE-X paper and public code; tables/presets.toml.

    Raises:
        OptionsError: alpha > beta or mu > nu after that.
    """
    fixed = _presets()[options.preset]
    merged = {}
    for part, given in (("micro", options.micro), ("macro", options.macro), ("expert", options.expert)):
        own = {key: getattr(given, key) for key in fixed[part] if getattr(given, key) is not None}
        merged[part] = fixed[part] | own
    rules = Rules.parse(merged, where="action_units")
    for part, low, high in (("macro", "alpha", "beta"), ("expert", "mu", "nu")):
        values = merged[part]
        if values[low] > values[high]:
            raise OptionsError(
                f"{part}.{low} is above {part}.{high}.",
                expected=f"{low} <= {high}",
                got=f"{low} = {values[low]}, {high} = {values[high]} (preset {options.preset!r} where not given)",
                where=f"action_units.{part}",
            )
    return rules


@cache
def _presets() -> dict[str, dict[str, dict[str, Any]]]:
    return read_tables("presets.toml")
