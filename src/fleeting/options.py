"""Recipes: TOML read into frozen pydantic options. An unknown key is an error that names the nearest known one."""

from __future__ import annotations

import copy
import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Self

import tomli_w
from pydantic import BaseModel, ConfigDict, ValidationError

from .errors import OptionsError, nearest
from .remote import AnyPath

Tables = dict[str, Any]

LARGEST = 4 << 20
"""Bytes of the longest recipe; ours have 2 kB."""
DEEPEST = 32
"""Tables and lists inside one another; no recipe needs more than six, and Python ends at some hundreds."""
SHOWN = 200
"""Characters of a wrong value that an error text repeats."""


class Options(BaseModel):
    """Base of every options class: frozen, unknown keys refused, defaults stated once."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)

    @classmethod
    def parse(cls, tables: Mapping[str, Any], where: str = "options") -> Self:
        """Check `tables` and return the options.

        Raises:
            OptionsError: lists every fault with its key path, what was expected and what came.
        """
        try:
            return cls.model_validate(dict(tables))
        except ValidationError as error:
            lines = [_fault(cls, item) for item in error.errors()]
            raise OptionsError("; ".join(lines) + ".", where=where, cure="correct the recipe or the --set") from None

    def digest(self) -> str:
        """The sha256 of the options' content, independent of key order."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


def read_toml(path: AnyPath) -> Tables:
    """Read a recipe.

    Raises:
        OptionsError: the file is missing, cannot be read, is not TOML, or is absurdly large or deep.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise OptionsError("The recipe is too large.", expected=f"at most {LARGEST} bytes", where=str(path))
        return _shallow(tomllib.loads(content.decode("utf-8-sig")))
    except FileNotFoundError:
        raise OptionsError(f"There is no recipe {path}.", where=str(path.resolve())) from None
    except OSError as error:
        raise OptionsError("The recipe cannot be read.", got=str(error), where=str(path)) from None
    except (ValueError, RecursionError) as error:  # besides TOMLDecodeError: no UTF-8, an endless number, deep lists
        raise OptionsError("The recipe is not valid TOML.", got=str(error), where=str(path)) from None


def override(tables: Tables, settings: Sequence[str]) -> Tables:
    """Apply `--set key.path=value` texts; a value is read as TOML and, failing that, as plain text.

    Example:
        >>> override({"model": {"name": "linear"}}, ["model.name=ststnet", "train.epochs=3"])
        {'model': {'name': 'ststnet'}, 'train': {'epochs': 3}}

    Raises:
        OptionsError: a text has no "=", goes through a key that is not a table, or nests too deep.
    """
    result = copy.deepcopy(tables)
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals or not path.strip():
            raise OptionsError("A --set was not understood.", expected="key.path=value", got=setting)
        *parents, last = path.strip().split(".")
        if len(parents) >= DEEPEST:
            raise OptionsError("A --set nests too deep.", expected=f"at most {DEEPEST} keys", got=_short(setting))
        table = result
        for key in parents:
            table = table.setdefault(key, {})
            if not isinstance(table, dict):
                raise OptionsError(f"--set {path}: {key!r} is a value, not a table.", got=setting)
        table[last] = _value(text)
    return result


def write_toml(tables: Mapping[str, Any], head: Sequence[str] = ()) -> str:
    """TOML text of `tables` without its None values, under comment lines `head`."""
    return "".join(f"# {line}\n" for line in head) + "\n" * bool(head) + tomli_w.dumps(_without_none(tables))


def _value(text: str) -> Any:
    try:
        return _shallow(tomllib.loads(f"value = {text}"))["value"]
    except (ValueError, RecursionError):
        return text


def _shallow(tables: Tables) -> Tables:
    """`tables`, or ValueError where they nest deeper than DEEPEST: what copies and prints them calls itself."""
    level: list[Any] = [tables]
    for _ in range(DEEPEST):
        inner = [list(item.values()) if isinstance(item, dict) else item for item in level]
        level = [item for items in inner for item in items if isinstance(item, dict | list)]
    if level:
        raise ValueError(f"tables and lists nest deeper than {DEEPEST}")
    return tables


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} ... ({len(text)} characters)"


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, list | tuple) else value


def _fault(cls: type[BaseModel], item: Any) -> str:
    path = _short(".".join(str(part) for part in item["loc"]))
    if item["type"] == "extra_forbidden":
        return f"unknown key {path!r}: expected {nearest(str(item['loc'][-1]), _siblings(cls, item['loc']))}"
    if item["type"] == "missing":
        return f"{path!r} is missing"
    return f"{path!r}: {item['msg']}, got {_short(repr(item['input']))}"


def _siblings(cls: type[BaseModel], location: Sequence[Any]) -> list[str]:
    """The field names that stand beside the key at `location`, found by walking the annotations."""
    model: Any = cls
    for key in location[:-1]:
        if isinstance(key, int):  # the place in a list, whose item class is already found
            continue
        annotation = model.model_fields[key].annotation if key in getattr(model, "model_fields", {}) else None
        inner = [annotation, *getattr(annotation, "__args__", ())]
        model = next((part for part in inner if isinstance(part, type) and issubclass(part, BaseModel)), None)
    return list(model.model_fields) if model is not None else []
