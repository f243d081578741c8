"""What a recipe says about synthesis."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ..action_units import ActionUnitsOptions
from ..faces import FacesOptions
from ..options import Options
from ..types import LABELS

MOST = 10**9
"""Samples of one data set: keys have nine digits."""


class OutputOptions(Options):
    """How many samples are made, and what is written."""

    seed: int = 0
    """Seed of the run: same recipe, same seed, same bytes on CPU, whatever the number of workers."""
    identities: int = Field(100, ge=1)
    """How many faces; numbers beyond the source's own faces are seeded variations of them."""
    per_class: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    """Samples per identity and class of each action-unit source, 1 where not named (the paper: 1 of each)."""
    output: Literal["frames", "flow"] = "frames"
    """frames: images; flow: u/v/strain images of the exact motion plus the flow noise model, and no pixels."""
    format: Literal["jpeg", "png"] = "jpeg"
    """File format of frames."""
    quality: int = Field(95, ge=50, le=100)
    """JPEG quality; chroma is never subsampled, because the motion is below a pixel."""
    shard_size: int = Field(450, ge=1)
    """Samples per shard."""


class GeneratorOptions(Options):
    """Which generator draws the frames."""

    name: str = "warp"
    """Member of the family `generators`."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Its own options."""


class SynthesisRecipe(Options):
    """The tables of a recipe that `fleeting synthesize` reads."""

    synthesis: OutputOptions = OutputOptions()
    faces: FacesOptions = FacesOptions()
    action_units: ActionUnitsOptions = ActionUnitsOptions()
    generator: GeneratorOptions = GeneratorOptions()

    @model_validator(mode="after")
    def _known_sources(self) -> Self:
        for name in self.synthesis.per_class:
            if name not in self.action_units.sources:
                raise PydanticCustomError(
                    "per_class", f"synthesis.per_class names {name!r}, which is not among action_units.sources"
                )
        return self

    @model_validator(mode="after")
    def _countable(self) -> Self:
        if self.planned > MOST:
            raise PydanticCustomError("planned", f"these are {self.planned} samples, expected at most {MOST}")
        return self

    @property
    def draws(self) -> list[tuple[str, int]]:
        """What is drawn per identity and class: (action-unit source, running number within it)."""
        counts = self.synthesis.per_class
        return [(name, draw) for name in self.action_units.sources for draw in range(counts.get(name, 1))]

    @property
    def planned(self) -> int:
        """Number of samples."""
        return self.synthesis.identities * len(self.draws) * len(LABELS)

    @property
    def shards(self) -> int:
        """Number of shards."""
        return -(-self.planned // self.synthesis.shard_size)
