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
    """Look for what inflates scores.

    That is leaks, chosen epochs, lost clips, mixed-up labels, fold means and wrong sums. Exit code 0: no check failed;
    1: one did. "unseen" means that the input cannot show it: a table of predictions does not say who was trained on, a
    run folder of Fleeting does.

    Example: fleeting audit runs/recorded
    """
    from ..errors import OptionsError
    from ..reports.audit import audit_path, audit_text

    claims = {}
    for text in claim or ():
        measure, _, value = text.partition("=")
        name = measure.strip().lower()
        try:
            claims[name] = float(value)
        except ValueError:
            name = ""
        if name not in ("uf1", "uar", "war") or not 0 <= claims[name] <= 1:
            expected = "uf1=0.712, uar=... or war=..., a share and no percentage"
            raise OptionsError("A claim was not understood.", expected=expected, got=text)
    findings = audit_path(path, claims, clips)
    typer.echo(audit_text(path, findings))
    raise typer.Exit(1 if any(finding.verdict == "FAIL" for finding in findings) else 0)
