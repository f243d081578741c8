"""fleeting measure-generator."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .arguments import Settings


def command(
    generators: Annotated[
        list[str],
        typer.Argument(
            metavar="GENERATOR...", help='Members of `fleeting generators`, with options as "NAME:key=value,key=value".'
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for measurements.csv, results.json, report.html and examples/.")],
    identities: Annotated[int, typer.Option(min=1, help="How many faces each generator is given.")] = 20,
    size: Annotated[int, typer.Option(min=32, help="Width of the faces in px; a trained network has its own.")] = 128,
    aus: Annotated[str, typer.Option(metavar="N,N,...", help="Action units to ask for; all 17 where left out.")] = "",
    samples: Annotated[
        int, typer.Option(min=0, help="Expressions to set against recorded clips; 0 leaves that out.")
    ] = 300,
    seed: Annotated[int, typer.Option(help="Decides all chance.")] = 0,
    settings: Settings = None,
) -> None:
    """Measure generators side by side: dose curves, leakage, likeness, artefacts.

    Every action unit is asked for alone, at rising intensity. --set faces.KEY=VALUE names other faces, --set first=N
    those from number N on, which a training has not seen.

    Example: fleeting measure-generator warp "ganimation:weights=runs/gan" --out runs/measured
    """
    from ..options import override
    from ..reports.generator import write_generator_report
    from ..synthesis.measurement import MeasurementOptions, measure_generators

    tables = {
        "generators": generators,
        "faces": {"size": size},
        "identities": identities,
        "samples": samples,
        "seed": seed,
    }
    if aus:
        tables["action_units"] = aus.split(",")
    options = MeasurementOptions.parse(override(tables, settings or ()), where="measure-generator")
    measure_generators(options, out)
    for line in write_generator_report(out):
        typer.echo(line)
