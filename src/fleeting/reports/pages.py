"""Self-contained HTML: templates, style sheet, and pictures written into the page itself."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import cache
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from ..files import write_text
from .tables import decimal


def data_uri(mime: str, content: bytes) -> str:
    """Bytes as a URI that a page can carry."""
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def write_page(path: Path, template: str, **context: Any) -> Path:
    """Render a template of the folder templates/ to `path` in one step; every text is escaped, every name must exist.

    Args:
        path: the page to write.
        template: for example "run.html.j2".
        context: what the template names.
    """
    style = resources(__package__).joinpath("templates", "page.css").read_text(encoding="utf-8")
    write_text(path, _environment().get_template(template).render(style=Markup(style), **context))
    return path


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("fleeting.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {"decimal": decimal, "percent": _percent, "count": _count}
    environment.filters.update(filters)
    return environment


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _count(number: float) -> str:
    return f"{number:,}"
