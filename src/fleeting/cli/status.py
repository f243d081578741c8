"""fleeting status."""

from __future__ import annotations

from typing import Annotated

import typer


def command(
    dataset: Annotated[str, typer.Argument(metavar="DIR", help="What `fleeting synthesize --out` named.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """How far the run of a data set is: state, rate, time left, failures by reason. Exit code 0, or 1 if it died.

    Example: fleeting status data/mie-x
    """
    import json
    from dataclasses import asdict

    from ..synthesis import report

    status = report(dataset)
    if as_json:
        typer.echo(json.dumps(asdict(status)))
        raise typer.Exit(1 if status.state in ("dead", "failed") else 0)
    failed = sum(status.failed.values())
    typer.echo(f"{dataset}: {status.state}; {status.done} of {status.planned} samples, {failed} failed")
    typer.echo(f"  {status.executor} on {status.host}, process {status.pid}, {status.workers or 'all'} workers")
    left = f", {status.eta:.0f} s left" if status.eta is not None and status.state == "running" else ""
    typer.echo(f"  {status.rate:.1f} samples/s{left}; started {status.started}, updated {status.updated}")
    for reason, number in status.failed.items():
        typer.echo(f"  {number} failed: {reason}")
    for line in status.error.splitlines():
        typer.echo(f"  {line}")
    if status.state not in ("running", "done"):
        typer.echo("  run the same `fleeting synthesize` again; it goes on with what is missing")
    raise typer.Exit(1 if status.state in ("dead", "failed") else 0)
