"""train, evaluate and report: the run folder of the contract, and equal scores whoever reads it."""

import csv
import json
import shutil
import tomllib

import pytest

OVERALL = {"uf1", "uf1_sd", "uar", "uar_sd", "clips", "subjects", "uf1_interval"}


def results(folder):
    return json.loads((folder / "results.json").read_text())


def rows(folder):
    with (folder / "predictions.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def plain(tmp_path):
    """A table of predictions made elsewhere: the least that can be scored."""
    lines = ["casme2,sub01,a,0,0", "casme2,sub01,b,1,1", "smic,s1,a,2,0", "smic,s1,b,0,0"]
    path = tmp_path / "plain.csv"
    path.write_text("\n".join(["dataset,subject,clip,label,prediction", *lines]) + "\n")
    return path


def test_run_folder_holds_the_files_of_the_contract(run):
    names = {path.name for path in run.iterdir()}
    assert {"recipe.toml", "environment.json", "predictions.csv", "results.json", "report.html", "data"} <= names


def test_results_have_the_keys_of_the_contract(run):
    found = results(run)
    assert (found["selection"], found["seeds"]) == ("last", [0])
    for block in (found["overall"], found["parts"]["synthetic"]):
        assert OVERALL.difference(block) == set()
    assert isinstance(found["seconds"], float)
    low, high = found["overall"]["uf1_interval"]
    assert 0 <= low <= found["overall"]["uf1"] <= high <= 1


def test_run_without_recorded_clips_holds_out_identities_and_says_so(run):
    found = results(run)
    assert found["protocol"] == "holdout"
    assert found["tested_on"]["recorded"] is False
    assert any("held-out" in note for note in found["notes"])


def test_predictions_have_the_columns_of_the_contract(run):
    table = rows(run)
    names = ["seed", "fold", "dataset", "subject", "clip", "label", "prediction"]
    assert list(table[0]) == [*names, "p_negative", "p_positive", "p_surprise"]
    assert len(table) == results(run)["overall"]["clips"] > 0
    shares = [float(table[0][f"p_{name}"]) for name in ("negative", "positive", "surprise")]
    assert sum(shares) == pytest.approx(1, abs=1e-5)
    assert shares.index(max(shares)) == int(table[0]["prediction"])


def test_recipe_as_run_holds_both_halves(run):
    tables = tomllib.loads((run / "recipe.toml").read_text())
    assert tables["synthesis"]["identities"] == 12
    assert tables["features"]["options"]["method"] == "dis"
    assert tables["test"]["protocol"] == "direct"


def test_options_of_the_command_reach_the_run(fleeting, run, tmp_path, no_mirror):
    data = run / "data" / "seed-0"
    words = ["--seed", 4, "--seed", 5, "--device", "cpu", "--workers", 1]
    sets = [f'train.root="{data}"', "model.options.c=0.1", "train.flip=false", "test.flip=false"]
    words += [word for setting in sets for word in ("--set", setting)]
    shown = fleeting("train", run / "recipe.toml", "--out", tmp_path / "run", *words)
    assert shown.code == 0
    assert results(tmp_path / "run")["seeds"] == [4, 5]
    assert not (tmp_path / "run" / "data").exists()
    tables = tomllib.loads((tmp_path / "run" / "recipe.toml").read_text())
    assert (tables["train"]["seeds"], tables["train"]["device"]) == ([4, 5], "cpu")
    assert tables["model"]["options"]["c"] == 0.1
    assert f"report: {tmp_path / 'run' / 'report.html'}" in shown.out


def test_folds_are_trained_by_the_executor_that_is_named(fleeting, run, tmp_path, no_mirror):
    words = ["--executor", "inline", "--workers", 1, "--set", f'train.root="{run / "data" / "seed-0"}"']
    shown = fleeting("train", run / "recipe.toml", "--out", tmp_path / "run", *words)
    assert shown.code == 0
    assert json.loads((tmp_path / "run" / "environment.json").read_text())["executor"] == "inline"
    assert results(tmp_path / "run")["overall"] == results(run)["overall"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--executor", "slurm"], "--workers 1 or more"),
        (["--executor", "ray", "--executor-option", "adress=x"], "Did you mean 'address'"),
        (["--address", "10.0.0.1:6379"], "need --executor"),
    ],
)
@pytest.mark.parametrize("verb", ["train", "leaderboard"])
def test_executor_is_checked_before_anything_is_made(fleeting, run, tmp_path, verb, words, problem):
    shown = fleeting(verb, run / "recipe.toml", "--out", tmp_path / "run", *words)
    assert shown.code == 2
    assert problem in shown.err
    assert not (tmp_path / "run").exists()


def test_evaluate_of_a_run_gives_its_scores_again(fleeting, run, tmp_path):
    shown = fleeting("evaluate", run, "--out", tmp_path)
    assert all(
        (tmp_path / name).read_bytes() == (run / name).read_bytes() for name in ("recipe.toml", "environment.json")
    )
    assert shown.code == 0
    before, after = results(run), results(tmp_path)
    assert after == before
    assert rows(tmp_path) == rows(run)
    assert (tmp_path / "report.html").is_file()
    assert f"{before['overall']['uf1']:.3f}" in shown.out


def test_evaluate_of_a_plain_table_scores_it_and_claims_nothing_else(fleeting, plain, tmp_path):
    shown = fleeting("evaluate", plain, "--out", tmp_path / "out")
    assert shown.code == 0
    found = results(tmp_path / "out")
    # negative: F1 2*2/(2*2+1) = .8, recall 1; positive 1 and 1; surprise 0 and 0
    assert found["overall"]["uf1"] == pytest.approx(0.6, abs=1e-6)
    assert found["overall"]["uar"] == pytest.approx(2 / 3, abs=1e-6)
    assert (found["selection"], found["seeds"], found["overall"]["subjects"]) == ("unknown", [0], 2)
    assert sorted(found["parts"]) == ["casme2", "smic"]
    assert len(rows(tmp_path / "out")) == 4
    assert (tmp_path / "out" / "report.html").is_file()


def test_evaluate_of_what_evaluate_wrote_changes_nothing(fleeting, plain, tmp_path):
    fleeting("evaluate", plain, "--out", tmp_path / "one")
    assert fleeting("evaluate", tmp_path / "one", "--out", tmp_path / "two").code == 0
    assert results(tmp_path / "two") == results(tmp_path / "one")


def test_report_can_be_written_again_and_touches_nothing_else(fleeting, run, tmp_path):
    copy = shutil.copytree(run, tmp_path / "run")
    (copy / "report.html").unlink()
    (copy / "data" / "seed-0.html").touch()  # where `make demo` puts the page of the data set
    before = {path: path.read_bytes() for path in copy.iterdir() if path.is_file()}
    shown = fleeting("report", copy)
    assert (shown.code, shown.out) == (0, f"{copy / 'report.html'}\n")
    assert b"held-out" in (copy / "report.html").read_bytes()
    assert b"cannot be shown" not in (copy / "report.html").read_bytes()
    assert {path: path.read_bytes() for path in before} == before


def test_evaluate_keeps_what_the_auditor_needs(fleeting, run, tmp_path):
    fleeting("evaluate", run, "--out", tmp_path)
    for name in ("folds.csv", "training.csv"):
        assert (tmp_path / name).read_bytes() == (run / name).read_bytes()
    assert fleeting("audit", tmp_path).out.splitlines()[-1] == fleeting("audit", run).out.splitlines()[-1]
