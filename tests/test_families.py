"""A family finds its members, ours and those of plug-ins, and nothing else."""

from importlib.metadata import EntryPoint

import pytest

from fleeting import families
from fleeting.action_units import ACTION_UNITS
from fleeting.datasets import DATASETS
from fleeting.errors import OptionsError
from fleeting.faces import FACES
from fleeting.families import Family
from fleeting.features import FEATURES
from fleeting.generators import GENERATORS
from fleeting.models import MODELS

ALL = [ACTION_UNITS, DATASETS, FACES, FEATURES, GENERATORS, MODELS]
TOYS = Family("toys", {"counter": "collections:Counter", "path": "pathlib:Path", "deque": "collections:deque"})


@pytest.fixture
def plug_in(monkeypatch):
    """Install one entry point, by name and value, in the group of the toys."""

    def install(name, value):
        def entry_points(group):
            return [EntryPoint(name, value, group)] if group == "fleeting.toys" else []

        monkeypatch.setattr(families, "entry_points", entry_points)

    return install


def test_load_gives_the_class():
    assert TOYS.load("path").__name__ == "Path"


def test_unknown_name_ends_with_the_nearest():
    with pytest.raises(OptionsError) as raised:
        TOYS.load("conter")
    assert raised.value.problem == "There is no 'conter' in toys."
    assert raised.value.expected == "one of counter, deque, path. Did you mean 'counter'?"


@pytest.mark.parametrize(
    ("pattern", "names"), [("*", ["counter", "deque", "path"]), ("*e*", ["counter", "deque"]), ("x*", [])]
)
def test_list_takes_a_shell_pattern_and_sorts(pattern, names):
    assert TOYS.list(pattern) == names


def test_plug_in_becomes_a_member(plug_in):
    plug_in("table", "collections:OrderedDict")
    assert TOYS.list() == ["counter", "deque", "path", "table"]
    assert TOYS.load("table").__name__ == "OrderedDict"


def test_plug_in_with_a_taken_name_is_refused(plug_in):
    plug_in("path", "elsewhere:Path")
    with pytest.raises(OptionsError, match="Two toys are called 'path'") as raised:
        TOYS.list()
    assert raised.value.got == "pathlib:Path and elsewhere:Path"


@pytest.mark.parametrize(
    ("family", "name"), [pytest.param(f, name, id=f"{f.name}-{name}") for f in ALL for name in f.list()]
)
def test_every_member_loads_and_says_what_it_is(family, name):
    kind = family.load(name)
    assert isinstance(kind, type)
    assert kind.__doc__
