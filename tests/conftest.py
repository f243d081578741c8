"""Fixtures that every room's tests share."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

BESIDE_THE_REPO = Path(__file__).resolve().parents[2] / "shared" / "data"


class Outcome(NamedTuple):
    """What a command left."""

    code: int
    out: str
    err: str


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The offline mirror of real data, also set as FLEETING_MIRROR; the test is skipped where there is none."""
    path = Path(os.environ.get("FLEETING_MIRROR") or BESIDE_THE_REPO)
    if not path.is_dir():
        pytest.skip("needs the data mirror: set FLEETING_MIRROR to a folder laid out as docs/datasets.md says")
    monkeypatch.setenv("FLEETING_MIRROR", str(path))
    return path


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the user's cache out of the tests."""
    if "FLEETING_TEST_CACHE" not in os.environ:
        os.environ["FLEETING_TEST_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    monkeypatch.setenv("FLEETING_CACHE", os.environ["FLEETING_TEST_CACHE"])


@pytest.fixture
def fleeting(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run `fleeting WORDS...` through main(), as the installed command does."""
    from fleeting.cli.main import main

    def call(*words: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["fleeting", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main()
        shown = capsys.readouterr()
        return Outcome(int(stop.value.code or 0), shown.out, shown.err)

    return call
