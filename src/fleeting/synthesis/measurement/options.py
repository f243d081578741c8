"""What `fleeting measure-generator` is asked for."""

from __future__ import annotations

import re
from typing import Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ...errors import OptionsError
from ...faces import FacesOptions
from ...options import Options, override
from ...types import AU_NUMBERS


class MeasurementOptions(Options):
    """Which generators are measured, on what."""

    generators: tuple[str, ...] = Field(min_length=1)
    """Each "NAME" or "NAME:key=value,key=value", options as in a recipe's [generator.options]."""
    faces: FacesOptions = FacesOptions()
    """The faces that they are given."""
    identities: int = Field(20, ge=1)
    """How many faces."""
    first: int = Field(0, ge=0)
    """Number of the first of them: a network that was trained on a source's first faces is measured on later ones."""
    action_units: tuple[int, ...] = AU_NUMBERS
    """The action units that are asked for, each alone."""
    samples: int = Field(300, ge=0)
    """Expressions that are set against recorded clips; 0 = none."""
    seed: int = 0
    """Decides all chance: same options, same bytes on CPU."""

    @property
    def numbers(self) -> range:
        """Of the faces."""
        return range(self.first, self.first + self.identities)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        unknown = [number for number in self.action_units if number not in AU_NUMBERS]
        if unknown or not self.action_units or len(set(self.action_units)) != len(self.action_units):
            known = ", ".join(map(str, AU_NUMBERS))
            raise PydanticCustomError("action_units", f"action_units: expected some of {known}, each once")
        if len(set(self.generators)) != len(self.generators):
            raise PydanticCustomError("generators", "generators: one stands there twice")
        return self


def parse_generator(text: str) -> tuple[str, dict[str, Any]]:
    """The name and the options in "NAME:key.path=value,key.path=value".

    Example:
        >>> parse_generator("warp:strength=0.5,nuisance.noise=[0, 1]")
        ('warp', {'strength': 0.5, 'nuisance': {'noise': [0, 1]}})

    Raises:
        OptionsError: there is no name, or a setting has no "=".
    """
    name, _, settings = text.partition(":")
    if not name:
        raise OptionsError("A generator has no name.", expected="NAME or NAME:key=value,key=value", got=text)
    return name, override({}, re.split(r",(?=[\w.]+=)", settings) if settings else [])
