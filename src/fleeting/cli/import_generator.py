"""fleeting import-generator."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="..._id_G.pth or ..._net_gen.pth.")],
    out: Annotated[Path, typer.Option(help="Folder of the checkpoint; it must not hold one.")],
    critic: Annotated[Path | None, typer.Option(help="..._id_D.pth or ..._net_dis.pth, to train on from.")] = None,
) -> None:
    """Turn the weights of a public GANimation implementation into ours.

    No code in the file is run. The folder is what the option `weights` of the generator `ganimation` takes.

    Example: fleeting import-generator 30_net_gen.pth --out weights/celeba
    """
    from ..generators.ganimation.public_weights import import_networks

    generator, digest = import_networks(file, out, critic)
    sizes = f"{generator.aus} action units, width {generator.width}, blocks {generator.blocks}"
    typer.echo(f"{out}: {sizes}, {sum(weight.numel() for weight in generator.parameters()):,} parameters")
    typer.echo(f"digest: {digest}")
