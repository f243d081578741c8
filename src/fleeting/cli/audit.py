"""fleeting audit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A run folder, a predictions CSV, or a MEGC2019 log.")],
    claim: Annotated[
        list[str] | None, typer.Option(metavar="MEASURE=VALUE", help="A claimed uf1, uar or war in 0..1; repeatable.")
    ] = None,
    clips: Annotated[
        str, typer.Option(metavar="LIST", help="What has to be tested: auto, megc2019, none, or a CSV with labels.")
    ] = "auto",
) -> None:
    """Look for what inflates scores: leaks, chosen epochs, lost clips, mixed-up labels, fold means, wrong sums.

    Exit code 0: no check failed; 1: one did. "unseen" means that the input cannot show it: a table of predictions
    does not say who was trained on, a run folder of Fleeting does.

    Example: fleeting audit runs/recorded
    """
    from ..errors import OptionsError
    from ..reports.audit import audit_path, audit_text

    claims = {}
    for text in claim or ():
        measure, equals, value = text.partition("=")
        try:
            claims[measure.strip().lower()] = float(value)
        except ValueError:
            equals = ""
        if not equals or measure.strip().lower() not in ("uf1", "uar", "war"):
            raise OptionsError("A claim was not understood.", expected="uf1=0.712, uar=... or war=...", got=text)
    findings = audit_path(path, claims, clips)
    typer.echo(audit_text(path, findings))
    raise typer.Exit(1 if any(finding.verdict == "FAIL" for finding in findings) else 0)
