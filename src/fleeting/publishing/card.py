"""The data card of an export: that of the data set, with what this form changes: how to load it, and what it came from.

The rest is kept word for word, so that what somebody added to the card by hand goes along.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ManifestError
from .form import Form
from .source import Source

CONTENT, COPY = "Content", "This copy"
BESIDE = """
Beside it: `manifest.parquet`, one row per planned sample, failed ones included with their reason; `faces.csv`, one row
per candidate face image with its licence; `recipe.toml`, from which `fleeting synthesize` makes the same bytes;
`croissant.json`, the description for machines; `export.json`, written last.
"""


def export_card(source: Source, form: Form, name: str, splits: Sequence[str], claim: Mapping[str, Any]) -> str:
    """The Markdown text of the card of an export into a folder called `name`.

    Raises:
        ManifestError: the data set has no card, or the card has no front matter.
    """
    card = source.card()
    match = re.fullmatch(r"---\n(.*?\n)---\n(.*)", card, re.DOTALL)
    if match is None:
        raise ManifestError(
            "The data card has no front matter.",
            expected="YAML between two lines ---",
            where=str(source.root / "README.md"),
            cure="run the same `fleeting synthesize` again; it writes the card",
        )
    head, loading = match[1], form.front_matter(splits)
    if loading is not None:
        head = re.sub(r"^(configs|dataset_info):\n(?:[ -].*\n)*", "", head, flags=re.MULTILINE) + loading
    body = _section(match[2], CONTENT, form.content(source, name) + BESIDE)
    return f"---\n{head}---\n{_section(body, COPY, _copy(source, claim))}"


def _section(body: str, title: str, text: str) -> str:
    """Replace the section called `title`, or append it."""
    section = f"## {title}\n\n{text.strip()}\n"
    pattern = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    if pattern.search(body):
        return pattern.sub(lambda _: f"{section}\n", body, count=1).rstrip() + "\n"
    return f"{body.rstrip()}\n\n{section}"


def _copy(source: Source, claim: Mapping[str, Any]) -> str:
    census = source.census
    donors = ", ".join(f"{name} {count}" for name, count in sorted(census.donors.items()) if count) or "none"
    lost = "".join(f"- failed, so not in it: {number} ({reason})\n" for reason, number in census.failed.items())
    share = claim["validation"]
    split = f"- validation: {share:.0%} of the portraits, none of them in train\n" if share else ""
    return (
        f"Made by `fleeting export --to {claim['form']}` (Fleeting {claim['fleeting']}).\n\n"
        f"- samples: {census.done} of {census.planned} planned\n{lost}{split}"
        f"- samples that show the action units of a recorded clip, by data set: {donors}\n"
        f"- sha256 of the data set (manifest and shards): `{claim['source']}`\n"
    )
