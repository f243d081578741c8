"""Bad input ends with exit code 2, says what to do, and shows no traceback."""

import re
import subprocess
import sys

import pytest

from fleeting.cli import main as cli


def refused(outcome, *texts):
    assert outcome.code == 2
    assert outcome.err.startswith("error: ")
    assert "Traceback" not in outcome.out + outcome.err
    for text in texts:
        assert text in outcome.err


@pytest.mark.parametrize("verb", ["synthesize", "train"])
def test_missing_recipe(fleeting, tmp_path, verb):
    refused(fleeting(verb, tmp_path / "none.toml", "--out", tmp_path / "out"), "There is no recipe", "none.toml")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("verb", ["synthesize", "train"])
def test_unknown_table(fleeting, tmp_path, recipe, verb):
    recipe.write_text("[synthesys]\nidentities = 2\n")
    shown = fleeting(verb, recipe, "--out", tmp_path / "out")
    refused(shown, "unknown table [synthesys]", "Did you mean 'synthesis'?", str(recipe))


@pytest.mark.parametrize("verb", ["synthesize", "train"])
@pytest.mark.parametrize(
    ("setting", "nearest"),
    [("synthesis.identites=3", "identities"), ("train.epoch=3", "epochs"), ("action_units.micro.table=3", "tables")],
)
def test_unknown_key_of_either_half_names_the_nearest(fleeting, tmp_path, recipe, verb, setting, nearest):
    shown = fleeting(verb, recipe, "--out", tmp_path / "out", "--set", setting)
    refused(shown, f"unknown key '{setting.partition('=')[0]}'", f"Did you mean '{nearest}'?")
    assert not (tmp_path / "out").exists()


def test_wrong_value(fleeting, tmp_path, recipe):
    shown = fleeting("synthesize", recipe, "--out", tmp_path / "out", "--set", "synthesis.identities=none")
    refused(shown, "'synthesis.identities'", "got 'none'")


def test_set_without_an_equals_sign(fleeting, tmp_path, recipe):
    refused(fleeting("synthesize", recipe, "--out", tmp_path / "out", "--set", "seed"), "expected: key.path=value")


def test_broken_toml(fleeting, tmp_path, recipe):
    recipe.write_text("[synthesis\n")
    refused(fleeting("train", recipe, "--out", tmp_path / "out"), "not valid TOML", str(recipe))


def test_unknown_generator_model_and_face_source_name_the_nearest(fleeting, tmp_path, recipe):
    for verb, setting, nearest in [
        ("synthesize", "generator.name=wrap", "warp"),
        ("synthesize", "faces.name=embeded", "embedded"),
        ("train", "model.name=stsnet", "ststnet"),
    ]:
        words = ("--set", setting, "--set", "train.root=nowhere", "--set", "test.protocol=holdout")
        refused(fleeting(verb, recipe, "--out", tmp_path / "out", *words), f"'{nearest}'")


def test_mirror_that_is_not_set(fleeting, tmp_path, recipe, no_mirror):
    words = ("--set", "faces.name=folder", "--set", 'faces.root=["mirror:faces"]')
    shown = fleeting("synthesize", recipe, "--out", tmp_path / "out", *words)
    refused(shown, "mirror:faces lies in the data mirror", "what to do: set FLEETING_MIRROR")


def test_unknown_download(fleeting):
    refused(fleeting("download", "megc2019"), "There is no download 'megc2019'", "Did you mean 'megc2019-flow'?")


def test_other_recipe_at_the_same_place(fleeting, recipe, made):
    shown = fleeting("synthesize", recipe, "--out", made, "--set", "synthesis.identities=3")
    refused(shown, "holds the data set of another recipe", "synthesis.identities = 2", "synthesis.identities = 3")


def test_paths_that_hold_nothing(fleeting, tmp_path):
    refused(fleeting("inspect", tmp_path, "--out", tmp_path / "a.html"), str(tmp_path))
    refused(fleeting("evaluate", tmp_path / "a.csv", "--out", tmp_path / "out"), "There is no predictions table")
    refused(fleeting("report", tmp_path), "it has no results.json")


def test_predictions_that_cannot_be_scored(fleeting, tmp_path):
    (tmp_path / "a.csv").write_text("dataset,subject,clip,label\ncasme2,sub01,a,0\n")
    shown = fleeting("evaluate", tmp_path / "a.csv", "--out", tmp_path / "out")
    refused(shown, "lacks columns", "expected: prediction")
    assert not (tmp_path / "out").exists()


def test_damaged_results_of_a_run(fleeting, tmp_path):
    (tmp_path / "predictions.csv").write_text("dataset,subject,clip,label,prediction\ncasme2,sub01,a,0,0\n")
    (tmp_path / "results.json").write_text('{"selec')
    refused(fleeting("evaluate", tmp_path, "--out", tmp_path / "out"), "results.json cannot be read")


def test_target_that_cannot_be_written_to_shows_before_anything_is_trained(fleeting, run, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr("fleeting.training.outcomes.train_alone", lambda *_, **__: pytest.fail("was trained"))
    sets = ("--set", f'train.root="{run / "data" / "seed-0"}"')
    shown = fleeting("train", run / "recipe.toml", "--out", tmp_path / "file", *sets)
    refused(shown, "cannot be read or written", f"where: {tmp_path / 'file'}")


def test_train_root_may_hold_braces_of_its_own(fleeting, run, tmp_path):
    words = ("--set", f'train.root="{tmp_path}/{{x}}/{{seed}}"')
    refused(fleeting("train", run / "recipe.toml", "--out", tmp_path / "run", *words), f"{tmp_path}/{{x}}/0")


def test_wrong_option_is_bad_usage_too(fleeting, recipe, tmp_path):
    shown = fleeting("synthesize", recipe, "--out", tmp_path, "--executor", "cloud")
    assert shown.code == 2
    assert re.search("inline.*process", shown.err, re.DOTALL)


def test_interruption_ends_with_130(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", interrupted)
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 130


def test_installed_command_shows_no_traceback(tmp_path):
    words = [sys.executable, "-m", "fleeting.cli.main", "synthesize", str(tmp_path / "none.toml"), "--out", "out"]
    shown = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert shown.returncode == 2
    assert shown.stderr.startswith("error: There is no recipe")
    assert "Traceback" not in shown.stderr
    assert shown.stdout == ""
