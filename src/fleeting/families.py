"""A family is a plain dict of name -> "module:Class"; third parties add to it by the entry point group of its name."""

from __future__ import annotations

import fnmatch
import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from .errors import OptionsError, nearest


class Family:
    """Finds the members of one family: models, generators, faces, features, datasets or action_units."""

    def __init__(self, name: str, members: Mapping[str, str]) -> None:
        self.name, self._members = name, dict(members)

    def members(self) -> dict[str, str]:
        """Map name to "module:Class": ours and those of installed plug-ins (entry point group "fleeting.<family>").

        Raises:
            OptionsError: a plug-in claims a name that is taken.
        """
        found = dict(self._members)
        for point in entry_points(group=f"fleeting.{self.name}"):
            if point.name in found:
                raise OptionsError(
                    f"Two {self.name} are called {point.name!r}.",
                    got=f"{found[point.name]} and {point.value}",
                    cure="rename the plug-in's entry point or uninstall it",
                )
            found[point.name] = point.value
        return found

    def list(self, pattern: str = "*") -> list[str]:
        """The names that match a shell pattern such as "*net*", sorted."""
        return sorted(fnmatch.filter(self.members(), pattern))

    def load(self, name: str) -> Any:
        """The class called `name`.

        Raises:
            OptionsError: there is no such member; the text names the nearest one.
        """
        members = self.members()
        if name not in members:
            raise OptionsError(f"There is no {name!r} in {self.name}.", expected=nearest(name, members), got=name)
        module, _, attribute = members[name].partition(":")
        return getattr(importlib.import_module(module), attribute)
