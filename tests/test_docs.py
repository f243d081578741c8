"""What is written about Fleeting holds for what is there."""

import re
import tomllib
from pathlib import Path

import pytest

from fleeting.action_units import ACTION_UNITS
from fleeting.cli.board_recipe import read_board
from fleeting.cli.main import app
from fleeting.cli.recipe import read_recipe
from fleeting.cli.reference import reference
from fleeting.cli.train_generator import read_tables
from fleeting.datasets import DATASETS
from fleeting.evaluation import PROTOCOLS
from fleeting.faces import FACES
from fleeting.features import FEATURES
from fleeting.generators import GENERATORS
from fleeting.models import MODELS

REPO = Path(__file__).resolve().parents[1]
README = (REPO / "README.md").read_text(encoding="utf-8")
RECIPES = sorted((REPO / "recipes").glob("*.toml"))
PAGES = [REPO / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    (REPO / "docs").glob("*.md")
)
BY_HAND = README + "".join(
    path.read_text(encoding="utf-8") for path in sorted((REPO / "docs").glob("*.md")) if path.name != "cli.md"
)
MEMBERS = [
    pytest.param(name, id=f"{family.name}-{name}")
    for family in (MODELS, FEATURES, DATASETS, GENERATORS, FACES, ACTION_UNITS, PROTOCOLS)
    for name in family.list()
]


def mentioned(name):
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", BY_HAND) is not None


def test_cli_page_is_what_the_commands_say():
    assert (REPO / "docs" / "cli.md").read_text(encoding="utf-8") == reference(), "run `make docs`"


@pytest.mark.parametrize("command", [command.name for command in app.registered_commands])
def test_every_command_is_explained(command):
    assert mentioned(command)


@pytest.mark.parametrize("name", MEMBERS)
def test_every_member_of_a_family_is_explained(name):
    assert mentioned(name)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_is_in_the_readme(path):
    assert f"recipes/{path.name}" in README


def test_there_are_recipes():
    assert {"demo", "direct"} <= {path.stem for path in RECIPES}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_is_headed_by_purpose_command_and_time(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    head = "\n".join(lines[: next(number for number, line in enumerate(lines) if not line.startswith("#"))])
    assert head.startswith("# What it shows: ")
    assert re.search(r"^# Command: +\S", head, re.MULTILINE)
    assert re.search(r"^# Time", head, re.MULTILINE)
    assert f"recipes/{path.name}" in head


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_parses_in_both_halves(path):
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    if "run" in content:
        assert list(read_board(path)) == [run["name"] for run in content["run"]]
    elif "loss" in content:
        assert read_tables(path, [])
    else:
        assert read_recipe(path)[2] == set(content)


def test_readme_begins_with_the_two_commands():
    block = re.search(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert block is not None
    assert [line.partition("#")[0].strip() for line in block[1].splitlines()] == ["make demo", "make test"]
    assert README.index("```") == block.start()


def test_readme_tree_holds_every_room_and_root_file():
    tree = README[README.index("## Where things are") :].partition("```")[2].partition("```")[0]
    package = REPO / "src" / "fleeting"
    rooms = [path.name for path in package.iterdir() if path.is_dir() and (path / "__init__.py").is_file()]
    assert [room for room in sorted(rooms) if f"\n  {room}/ " not in tree] == []
    files = [path.name for path in package.glob("*.py") if path.name != "__init__.py"]
    assert [name for name in sorted(files) if f" {name}" not in tree] == []


def test_readme_tree_lists_every_page_of_docs():
    line = re.search(r"^docs/ +(.*(?:\n {10,}.*)*)$", README, re.MULTILINE)
    assert line is not None
    pages = {path.stem for path in (REPO / "docs").glob("*.md")}
    assert pages - set(line[1].split()) == set()


def test_every_benchmark_is_explained():
    programs = [path.name for path in (REPO / "benchmarks").glob("*.py") if path.name != "run_all.py"]
    assert [name for name in sorted(programs) if f"benchmarks/{name}" not in BY_HAND] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    absent = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert absent == []


@pytest.mark.parametrize("page", [*PAGES, *RECIPES, REPO / "Makefile"], ids=lambda path: path.name)
def test_every_file_that_a_page_names_exists(page):
    text = page.read_text(encoding="utf-8")
    names = re.findall(r"(?<![\w/.])((?:docs|recipes|benchmarks|tests|src)/[\w./-]*\.(?:md|toml|py|csv))\b", text)
    assert [name for name in sorted(set(names)) if not (REPO / name).exists()] == []


def test_makefile_has_the_words_of_the_project():
    targets = re.findall(r"^([a-z-]+):", (REPO / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"setup", "demo", "test", "check", "bench", "docs"} <= set(targets)
