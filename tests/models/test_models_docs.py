"""docs/methods.md and `fleeting models` say what the code takes."""

import re
from pathlib import Path

import pytest

from fleeting.models import create_model, list_models
from fleeting.models.listing import short, summary
from fleeting.models.sketch import sketch_model

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "methods.md").read_text(encoding="utf-8")
ROWS = {
    cells[0].strip("`"): cells[1:]
    for line in PAGE.splitlines()
    if line.startswith("| `") and len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 6
}


def test_every_model_has_a_row_and_every_row_a_model():
    assert sorted(ROWS) == list_models()


@pytest.mark.parametrize("name", list_models())
def test_row_states_channels_size_and_parameters_of_the_code(name):
    facts = summary(name)
    channels, size, parameters, *_ = ROWS[name]
    assert channels.removesuffix(" (by option)") == facts.channels
    assert (size, parameters) == (facts.size, f"{facts.parameters:,}")


@pytest.mark.parametrize("name", list_models())
def test_source_names_a_year_or_says_that_it_is_ours(name):
    assert re.search(r"\b(19|20)\d\d\b|\bOurs\b", summary(name).source)


OTHER = {
    "sssn": {"stream": "grey"},
    "dssn": {"first": "grey"},
    "atnet": {"steps": 3},
    "elrcn-se": {"inputs": "flow"},
    "elrcn-te": {"inputs": "flow"},
}


def test_channels_that_the_page_calls_optional_do_change_by_an_option():
    assert {name for name, row in ROWS.items() if row[0].endswith("(by option)")} == set(OTHER)
    for name, options in OTHER.items():
        assert sketch_model(name, **options).channels != sketch_model(name).channels


def test_summary_counts_what_the_built_model_has():
    assert summary("rcn-a").parameters == create_model("rcn-a").count_parameters()


@pytest.mark.parametrize(
    ("channels", "text"),
    [
        (("u", "v"), "u, v"),
        (("onset.r", "onset.g", "onset.b", "apex.r", "apex.g", "apex.b"), "onset RGB, apex RGB"),
        (("onset.r", "apex.g", "apex.b"), "onset.r, apex.g, apex.b"),
        (("apex.grey", "flow1.u", "flow1.v"), "apex.grey, 1 x (u, v)"),
    ],
)
def test_short_form_joins_colours_and_steps_only(channels, text):
    assert short(channels) == text
