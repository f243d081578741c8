"""One data set and one run that the tests of the verbs share."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fleeting.cli.main import app

DATA = """
[synthesis]
identities = 2
shard_size = 3
[faces]
name = "embedded"
size = 64
[action_units]
sources = ["expert"]
"""
RUN = """
[synthesis]
identities = 12
shard_size = 36
[faces]
name = "embedded"
size = 64
[action_units]
sources = ["expert", "micro"]
[features.options]
method = "dis"
[model]
name = "linear"
[train]
seeds = [0]
[test]
dataset = "megc2019-flow"
protocol = "direct"
fallback = "holdout"
"""


@pytest.fixture
def no_mirror(monkeypatch):
    monkeypatch.delenv("FLEETING_MIRROR", raising=False)


@pytest.fixture
def recipe(tmp_path):
    """Path of the recipe of two identities, six samples, two shards."""
    path = tmp_path / "tiny.toml"
    path.write_text(DATA)
    return path


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A sound data set of that recipe; tests copy it before they change it."""
    folder = tmp_path_factory.mktemp("made")
    return _invoke(tmp_path_factory, folder, DATA, "synthesize", "--executor", "inline")


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A run of the fallback: the recorded clips are not there, so synthetic identities are held out."""
    return _invoke(tmp_path_factory, tmp_path_factory.mktemp("run"), RUN, "train", "--workers", "1")


def _invoke(tmp_path_factory: pytest.TempPathFactory, folder: Path, recipe: str, verb: str, *words: str) -> Path:
    (folder / "recipe.toml").write_text(recipe)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("FLEETING_MIRROR", raising=False)
        if "FLEETING_TEST_CACHE" not in os.environ:
            os.environ["FLEETING_TEST_CACHE"] = str(tmp_path_factory.mktemp("cache"))
        patch.setenv("FLEETING_CACHE", os.environ["FLEETING_TEST_CACHE"])
        out = folder / "out"
        outcome = CliRunner().invoke(app, [verb, str(folder / "recipe.toml"), "--out", str(out), *words])
    if outcome.exception and not isinstance(outcome.exception, SystemExit):
        raise outcome.exception
    assert outcome.exit_code == 0, outcome.output
    return out
