"""The house rules that a reader counts on: short files, docstrings, light imports, no paths of one machine."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
SOURCES = sorted((REPO / "src").rglob("*.py"))
PROGRAMS = [path for folder in ("src", "tests", "benchmarks") for path in sorted((REPO / folder).rglob("*.py"))]
TEXTS = [
    path
    for folder in ("src", "tests", "docs", "recipes", "benchmarks")
    for path in sorted((REPO / folder).rglob("*"))
    if path.is_file() and path.suffix in {".py", ".md", ".toml", ".csv", ".j2", ".css", ".txt", ".json"}
]
MACHINES = ["/" + folder + "/" for folder in ("home", "work", "Users")]


def named(path):
    return str(path.relative_to(REPO))


def test_no_program_is_longer_than_four_hundred_lines():
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PROGRAMS}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_every_source_file_says_what_it_is():
    assert [named(path) for path in SOURCES if not ast.get_docstring(ast.parse(path.read_text("utf-8")))] == []


def test_no_file_names_a_place_on_one_machine():
    found = {
        f"{named(path)}: {machine}"
        for path in TEXTS
        for machine in MACHINES
        if machine in path.read_text(encoding="utf-8")
    }
    assert found == set()


def test_no_file_is_a_drawer_for_leftovers():
    drawers = {"utils", "common", "helpers", "core", "misc"}
    assert [named(path) for path in SOURCES if drawers & {path.stem, path.parent.name}] == []


@pytest.mark.parametrize(
    "modules",
    [
        "types errors options seeds files manifest families",
        "action_units evaluation reports.run reports.inspect",
    ],
)
def test_rooms_below_training_import_no_torch(modules):
    code = f"import importlib, sys\nfor name in {modules.split()}: importlib.import_module('fleeting.' + name)"
    check = "print([name for name in sys.modules if name.partition('.')[0] == 'torch'][:3])"
    answer = subprocess.run([sys.executable, "-c", f"{code}\n{check}"], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
