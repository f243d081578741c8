import json

import pytest

from fleeting.errors import DatasetError
from fleeting.models import create_model
from fleeting.models.saving import load_model, save_model


def test_config_says_what_was_saved(tmp_path):
    save_model(tmp_path, "ststnet", create_model("ststnet", dropout=0.25), {"seed": 7})
    config = json.loads((tmp_path / "config.json").read_text())
    assert config == {
        "model": "ststnet",
        "num_classes": 3,
        "options": {"scaling": "centred", "padding": 2, "dropout": 0.25},
        "input_shape": [3, 28, 28],
        "parameters": 1683,
        "seed": 7,
    }


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff" * 100])
def test_damaged_model_is_refused(tmp_path, name, content):
    save_model(tmp_path, "linear", create_model("linear"))
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DatasetError, match="cannot be loaded"):
        load_model(tmp_path)


def test_weights_of_another_model_are_refused(tmp_path):
    save_model(tmp_path / "a", "linear", create_model("linear"))
    save_model(tmp_path / "b", "ststnet", create_model("ststnet"))
    (tmp_path / "a" / "model.safetensors").write_bytes((tmp_path / "b" / "model.safetensors").read_bytes())
    with pytest.raises(DatasetError, match="cannot be loaded"):
        load_model(tmp_path / "a")
