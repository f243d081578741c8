"""Face + action units -> frames."""

from __future__ import annotations

from typing import Any

from ..families import Family
from .generator import DrawsTogether, Generator, KnowsMask, KnowsMotion

GENERATORS = Family(
    "generators",
    {
        "warp": "fleeting.generators.warp:WarpGenerator",
        "still": "fleeting.generators.still:StillGenerator",
        "ganimation": "fleeting.generators.ganimation.generator:GanimationGenerator",
    },
)


def create_generator(name: str, /, **options: Any) -> Generator:
    """Make the generator `name` with its own options.

    Raises:
        OptionsError: no such generator, or an option is wrong.
    """
    kind = GENERATORS.load(name)
    generator: Generator = kind(kind.Options.parse(options, where=f"generator.options of {name}"))
    return generator


__all__ = ["GENERATORS", "DrawsTogether", "Generator", "KnowsMask", "KnowsMotion", "create_generator"]
