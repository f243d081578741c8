"""Help is there for every verb, and comes at once."""

import subprocess
import sys

import pytest

from fleeting.cli.main import app
from fleeting.cli.members import FAMILIES

VERBS = [
    "synthesize", "status", "verify", "remake", "inspect", "export", "push", "train", "evaluate", "audit",
    "leaderboard", "report", "doctor", "download", "import-generator", "train-generator", "measure-generator",
]  # fmt: skip


def test_the_commands_are_those_of_the_contract():
    names = [command.name for command in app.registered_commands]
    assert names == [*VERBS, "models", "features", "datasets", "generators", "faces", "action-units", "protocols"]


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_every_verb_shows_an_example_of_itself(fleeting, verb):
    shown = fleeting(verb, "--help")
    assert shown.code == 0
    assert f"Example: fleeting {verb} " in shown.out


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_help_of_every_list_takes_a_pattern(fleeting, family):
    shown = fleeting(family, "--help")
    assert shown.code == 0
    assert "[PATTERN]" in shown.out


def test_no_command_shows_the_help(fleeting):
    shown = fleeting()
    assert "Usage: fleeting [OPTIONS] COMMAND" in shown.out + shown.err


def test_help_loads_no_heavy_library():
    code = """
import sys
from fleeting.cli.main import main
sys.argv = ["fleeting", "--help"]
try:
    main()
except SystemExit as stop:
    assert not stop.code
print("heavy:", [name for name in ("torch", "cv2", "pandas", "scipy", "matplotlib") if name in sys.modules])
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "synthesize" in shown
    assert shown.splitlines()[-1] == "heavy: []"
