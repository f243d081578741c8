"""`fleeting inspect`: look at a synthetic data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import DatasetError, OptionsError
from ..files import atomic_write
from ..seeds import stream
from .contact_sheet import contact_sheet, encoded
from .figures import webp
from .flicker import animated, flicker
from .flow_panels import sample_panels
from .made import describe
from .pages import data_uri, write_page
from .samples import Selection, Shown, select

SUFFIXES = (".html", ".png", ".gif")


def inspect_dataset(root: Path, out: Path, *, samples: int = 24, seed: int = 0) -> Path:
    """Write pictures of the data set at `root`.

    Args:
        root: a folder that `fleeting synthesize` wrote.
        out: FILE.html for one page with everything, FILE.png for the contact sheet, FILE.gif for the flicker in grey.
        samples: how many samples the contact sheet shows; every class and source gets at least one.
        seed: decides which ones.

    Returns:
        `out`.

    Raises:
        OptionsError: another suffix, or fewer than one sample.
        DatasetError: the folder is no synthetic data set, or a flicker is asked of one without pixels.
        ManifestError: the data set contradicts its manifest, or an image is damaged.
    """
    kind = out.suffix.lower()
    if kind not in SUFFIXES:
        raise OptionsError(
            "The kind of picture follows from the file's ending.",
            expected="FILE.html (everything), FILE.png (contact sheet) or FILE.gif (flicker)",
            got=out.name,
            where="--out",
        )
    if samples < 1:
        raise OptionsError("There must be something to see.", expected="1 or more", got=str(samples), where="--samples")
    if not (root / "manifest.parquet").is_file():
        raise DatasetError(
            f"{root} is no synthetic data set.",
            expected="a folder with manifest.parquet and shards/",
            where=str(root.resolve()),
            cure="name the folder that `fleeting synthesize` wrote; if it was interrupted, run it again",
        )
    selection = select(root, samples, stream(seed, "inspect"))
    if kind == ".html":
        return _page(root, out, selection)
    content = (
        encoded(contact_sheet(selection), "PNG") if kind == ".png" else animated(flicker(selection, grey=True), "GIF")
    )
    with atomic_write(out) as file:
        file.write(content)
    return out


def pictures(selection: Selection, panels: Sequence[Shown]) -> dict[str, str | None]:
    """Contact sheet, flicker (None without pixels) and flow panels of some of the samples, as data URIs."""
    pixels = selection.holds == "frames"
    return {
        "sheet": data_uri("image/webp", encoded(contact_sheet(selection), "WEBP")),
        "flicker": data_uri("image/webp", animated(flicker(selection, grey=False), "WEBP")) if pixels else None,
        "panels": webp(sample_panels(panels, pixels=pixels)),
    }


def _page(root: Path, out: Path, selection: Selection) -> Path:
    return write_page(
        out,
        "inspect.html.j2",
        name=root.resolve().name,
        made=describe([root]),
        holds=selection.holds,
        frames=len(selection.shown[0].images),
        pictures=pictures(selection, selection.one_each()),
    )
