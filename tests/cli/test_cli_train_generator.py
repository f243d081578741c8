from pathlib import Path

import pytest

from fleeting.cli.train_generator import command, read_tables
from fleeting.errors import OptionsError
from fleeting.generators.ganimation.checkpoint import load_generator
from fleeting.options import read_toml

RECIPES = sorted((Path(__file__).resolve().parents[2] / "recipes").glob("ganimation*.toml"))
TINY = """
[synthesis]
identities = 2
[faces]
size = 32
[action_units]
sources = ["expert"]
[network]
image_size = 32
width = 4
blocks = 1
critic_width = 4
[train]
epochs = 1
decay_epochs = 0
batch = 4
critic_steps = 1
log_every = 1
save_every = 1
"""


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_shipped_recipes_of_generators_parse(path):
    assert len(RECIPES) == 2
    synthesis, training = read_tables(path, [])
    assert synthesis.faces.size >= training.network.image_size


def test_the_command_makes_its_data_trains_and_reports(tmp_path, capsys):
    (tmp_path / "tiny.toml").write_text(TINY)
    command(tmp_path / "tiny.toml", tmp_path / "run", device="cpu", workers=1, settings=["loss.mask=0.2"])
    assert load_generator(tmp_path / "run" / "generator").width == 4
    assert (tmp_path / "run" / "report.html").is_file()
    again = read_toml(tmp_path / "run" / "recipe.toml")
    assert again["loss"]["mask"] == 0.2
    assert again["faces"]["size"] == 32
    assert "report:" in capsys.readouterr().out


def test_an_unknown_table_is_refused(tmp_path):
    (tmp_path / "odd.toml").write_text("[model]\n")
    with pytest.raises(OptionsError, match=r"unknown table \[model\]"):
        read_tables(tmp_path / "odd.toml", [])


def test_a_recipe_without_data_is_refused(tmp_path):
    (tmp_path / "none.toml").write_text("[train]\nepochs = 20\n")
    with pytest.raises(OptionsError, match="names no data"):
        read_tables(tmp_path / "none.toml", [])
