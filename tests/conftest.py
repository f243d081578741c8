"""Fixtures that every room's tests share."""

import os
from pathlib import Path

import pytest

BESIDE_THE_REPO = Path(__file__).resolve().parents[2] / "shared" / "data"


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
