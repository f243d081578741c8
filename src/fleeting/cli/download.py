"""fleeting download."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import OptionsError, nearest

NAMES = ("faker-portraits", "megc2019-flow")


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help=" or ".join(NAMES))],
    out: Annotated[Path | None, typer.Option(help="Where to; default: the cache folder, where recipes look.")] = None,
) -> None:
    """Show the licence of a public data set and download it.

    Every file is checked by its sha256. With FLEETING_MIRROR set, files come from that folder and nothing is
    downloaded.

    Example: fleeting download faker-portraits
    """
    if name == "faker-portraits":
        from ..faces import portraits

        typer.echo(portraits.download(out))
    elif name == "megc2019-flow":
        from ..datasets.megc2019_flow import Megc2019Flow

        typer.echo(Megc2019Flow.citation(), err=True)
        dataset = Megc2019Flow.download(out)
        typer.echo(f"{dataset.root}: {len(dataset.clips())} clips")
        for part, clips in dataset.missing().items():
            if clips:
                typer.echo(f"  missing: {len(clips)} clips of {part}")
    else:
        raise OptionsError(f"There is no download {name!r}.", expected=nearest(name, NAMES), got=name)
