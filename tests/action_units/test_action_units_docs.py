"""docs/action_units.md repeats data tables; these tests keep it from drifting."""

from pathlib import Path

import pytest

from fleeting.action_units import facs, label_datasets

PAGE = Path(__file__).resolve().parents[2] / "docs" / "action_units.md"


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text(encoding="utf-8")


def test_docs_list_the_facs_table_as_shipped(page):
    for index, unit in enumerate(facs()):
        assert f"| {index} | {unit.number} | {unit.name} |" in page
        line = next(line for line in page.splitlines() if line.startswith(f"| {index} | {unit.number} |"))
        assert line.endswith(f"| {unit.region} | {'two' if unit.two_sides else 'one'} |")


def test_docs_name_every_label_merge(page):
    assert {name for name in label_datasets() if f"`{name}`" not in page.casefold()} == set()


def test_docs_python_example_runs(page):
    code = page.split("```python\n")[1].split("```")[0]
    names = {}
    exec(compile(code, str(PAGE), "exec"), names)
    assert names["sequence"].values.shape == (2, 17)
