"""fleeting audit and the guesser that shows why it is there."""

import subprocess
import sys

import pytest

from fleeting.evaluation.megc_log import write_megc_log
from fleeting.evaluation.predictions import read_predictions


def test_guesser_is_caught_by_its_epochs_and_by_its_predictions(fleeting, tmp_path):
    shown = subprocess.run(
        [sys.executable, "-m", "fleeting.cli.guesser", str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout
    honest, best = (float(line.rpartition(" ")[2]) for line in shown.splitlines()[1:])
    assert honest < 0.4
    assert 0.7 < best < 0.8
    run = fleeting("audit", tmp_path)
    assert run.code == 1
    assert "FAIL    epoch not chosen on test" in run.out
    assert "442 of the 442 clips" in run.out
    write_megc_log(tmp_path / "guesser.log", read_predictions(tmp_path / "predictions.csv"))
    log = fleeting("audit", tmp_path / "guesser.log", "--claim", f"uf1={best}")
    assert log.code == 1
    assert "FAIL    no best-epoch signature" in log.out
    assert "pass    score comes out again" in log.out


def test_an_honest_table_passes_with_exit_code_0(fleeting, tmp_path):
    rows = [f"lab,s{n % 4},c{n},{n % 3},{n % 3}" for n in range(20)]
    (tmp_path / "t.csv").write_text("\n".join(["dataset,subject,clip,label,prediction", *rows]))
    run = fleeting("audit", tmp_path / "t.csv", "--claim", "uf1=1.0")
    assert (run.code, run.out.splitlines()[-1]) == (0, "no check failed: 3 passed, 0 failed, 8 could not be seen")


def test_a_list_of_clips_of_ones_own_is_taken(fleeting, tmp_path):
    (tmp_path / "t.csv").write_text("dataset,subject,clip,label,prediction\nlab,1,a,0,0\n")
    (tmp_path / "list.csv").write_text("dataset,subject,clip,label\nlab,1,a,1\nlab,1,b,0\n")
    run = fleeting("audit", tmp_path / "t.csv", "--clips", tmp_path / "list.csv")
    assert run.code == 1
    assert "1 clips are missing: lab/1/b" in run.out
    assert "lab/1/a: label 0, official 1" in run.out


@pytest.mark.parametrize("claim", ["f1=0.9", "uf1", "uf1=high", "uf1=71.2"])
def test_a_claim_that_is_none_is_bad_usage(fleeting, tmp_path, claim):
    run = fleeting("audit", tmp_path, "--claim", claim)
    assert run.code == 2
    assert "expected: uf1=0.712, uar=... or war=..." in run.err
