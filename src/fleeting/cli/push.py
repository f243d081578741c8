"""fleeting push."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="What `fleeting synthesize` or `fleeting export` wrote.")
    ],
    repository: Annotated[
        str, typer.Argument(metavar="REPO_ID", help="OWNER/NAME of a data-set repository; it is made if need be.")
    ],
    public: Annotated[bool, typer.Option("--public", help="Let everybody see it; else it is private.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would go; ask and send nothing.")] = False,
    rights_checked: Annotated[
        bool, typer.Option("--rights-checked", help="You have read licences of faces that Fleeting does not know.")
    ] = False,
) -> None:
    """Send a data set to the Hugging Face Hub.

    Run again, it sends only what is not there. Faces that may not be passed on are refused, and so is a data set that
    is not sound (exit code 1).

    Example: fleeting push data/mie-x-hf me/mie-x
    """
    from ..publishing.export import DONE
    from ..publishing.push import allowed, check_name, load, push
    from .export import check

    check_name(repository)
    if not (folder / DONE).is_file() and (folder / "manifest.parquet").is_file():
        check(folder)
    cargo = load(folder)
    for right in allowed(cargo, rights_checked):
        typer.echo(f"faces: {right}")
    if dry_run:
        for piece in cargo.pieces:
            typer.echo(f"{piece.size:>14,}  {piece.name}")
        seen = "public" if public else "private"
        typer.echo(f"would go to {repository} ({seen}): {len(cargo.pieces)} files, {cargo.bytes:,} bytes")
        return
    sent = push(cargo, repository, public=public)
    seen = "private" if sent["private"] else "public"
    typer.echo(f"{sent['url']} ({seen}): {sent['sent']} files sent, {sent['bytes']:,} bytes; {sent['kept']} were there")
