"""Five kills at random moments lose nothing; `make stress` does fifty."""

import sys
from pathlib import Path

import pytest

from stress.kills import Tally, storm


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the workers in /proc")
def test_five_kills_lose_nothing_and_change_no_byte(tmp_path: Path) -> None:
    tally = storm(5, seed=1, folder=tmp_path, identities=400)
    assert tally.kills == 5
    assert (tally.lost, tally.differing, tally.left, tally.failures) == (0, 0, 0, 0)
    assert tally != Tally()
